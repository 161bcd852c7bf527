"""Nothing is commented out: git remembers it better.

A guess by shape: a comment that is one statement of C++ or Python. Drawings and examples, which
stand three or more columns behind the comment sign, are left alone.
"""

import re
from typing import Iterator

from source_tree import CPP, Finding, SourceTree

_CPP = re.compile(
    r"^\s*// ?(?! ) ?(?:"
    r"#\s*(?:include|define|ifdef|ifndef|endif)\b.*|"
    r"(?:if|for|while|switch)\s*\(.*\)\s*(?:\{|.*;)|"
    r"\}?\s*else\s*(?:if\s*\(.*\)\s*)?\{|"
    r"\}[;,]?|"
    r"return\b[^.]*;|"
    r"[\w:.\->\[\]*]+\s*(?:[-+|&*/]?=|<<)\s*\S.*;|"
    r"[\w:.\->\[\]]+\(.*\);|"
    r"(?:const\s+|static\s+|constexpr\s+)*(?:auto|bool|char|double|float|int|void|size_t|u?int\d+_t|"
    r"std::[\w:<>, ]+)[\s*&]+\w+\s*(?:\(.*\)|\{.*\}|=.*)?\s*[;{]"
    r")\s*$")
_PYTHON = re.compile(
    r"^\s*# ?(?! )(?:import \w[\w.]*|from [\w.]+ import .*|def \w+\(.*\):|class \w+.*:|"
    r"(?:if|for|while) .*:|return\b.*[\])\w]|print\(.*\)|[\w.]+ = [^ ].*[\])]|[\w.]+\(.*\))\s*$")


def check(tree: SourceTree) -> Iterator[Finding]:
    for suffixes, pattern in ((CPP, _CPP), ((".py",), _PYTHON)):
        for path in tree.paths(*suffixes):
            for number, line in enumerate(tree.lines(path), 1):
                if pattern.match(line):
                    yield Finding(path, number, f"commented-out code: {line.strip()}")
