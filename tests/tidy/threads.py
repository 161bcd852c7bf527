"""No locks, atomics or threads above runtime/: state belongs to one shard, Shard::post is the door.

Exceptions stand in threads_allowed.txt with their reason, and only as long as they are used.
"""

import re
from typing import Dict, Iterator

import layers
from cpp_text import without_comments
from source_tree import CPP, Finding, SourceTree

ALLOWED = "tests/tidy/threads_allowed.txt"
_FORBIDDEN = re.compile(
    r"\bstd::(?:recursive_|timed_|shared_|recursive_timed_)?mutex\b|\bstd::atomic\w*|"
    r"\bstd::j?thread\b(?!::hardware_concurrency)|\bstd::condition_variable\w*|\bstd::(?:counting_|binary_)?semaphore\b|"
    r"\bstd::(?:latch|barrier|async)\b|\babsl::(?:Mutex|CondVar|Notification)\b|\bpthread_(?:create|mutex|cond|rwlock|spin|once|barrier)\w*|"
    r"#\s*include\s*<(?:mutex|shared_mutex|atomic|condition_variable|semaphore|latch|barrier|"
    r"stdatomic\.h|pthread\.h)>")


def parse_allowed(text: str) -> Dict[str, str]:
    """path -> reason, from lines `path: reason`."""
    allowed = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            path, _, reason = line.partition(":")
            allowed[path.strip()] = reason.strip()
    return allowed


def check(tree: SourceTree) -> Iterator[Finding]:
    allowed = parse_allowed(tree.text(ALLOWED)) if tree.exists(ALLOWED) else {}
    rules = layers.parse(tree.text(layers.RULES))
    above = [f for f, may in rules.layers.items() if "runtime" in may and f != "runtime"]
    used = set()
    for folder in above + ["sdk_client"]:
        for path in tree.paths(*CPP, under=f"src/{folder}/"):
            findings = list(_check_file(tree, path))
            if path in allowed and findings:
                used.add(path)
            else:
                yield from findings
    for path, reason in allowed.items():
        if path not in used:
            yield Finding(ALLOWED, 0, f"{path} needs no exception (any more): take it out")
        elif not reason:
            yield Finding(ALLOWED, 0, f"{path} lacks a reason")


def _check_file(tree: SourceTree, path: str) -> Iterator[Finding]:
    for number, line in enumerate(without_comments(tree.text(path)).splitlines(), 1):
        match = _FORBIDDEN.search(line)
        if match:
            yield Finding(path, number, f"'{match[0]}' above runtime/: give the state to one shard")
