"""No path of anybody's own machine: what is in the repository works in every clone."""

import re
from typing import Iterator

from source_tree import Finding, SourceTree

# Folders of one machine or one person, not of a Linux system.
_PATH = re.compile(r"(?<![\w.$~}/-])/(?:root|work|workspace|Users|home)/\w[\w.-]*")


def check(tree: SourceTree) -> Iterator[Finding]:
    for path in tree.paths():
        for number, line in enumerate(tree.lines(path), 1):
            match = _PATH.search(line)
            if match:
                yield Finding(path, number, f"a path of one machine: {match[0]}")
