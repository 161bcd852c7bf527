"""No drawers: a file or folder is named after what it holds, and 'util' holds nothing."""

import re
from typing import Iterator

from source_tree import Finding, SourceTree

_DRAWER = re.compile(r"^(?:.*[_-])?(common|utils?|helpers?|misc|stuff|shared_?code)(?:[_-]test)?$")


def check(tree: SourceTree) -> Iterator[Finding]:
    for path in tree.paths():
        for part in path.split("/"):
            if _DRAWER.match(part.split(".")[0].lower()):
                yield Finding(path, 0, f"'{part}' is a drawer: name it after the one thing it holds")
