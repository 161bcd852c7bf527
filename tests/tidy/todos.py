"""What is left to do is an issue, and a mark in the code names it: `(#12)` right behind the mark."""

import re
from typing import Iterator

from source_tree import Finding, SourceTree

# Split so that this file passes its own check.
_MARK = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK")) + r")\b")
_NUMBERED = re.compile(r"\(#\d+\)")


def check(tree: SourceTree) -> Iterator[Finding]:
    for path in tree.paths():
        if path.endswith((".md", ".txt", ".bin")) and not path.endswith("CMakeLists.txt"):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            for match in _MARK.finditer(line):
                if not _NUMBERED.match(line, match.end()):
                    yield Finding(path, number, f"{match[1]} without the number of its issue")
