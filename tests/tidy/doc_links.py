"""Links lead somewhere: relative links of every .md, and every docs/*.md that a source speaks of."""

import posixpath
import re
from typing import Iterator, Set

from source_tree import CPP, Finding, SourceTree

_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.I)
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_MENTION = re.compile(r"\bdocs/[\w./-]*\.md\b")


def check(tree: SourceTree) -> Iterator[Finding]:
    for path in tree.paths(".md"):
        for number, line in _prose(tree, path):
            for match in _LINK.finditer(re.sub(r"`[^`]*`", "``", line)):
                yield from _check_link(tree, path, number, match[1])
    for path in tree.paths(*CPP, ".proto", ".toml", ".service", ".conf", "/LAYERS"):
        for number, line in enumerate(tree.lines(path), 1):
            for mention in _MENTION.findall(line):
                if not tree.exists(mention):
                    yield Finding(path, number, f"speaks of {mention}, which does not exist")


def _prose(tree: SourceTree, path: str):
    """The numbered lines outside fenced code."""
    fenced = False
    for number, line in enumerate(tree.lines(path), 1):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def _check_link(tree: SourceTree, path: str, line: int, target: str) -> Iterator[Finding]:
    if _OUTSIDE.match(target):
        return
    file, _, anchor = target.partition("#")
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
    if file.startswith("/") or resolved.startswith(".."):
        yield Finding(path, line, f"'{target}' is not relative to this file")
    elif resolved != "." and not tree.exists(resolved):
        yield Finding(path, line, f"'{target}' leads nowhere")
    elif anchor and resolved.endswith(".md") and anchor not in _anchors(tree, resolved):
        yield Finding(path, line, f"'{target}': no such heading in {resolved}")


def _anchors(tree: SourceTree, path: str) -> Set[str]:
    """The anchors that GitHub gives the headings of a file."""
    found: Set[str] = set()
    for _, line in _prose(tree, path):
        match = re.match(r"^#{1,6}\s+(.*?)\s*#*$", line)
        if match:
            text = re.sub(r"[^\w\- ]", "", match[1].lower()).replace(" ", "-")
            copies = 0
            while (text if not copies else f"{text}-{copies}") in found:
                copies += 1
            found.add(text if not copies else f"{text}-{copies}")
    return found
