"""A folder holds at most 40 files, so that a newcomer can read it like a table of contents."""

import collections
import posixpath
from typing import Counter, Iterator

from source_tree import Finding, SourceTree

FILES_MAX = 40
# What nobody reads like code: results, corpora, stores of earlier releases.
DATA = ("bench/results/", "tests/fuzz/corpus/", "tests/golden/store-")


def counts(tree: SourceTree) -> Counter[str]:
    """Files directly in each folder."""
    return collections.Counter(posixpath.dirname(path) for path in tree.paths()
                               if not path.startswith(DATA))


def check(tree: SourceTree) -> Iterator[Finding]:
    for folder, files in sorted(counts(tree).items()):
        if files > FILES_MAX:
            yield Finding(folder or ".", 0,
                          f"{files} files; at most {FILES_MAX}: divide it into rooms of one idea each")


def report(tree: SourceTree) -> Iterator[str]:
    for folder, files in sorted(counts(tree).items()):
        yield f"{files:4} files in {folder or '.'}"
