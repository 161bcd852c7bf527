#!/usr/bin/env python3
"""Run house rules over the repository: tidy.py [--build FOLDER] [CHECK...]; without names, all.

Prints one finding a line and ends with status 1 when there is any. A check that is named says what
it has counted, too.
"""

import argparse
import os
import sys

import config_keys
import dead_code
import doc_links
import folders
import include_style
import layers
import lengths
import machine_paths
import names
import threads
import todos
from source_tree import SourceTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEXT_CHECKS = {
    module.__name__: module.check
    for module in (dead_code, doc_links, folders, include_style, layers, lengths, machine_paths, names, threads,
                   todos)
}
REPORTS = {"folders": folders.report, "layers": layers.report}
# These ask a build, besides the texts.
BUILD_CHECKS = {
    "config_keys": config_keys.check,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", help=f"a build folder, for {' '.join(BUILD_CHECKS)}")
    parser.add_argument("checks", nargs="*", metavar="CHECK",
                        help=f"of {' '.join(list(TEXT_CHECKS) + list(BUILD_CHECKS))}")
    options = parser.parse_args()
    wanted = options.checks or list(TEXT_CHECKS) + (list(BUILD_CHECKS) if options.build else [])
    tree = SourceTree.on_disk(ROOT)
    findings = 0
    for name in wanted:
        if name in TEXT_CHECKS:
            found = TEXT_CHECKS[name](tree)
        elif name in BUILD_CHECKS:
            found = BUILD_CHECKS[name](tree, options.build or parser.error(f"{name} needs --build"))
        else:
            parser.error(f"there is no check {name}: see --help")
        for finding in found:
            print(f"{finding} [{name}]")
            findings += 1
    for name in wanted if options.checks else []:
        for line in REPORTS[name](tree) if name in REPORTS else []:
            print(line)
    print(f"{findings} findings in {len(list(tree.paths()))} files")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
