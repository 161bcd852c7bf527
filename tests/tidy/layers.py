"""src/LAYERS is obeyed: who includes whom, where a third-party library may be seen, what is pure."""

import posixpath
from typing import Dict, Iterator, NamedTuple, Set

from cpp_text import Include, includes
from source_tree import CPP, Finding, SourceTree

RULES = "src/LAYERS"
# What a pure file may not see: the world outside its arguments.
IO_HEADERS = ("atomic", "chrono", "condition_variable", "cstdio", "ctime", "filesystem", "fstream",
              "future", "iostream", "mutex", "random", "shared_mutex", "stdio.h", "thread", "time.h",
              "unistd.h", "fcntl.h", "poll.h", "arpa/", "netinet/", "sys/", "boost/", "openssl/",
              "spdlog/", "prometheus/", "rocksdb/", "pthread.h")
IO_OF_OURS = ("base/clock.h", "base/fault_point.h")


class Rules(NamedTuple):
    layers: Dict[str, Set[str]]  # folder -> folders it may include, its own among them
    homes: Dict[str, Set[str]]   # header prefix -> folders that may include it
    pure: Dict[str, Set[str]]    # file suffix -> folders it may include


def parse(text: str) -> Rules:
    rules = Rules({}, {}, {})
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        head, colon, folders = line.partition(":")
        kind, _, what = head.partition(" ")
        table = {"layer": rules.layers, "home": rules.homes, "pure": rules.pure}.get(kind)
        if table is None or not colon or not what:
            raise ValueError(f"{RULES}:{number}: expected 'layer|home|pure NAME: FOLDER...'")
        table[what.strip()] = set(folders.split())
    for folder, allowed in rules.layers.items():
        allowed.add(folder)
    return rules


def check(tree: SourceTree) -> Iterator[Finding]:
    rules = parse(tree.text(RULES))
    yield from _check_order(rules)
    for path in tree.paths(*CPP, under="src/"):
        if path.count("/") < 2:
            yield Finding(path, 0, "a source file belongs into one of the folders of src/")
            continue
        folder = path.split("/")[1]
        if folder not in rules.layers:
            yield Finding(path, 0, f"{RULES} has no line for the folder {folder}")
            continue
        for include in includes(tree.text(path)):
            yield from _check_include(rules, path, folder, include)
        yield from _check_pure(tree, rules, path)


def _check_order(rules: Rules) -> Iterator[Finding]:
    """Two folders that include each other, directly or around a corner, are one folder in truth."""
    for folder, allowed in rules.layers.items():
        for other in sorted(allowed - {folder}):
            if other not in rules.layers:
                yield Finding(RULES, 0, f"{folder} may include {other}, which has no layer line")
            elif folder in rules.layers[other] and folder < other:
                yield Finding(RULES, 0, f"{folder} and {other} may include each other")


def _check_include(rules: Rules, path: str, folder: str, include: Include) -> Iterator[Finding]:
    target = include.path.split("/")[0]
    if include.quoted and target in rules.layers:
        if target not in rules.layers[folder]:
            yield Finding(path, include.line, f"{folder} may not include {target}/ ({RULES})")
    else:
        homes = _homes(rules, include.path)
        if homes is not None and folder not in homes:
            yield Finding(path, include.line,
                          f"<{include.path}> may be included only in {' '.join(sorted(homes))}")


def _homes(rules: Rules, header: str):
    """The folders for `header`, by the longest prefix that fits; None when it is free to all."""
    fitting = [prefix for prefix in rules.homes if header.startswith(prefix)]
    return rules.homes[max(fitting, key=len)] if fitting else None


def _check_pure(tree: SourceTree, rules: Rules, path: str) -> Iterator[Finding]:
    for suffix, allowed in rules.pure.items():
        if path.endswith(suffix):
            for include in _impure_includes(tree, allowed, path, {path}):
                yield Finding(path, include.line,
                              f"brings I/O into a pure file, itself or by what it includes: {include.path}")


def _impure_includes(tree: SourceTree, allowed: Set[str], path: str,
                     seen: Set[str]) -> Iterator[Include]:
    """The includes of `path` that a pure file may not have. A neighbour in its own folder is
    judged by its own includes."""
    for include in includes(tree.text(path)):
        if not include.quoted:
            if any(include.path == io or (io.endswith("/") and include.path.startswith(io))
                   for io in IO_HEADERS):
                yield include
        elif include.path in IO_OF_OURS:
            yield include
        elif include.path.split("/")[0] not in allowed:
            neighbour = "src/" + include.path
            if neighbour in seen:
                continue
            seen.add(neighbour)
            same_folder = posixpath.dirname(neighbour) == posixpath.dirname(path)
            if not same_folder or not tree.exists(neighbour) or any(
                    _impure_includes(tree, allowed, neighbour, seen)):
                yield include
