"""Every header compiles alone.

Each header gets a one-line source that includes it, compiled with the flags of its nearest
neighbour in compile_commands.json. Through ccache, when there is one: a header whose includes have
not changed costs nothing.

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
    headers = list(tree.paths(".h"))

    def one(header: str) -> str:
        return compile_alone(header, nearest(os.path.dirname(header), flags), root, out)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for header, complaint in zip(headers, pool.map(one, headers)):
            if complaint:
                yield Finding(header, 0, f"does not compile alone: {complaint}")
