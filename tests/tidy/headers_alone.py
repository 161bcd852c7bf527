"""Every header compiles alone.

A header with a source of its own has been shown to by the build, because a source includes its own
header first (include_style holds it to that). Each other header gets a one-line source that includes
it, compiled with the flags of its nearest neighbour in compile_commands.json. Through ccache, when
there is one: a header whose includes have not changed costs nothing.

Not a check over texts like the others: it needs a configured build, and runs the compiler.
"""

import concurrent.futures
import json
import os
import shlex
import shutil
import subprocess
from typing import Dict, Iterator, List, Tuple

from source_tree import Finding, SourceTree


def flags_by_folder(build: str, root: str) -> Dict[str, List[str]]:
    """Folder -> compiler command without input and output, from one source of that folder."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        entries = json.load(f)
    found: Dict[str, List[str]] = {}
    for entry in entries:
        file = os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
        generated = os.path.join(root, file).startswith(build + os.sep)
        if not file.endswith(".cc") or file.startswith("..") or generated:
            continue
        command = entry.get("arguments") or shlex.split(entry["command"])
        found.setdefault(os.path.dirname(file).replace(os.sep, "/"), without_files(command))
    return found


def include_flags(flags: Dict[str, List[str]], top: str) -> List[str]:
    """Every include folder that some source below the folder `top` is compiled with, once each."""
    found: Dict[Tuple[str, ...], None] = {}
    for folder, command in flags.items():
        if folder.split("/")[0] != top:
            continue
        for i, word in enumerate(command):
            if word.startswith("-I") and len(word) > 2:
                found[(word,)] = None
            elif word in ("-I", "-isystem"):
                found[(word, command[i + 1])] = None
    return [word for words in found for word in words]


def has_source(tree: SourceTree, header: str) -> bool:
    return any(tree.exists(header[:-2] + suffix) for suffix in (".cc", ".c"))


def without_files(command: List[str]) -> List[str]:
    """`command` without its source, object and dependency files."""
    kept: List[str] = []
    skip = False
    for word in command:
        if skip:
            skip = False
        elif word in ("-o", "-c", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-MD", "-MMD", "--"):
            kept.append(word)
    return kept


def nearest(folder: str, flags: Dict[str, List[str]]) -> List[str]:
    """The flags of `folder`, or of the folder that shares the most of its path."""
    def shared(other: str) -> Tuple[int, str]:
        return (len(os.path.commonprefix([folder.split("/"), other.split("/")])), other)
    return flags[max(flags, key=shared)]


def compile_alone(header: str, flags: List[str], root: str, out: str) -> str:
    """What the compiler says to a source that only includes `header`; '' when it is content."""
    stem = os.path.join(out, header.replace("/", "-"))
    with open(stem + ".cc", "w", encoding="utf-8") as f:
        f.write(f'#include "{os.path.join(root, header)}"\n')
    launcher = [ccache] if (ccache := shutil.which("ccache")) and "ccache" not in flags[0] else []
    command = launcher + flags + ["-O0", "-g0", "-c", stem + ".cc", "-o", stem + ".o"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=out)
    if done.returncode == 0:
        return ""
    return next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:400])


def check(tree: SourceTree, root: str, build: str) -> Iterator[Finding]:
    root, build = os.path.abspath(root), os.path.abspath(build)
    out = os.path.join(build, "headers_alone")
    os.makedirs(out, exist_ok=True)
    flags = flags_by_folder(build, root)
    headers = [h for h in tree.paths(".h") if not has_source(tree, h)]

    def one(header: str) -> str:
        folder = os.path.dirname(header)
        # What tests share is compiled by programs with different libraries: allow what any has.
        more = include_flags(flags, "tests") if folder.startswith("tests/") else []
        return compile_alone(header, nearest(folder, flags) + more, root, out)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for header, complaint in zip(headers, pool.map(one, headers)):
            if complaint:
                yield Finding(header, 0, f"does not compile alone: {complaint}")
