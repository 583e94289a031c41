"""Reads a condition: a part of CEL, small enough that everything in it can be checked before it is used.

It is only read here; `cel` evaluates it. What is in: `||`, `&&`, `!`, `? :`, comparisons, `in`, arithmetic, lists, `size`,
`double`, `contains`, `startsWith`, `endsWith`, numbers, texts in quotes, `true`, `false`, and signals.
"""

import ast
import re
from collections.abc import Iterator

import msgspec

LONGEST = 2_000  # characters
_DEEPEST = 40
_LARGEST = 2**53

METHODS = ("contains", "startsWith", "endsWith", "size")
FUNCTIONS = ("size", "double")

_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*)"
    r"|(?P<double>(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)"
    r"|(?P<int>\d+)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\[\\\"'nt])*\"|'(?:[^'\\\n]|\\[\\\"'nt])*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>\|\||&&|==|!=|<=|>=|[<>!?:()\[\],.+\-*/%])"
)


class Unreadable(ValueError):
    """A condition that is not in the language: what is wrong (a code of `sentences`, its arguments) and at which character."""

    def __init__(self, code: str, at: int, **args: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.at = at
        self.args_ = args


class Node(msgspec.Struct, frozen=True):
    """A part of a condition.

    `kind` is "literal" (`value`), "signal" (`value` is its name), "list", "call" (`value` is the function), or an operator:
    || and && (of two parts or more), ! ?: == != < <= > >= in + - * / % neg. `start` and `end` are characters of the source.
    """

    kind: str
    start: int
    end: int
    value: bool | int | float | str = ""
    parts: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """This part and all below it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def signals(self) -> frozenset[str]:
        """The names of all signals in it."""
        return frozenset(str(node.value) for node in self.walk() if node.kind == "signal")

    @property
    def literals(self) -> tuple[bool | int | float | str, ...]:
        """All literals in it, in order."""
        return tuple(node.value for node in self.walk() if node.kind == "literal")


class _Token(msgspec.Struct, frozen=True):
    kind: str
    text: str
    at: int


def read(source: str) -> Node:
    """The condition's parts. Raises Unreadable."""
    if len(source) > LONGEST:
        raise Unreadable("condition_long", 0, most=LONGEST, length=len(source))
    return _Reader(source).whole()


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            sign = source[at : at + 2] if source[at : at + 2] in _HINTS else source[at]
            raise Unreadable("condition_sign", at, sign=sign, hint=_HINTS.get(sign, ""))
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match[0], at))
        at = match.end()
    found.append(_Token("end", "", len(source)))
    return found


_HINTS = {
    "=": "==",
    "=>": ">=",
    "=<": "<=",
    "|": "||",
    "&": "&&",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "’": "'",
    "‘": "'",
    "≥": ">=",
    "≤": "<=",
}
_WORD_HINTS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "AND": "&&",
    "OR": "||",
    "NOT": "!",
    "True": "true",
    "False": "false",
}
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)


class _Reader:
    """Recursive descent, as CEL's own grammar has it."""

    def __init__(self, source: str) -> None:
        self._tokens = _tokens(source)
        self._position = 0
        self._depth = 0

    def whole(self) -> Node:
        if self._next.kind == "end":
            raise Unreadable("condition_empty", 0)
        root = self._choice()
        if self._next.kind != "end":
            raise self._unexpected()
        level = [root]
        for _ in range(_DEEPEST):
            level = [part for node in level for part in node.parts]
        if level:
            raise Unreadable("condition_deep", level[0].start, most=_DEEPEST)
        return root

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _take(self) -> _Token:
        token = self._next
        self._position += 1
        return token

    def _sees(self, *texts: str) -> bool:
        token = self._next
        return token.text in texts and (token.kind == "sign" or token.text == "in")

    def _expect(self, text: str) -> _Token:
        if not self._sees(text):
            raise self._unexpected()
        return self._take()

    def _unexpected(self) -> Unreadable:
        token = self._next
        if token.kind == "end":
            return Unreadable("condition_ends", token.at)
        hint = _WORD_HINTS.get(token.text, "")
        return Unreadable("condition_sign", token.at, sign=token.text, hint=hint)

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable("condition_deep", self._next.at, most=_DEEPEST)
        node = self._binary(0)
        if self._sees("?"):
            self._take()
            yes = self._binary(0)
            self._expect(":")
            no = self._choice()
            node = Node("?:", node.start, no.end, parts=(node, yes, no))
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while self._sees(*_LEVELS[level]):
            sign = self._take().text
            right = self._binary(level + 1)
            if level == 2 and self._sees(*_LEVELS[2]):
                raise Unreadable("condition_chain", self._next.at)
            parts = (*node.parts, right) if level < 2 and node.kind == sign else (node, right)
            node = Node(sign, node.start, right.end, parts=parts)
        return node

    def _unary(self) -> Node:
        if self._sees("!", "-"):
            token = self._take()
            self._depth += 1
            if self._depth > _DEEPEST:
                raise Unreadable("condition_deep", token.at, most=_DEEPEST)
            part = self._unary()
            self._depth -= 1
            if token.text == "-" and part.kind == "literal" and type(part.value) in (int, float):
                return Node("literal", token.at, part.end, -part.value)  # pyright: ignore[reportOperatorIssue]
            return Node("!" if token.text == "!" else "neg", token.at, part.end, parts=(part,))
        node = self._primary()
        while self._sees(".", "["):
            if self._sees("["):
                raise Unreadable("condition_index", self._next.at)
            self._take()
            node = self._member(node)
        return node

    def _member(self, node: Node) -> Node:
        name = self._take()
        if name.kind != "name":
            self._position -= 1
            raise self._unexpected()
        if not self._sees("("):
            raise Unreadable("condition_member", name.at, name=name.text)
        if name.text not in METHODS:
            raise Unreadable("condition_function", name.at, name=name.text, known=", ".join((*METHODS, "double")))
        return self._arguments(name, (node,), node.start)

    def _arguments(self, name: _Token, first: tuple[Node, ...], start: int) -> Node:
        self._expect("(")
        parts = list(first)
        while not self._sees(")"):
            parts.append(self._choice())
            if not self._sees(")"):
                self._expect(",")
        end = self._take()
        wanted = 1 if name.text in FUNCTIONS else 2
        if len(parts) != wanted:
            raise Unreadable("condition_arguments", name.at, name=name.text)
        return Node("call", start, end.at + 1, name.text, tuple(parts))

    def _primary(self) -> Node:
        token = self._take()
        end = token.at + len(token.text)
        if token.kind == "double":
            return Node("literal", token.at, end, float(token.text))
        if token.kind == "int":
            if len(token.text) > 16 or int(token.text) > _LARGEST:
                raise Unreadable("condition_number", token.at, number=token.text[:40])
            return Node("literal", token.at, end, int(token.text))
        if token.kind == "text":
            return Node("literal", token.at, end, str(ast.literal_eval(token.text)))
        if token.kind == "name":
            return self._named(token, end)
        if token.text == "(":
            node = self._choice()
            self._expect(")")
            return node
        if token.text == "[":
            parts: list[Node] = []
            while not self._sees("]"):
                parts.append(self._choice())
                if not self._sees("]"):
                    self._expect(",")
            return Node("list", token.at, self._take().at + 1, parts=tuple(parts))
        self._position -= 1
        raise self._unexpected()

    def _named(self, token: _Token, end: int) -> Node:
        if token.text in ("true", "false"):
            return Node("literal", token.at, end, token.text == "true")
        if token.text in _WORD_HINTS or token.text == "in":
            self._position -= 1
            raise self._unexpected()
        if self._sees("("):
            if token.text not in FUNCTIONS:
                raise Unreadable("condition_function", token.at, name=token.text, known=", ".join((*METHODS, "double")))
            return self._arguments(token, (), token.at)
        if self._sees(".") and self._tokens[self._position + 1].kind == "name":
            after = self._tokens[self._position + 2]
            name = self._tokens[self._position + 1]
            if not (after.text == "(" and after.kind == "sign"):
                self._position += 2
                return Node("signal", token.at, name.at + len(name.text), f"{token.text}.{name.text}")
        return Node("signal", token.at, end, token.text)
