"""Just enough C++ to check style without a compiler: comments and literals away, includes, functions.

Everything keeps its line number, so findings point at the right place.
"""

import re
from typing import Iterator, List, NamedTuple, Tuple

_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
_INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<open>[<"])(?P<path>[^">]+)[">]')
_PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
_SCOPE = re.compile(
    r"^(?:inline\s+)?(?:namespace|extern|(?:typedef\s+)?(?:class|struct|union|enum))\b")
_ATTRIBUTE = re.compile(r"\[\[.*?\]\]|\b(?:alignas|__attribute__)\s*\((?:[^()]|\([^()]*\))*\)")
_TEMPLATE = re.compile(r"^template\s*<[^{}]*?>\s*(?:requires\b[^{}]*?\)\s*)?")
_NAME = re.compile(r"([\w:~]+|operator\s*\S+?)\s*\(")


class Include(NamedTuple):
    line: int
    quoted: bool
    path: str


class Function(NamedTuple):
    name: str
    line: int   # of the first line of its signature
    lines: int  # signature to closing brace


def _blank(match: "re.Match[str]") -> str:
    """As many lines as before; a literal leaves '""' so that it still counts as an expression."""
    text = match.group(0)
    return ("" if text.startswith("/") else '""') + "\n" * text.count("\n")


def without_comments(text: str) -> str:
    """`text` without comments, and with literals emptied."""
    return _TOKEN.sub(_blank, text)


def includes(text: str) -> Iterator[Include]:
    commentless = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S)
    for number, line in enumerate(commentless.splitlines(), 1):
        match = _INCLUDE.match(line)
        if match:
            yield Include(number, match["open"] == '"', match["path"])


def _opens_function(head: str) -> bool:
    head = _TEMPLATE.sub("", _ATTRIBUTE.sub("", head).strip())
    if _SCOPE.match(head):
        return head.endswith(")")  # struct Foo make_foo()
    return "(" in head and not re.search(r"(?<![=!<>])=(?!=)[^\[(]*$", head)


def _name_of(head: str) -> str:
    match = _NAME.search(_TEMPLATE.sub("", _ATTRIBUTE.sub("", head).strip()))
    return match.group(1) if match else "?"


class _Scanner:
    """Walks the braces; a brace opened by a function's head outside any function begins one."""

    def __init__(self) -> None:
        self.functions: List[Function] = []
        self._scopes: List[Tuple[bool, str, int]] = []  # (is a function, head, its first line)
        self._head = ""
        self._head_line = 0
        self._in_function = 0
        self._parentheses = 0

    def open(self, line: int) -> None:
        begins = not self._in_function and not self._parentheses and _opens_function(self._head)
        self._scopes.append((begins, self._head, self._head_line or line))
        if begins:
            self._in_function = len(self._scopes)
        self._reset()

    def close(self, line: int, following: str) -> None:
        if not self._scopes:
            return
        is_function, head, first = self._scopes.pop()
        if self._in_function > len(self._scopes):
            self._in_function = 0
        # A member initialiser `a_{1},` or `a_{1} {`: the constructor's own brace is still to come.
        if is_function and following in (",", "{"):
            self._head, self._head_line = head, first
            return
        if is_function:
            self.functions.append(Function(_name_of(head), first, line - first + 1))
        self._reset()

    def other(self, character: str, line: int) -> None:
        if self._in_function:
            return
        if character in "()":
            self._parentheses = max(0, self._parentheses + (1 if character == "(" else -1))
        if character == ";" and not self._parentheses:
            self._reset()
            return
        if not self._head_line and not character.isspace():
            self._head_line = line
        self._head += character
        if re.fullmatch(r"\s*(public|private|protected)\s*:", self._head):
            self._reset()

    def _reset(self) -> None:
        self._head, self._head_line = "", 0


def functions(text: str) -> List[Function]:
    """Every function of a C or C++ file with its length; lambdas count to the function around."""
    code = _PREPROCESSOR.sub(lambda m: "\n" * m.group(0).count("\n"), without_comments(text))
    scanner = _Scanner()
    line = 1
    for position, character in enumerate(code):
        if character == "{":
            scanner.open(line)
        elif character == "}":
            scanner.close(line, code[position + 1:position + 200].lstrip()[:1])
        else:
            scanner.other(character, line)
        line += character == "\n"
    return scanner.functions
