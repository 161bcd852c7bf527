"""deploy/tocsind.toml shows every configuration key of tocsind, and none that it does not have.

It needs a build: it asks the binary.
"""

import os
import re
import subprocess
from typing import Iterator, List

from source_tree import Finding, SourceTree

SAMPLE = "deploy/tocsind.toml"
_KEY = re.compile(r"^(?:# )?([a-z][a-z0-9_]*) = ")


def keys_of_binary(tocsind: str) -> List[str]:
    printed = subprocess.run([tocsind, "--print_config_keys"], capture_output=True, text=True,
                             check=True).stdout
    return printed.split()


def compare(tree: SourceTree, keys: List[str]) -> Iterator[Finding]:
    shown = {}
    for number, line in enumerate(tree.lines(SAMPLE), 1):
        match = _KEY.match(line)
        if match and match[1] in shown:
            yield Finding(SAMPLE, number, f"{match[1]} is shown twice")
        elif match:
            shown[match[1]] = number
    for key in keys:
        if key not in shown:
            yield Finding(SAMPLE, 0, f"{key} is missing")
    for key, number in shown.items():
        if key not in keys:
            yield Finding(SAMPLE, number, f"tocsind has no key {key}")


def check(tree: SourceTree, build: str) -> Iterator[Finding]:
    return compare(tree, keys_of_binary(os.path.join(build, "tocsind")))
