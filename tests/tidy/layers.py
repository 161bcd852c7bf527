"""src/LAYERS is obeyed: who includes whom, down to the rooms of a folder; where a library may be
seen, which headers are for whom, what is pure."""

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
    rooms: Dict[str, Set[str]]   # folder/room -> rooms and files of its folder that it may include
    homes: Dict[str, Set[str]]   # header prefix -> folders and rooms that may include it
    doors: Dict[str, Set[str]]   # a folder's door -> nothing
    pure: Dict[str, Set[str]]    # file suffix -> folders it may include


def parse(text: str) -> Rules:
    rules = Rules({}, {}, {}, {}, {})
    tables = {"layer": rules.layers, "room": rules.rooms, "home": rules.homes, "door": rules.doors,
              "pure": rules.pure}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        head, colon, folders = line.partition(":")
        kind, _, what = head.partition(" ")
        if kind not in tables or not colon or not what:
            raise ValueError(f"{RULES}:{number}: expected '{'|'.join(tables)} NAME: FOLDER...'")
        tables[kind][what.strip()] = set(folders.split())
    for name, allowed in list(rules.layers.items()) + list(rules.rooms.items()):
        allowed.add(name)
    return rules


def check(tree: SourceTree) -> Iterator[Finding]:
    rules = parse(tree.text(RULES))
    yield from _check_order(rules.layers)
    yield from _check_order(rules.rooms)
    for path in tree.paths(*CPP, under="src/"):
        if path.count("/") < 2:
            yield Finding(path, 0, "a source file belongs into one of the folders of src/")
            continue
        folder, room = path.split("/")[1], _room_of(path[len("src/"):])
        if folder not in rules.layers:
            yield Finding(path, 0, f"{RULES} has no line for the folder {folder}")
            continue
        if room != folder and room not in rules.rooms:
            yield Finding(path, 0, f"{RULES} has no line for the room {room}")
            continue
        for include in includes(tree.text(path)):
            yield from _check_include(rules, path, folder, include)
            if include.quoted and include.path.split("/")[0] == folder:
                yield from _check_room(rules, path, folder, room, include)
        yield from _check_pure(tree, rules, path)


def report(tree: SourceTree) -> Iterator[str]:
    rules = parse(tree.text(RULES))
    climbing = [f for f in check(tree) if "may not include" in f.what or "the door" in f.what]
    inside = sum(1 for path in tree.paths(*CPP, under="src/") for _ in includes(tree.text(path)))
    yield (f"{len(climbing)} includes climb, of {inside} in {len(rules.layers)} folders with "
           f"{len(rules.rooms)} rooms")


def _room_of(path: str) -> str:
    return posixpath.dirname(path)


def _check_order(may_include: Dict[str, Set[str]]) -> Iterator[Finding]:
    """What includes each other, directly or around a corner, is one in truth: so nothing climbs."""
    for name, allowed in may_include.items():
        for other in sorted(allowed - {name}):
            if other not in may_include and not other.endswith(CPP):
                yield Finding(RULES, 0, f"{name} may include {other}, which has no line")
    left = {name: {other for other in allowed if other in may_include and other != name}
            for name, allowed in may_include.items()}
    while any(not below for below in left.values()):
        lowest = {name for name, below in left.items() if not below}
        left = {name: below - lowest for name, below in left.items() if name not in lowest}
    if left:
        yield Finding(RULES, 0, f"{' and '.join(sorted(left))} may include each other")


def _check_include(rules: Rules, path: str, folder: str, include: Include) -> Iterator[Finding]:
    target = include.path.split("/")[0]
    if include.quoted and target in rules.layers and target not in rules.layers[folder]:
        yield Finding(path, include.line, f"{folder} may not include {target}/ ({RULES})")
        return
    homes = _homes(rules, include.path)
    if homes is not None and not _lives_in(path, homes):
        yield Finding(path, include.line,
                      f"<{include.path}> may be included only in {' '.join(sorted(homes))}")


def _check_room(rules: Rules, path: str, folder: str, room: str,
                include: Include) -> Iterator[Finding]:
    """An include within the folder."""
    own = posixpath.splitext(path)[0] == "src/" + posixpath.splitext(include.path)[0]
    if include.path in rules.doors and not own:
        yield Finding(path, include.line, f"{include.path} is the door of {folder}, for others only")
    elif room != folder and not own:
        wanted = _room_of(include.path)
        name = include.path if wanted == folder else wanted
        if name not in rules.rooms[room]:
            yield Finding(path, include.line, f"{room} may not include {name} ({RULES})")


def _homes(rules: Rules, header: str):
    """The homes of `header`, by the longest prefix that fits; None when it is free to all."""
    fitting = [prefix for prefix in rules.homes if header.startswith(prefix)]
    return rules.homes[max(fitting, key=len)] if fitting else None


def _lives_in(path: str, homes: Set[str]) -> bool:
    return any(path.startswith(f"src/{home}/") or path == f"src/{home}" for home in homes)


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
