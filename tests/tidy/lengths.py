"""Functions of at most 70 lines, files of at most 800."""

import ast
import re
from typing import Iterator, List, Tuple

from cpp_text import functions
from source_tree import CPP, Finding, SourceTree

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800

_SHELL_FUNCTION = re.compile(r"^(\w+)\(\) \{$(.*?)^\}$", re.M | re.S)


def check(tree: SourceTree) -> Iterator[Finding]:
    for path in tree.paths():
        if not _is_source(tree, path):
            continue
        lines = len(tree.lines(path))
        if lines > FILE_LINES_MAX:
            yield Finding(path, 0, f"{lines} lines; at most {FILE_LINES_MAX}: it holds several nouns")
        for name, first, length in _functions(tree, path):
            if length > FUNCTION_LINES_MAX:
                yield Finding(path, first,
                              f"{name} has {length} lines; at most {FUNCTION_LINES_MAX}")


def _is_source(tree: SourceTree, path: str) -> bool:
    if path.endswith(CPP + (".py", ".sh", ".cmake", ".proto", "CMakeLists.txt")):
        return True
    return "." not in path.rsplit("/", 1)[-1] and _is_script(tree, path)


def _is_script(tree: SourceTree, path: str) -> bool:
    return tree.text(path).startswith("#!")


def _functions(tree: SourceTree, path: str) -> List[Tuple[str, int, int]]:
    text = tree.text(path)
    if path.endswith(CPP):
        return [tuple(f) for f in functions(text)]
    if path.endswith(".py"):
        return [(n.name, n.lineno, (n.end_lineno or n.lineno) - n.lineno + 1)
                for n in ast.walk(ast.parse(text))
                if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if _is_script(tree, path):
        return [(m[1], text.count("\n", 0, m.start()) + 1, m[0].count("\n") + 1)
                for m in _SHELL_FUNCTION.finditer(text)]
    return []
