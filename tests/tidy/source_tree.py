"""The files of the repository as the checks see them: paths with '/', text, nothing else.

A check is a module with a function `check(tree)` that yields Findings. It asks a SourceTree for
files, so its test can hand it a tree of a few made-up files instead of the repository.
"""

import os
import subprocess
from typing import Dict, Iterator, List, NamedTuple, Optional

CPP = (".cc", ".h", ".c")


class Finding(NamedTuple):
    path: str
    line: int  # from 1; 0 is the file as a whole
    what: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.what}"


class SourceTree:
    """Files by path. `of()` makes one from texts, `on_disk()` from a working copy."""

    def __init__(self, paths: List[str], root: Optional[str], texts: Dict[str, str]):
        self._paths = sorted(paths)
        self._root = root
        self._texts = dict(texts)
        self._known = set(paths)

    @staticmethod
    def of(texts: Dict[str, str]) -> "SourceTree":
        return SourceTree(list(texts), None, texts)

    @staticmethod
    def on_disk(root: str) -> "SourceTree":
        """What git tracks or would track; without git, everything but build output."""
        paths = _paths_from_git(root)
        if paths is None:
            paths = _paths_by_walking(root)
        return SourceTree([p for p in paths if os.path.isfile(os.path.join(root, p))], root, {})

    def paths(self, *suffixes: str, under: str = "") -> Iterator[str]:
        """Paths below the folder `under` that end in one of `suffixes` (any, when none is given)."""
        for path in self._paths:
            if path.startswith(under) and (not suffixes or path.endswith(suffixes)):
                yield path

    def exists(self, path: str) -> bool:
        """Whether `path` is a file, or a folder with files."""
        path = path.rstrip("/")
        return path in self._known or any(p.startswith(path + "/") for p in self._paths)

    def text(self, path: str) -> str:
        if path not in self._texts:
            with open(os.path.join(self._root or "", path), encoding="utf-8", errors="replace") as f:
                self._texts[path] = f.read()
        return self._texts[path]

    def lines(self, path: str) -> List[str]:
        return self.text(path).splitlines()


def _paths_from_git(root: str) -> Optional[List[str]]:
    command = ["git", "-C", root, "-c", f"safe.directory={root}", "ls-files", "-z", "--cached",
               "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return [p for p in listed.decode().split("\0") if p]


def _paths_by_walking(root: str) -> List[str]:
    found = []
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if n not in (".git", "build", ".tocsin", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, f), root).replace(os.sep, "/") for f in files]
    return found
