"""Includes carry their folder, a source includes its own header first, headers guard themselves."""

import os
import re
from typing import Iterator

from cpp_text import includes, without_comments
from source_tree import CPP, Finding, SourceTree

ROOTS = ("src/", "bench/", "")  # what a quoted include may be relative to
GENERATED = (".pb.h",)


def check(tree: SourceTree) -> Iterator[Finding]:
    for path in tree.paths(*CPP):
        yield from _check_includes(tree, path)
        if path.endswith(".h"):
            yield from _check_guard(tree, path)
        else:
            yield from _check_own_header(tree, path)


def _check_includes(tree: SourceTree, path: str) -> Iterator[Finding]:
    for include in includes(tree.text(path)):
        ours = any(tree.exists(root + include.path) for root in ROOTS)
        if not include.quoted:
            if ours and "/" in include.path:
                yield Finding(path, include.line, f'ours are quoted: "{include.path}"')
        elif include.path.endswith(GENERATED):
            continue
        elif "/" not in include.path or include.path.startswith("."):
            yield Finding(path, include.line, f'"{include.path}" lacks its folder')
        elif not ours:
            yield Finding(path, include.line,
                          f'"{include.path}" is not a file of ours; third party goes in <>')


def _check_own_header(tree: SourceTree, path: str) -> Iterator[Finding]:
    stem = os.path.splitext(path)[0]
    root = next(root for root in ROOTS if stem.startswith(root))
    own = stem[len(root):]
    first = next(includes(tree.text(path)), None)
    if tree.exists(stem + ".h") and (first is None or first.path != own + ".h"):
        yield Finding(path, first.line if first else 1, f'the first include is "{own}.h"')


def _check_guard(tree: SourceTree, path: str) -> Iterator[Finding]:
    code = without_comments(tree.text(path)).lstrip()
    if code.startswith("#pragma once"):
        return
    # The C header of the SDK must suit any compiler, so it has the classic guard.
    if "__cplusplus" in code and re.match(r"#ifndef (\w+)\s*\n#define \1\b", code):
        return
    yield Finding(path, 1, "a header begins with #pragma once, after the comment that explains it")
