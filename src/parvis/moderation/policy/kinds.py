"""The types in a condition. What passes here is evaluated without an error on every value that the signals can have."""

from collections.abc import Callable

from parvis.moderation.policy.condition import Node
from parvis.moderation.policy.known import Known, nearest
from parvis.moderation.types import Signal, SignalKind

Report = Callable[[str, Node, dict[str, str | int | float]], None]
"""Told of each fault: its code, the part, the arguments of the sentence."""

BOOL, INT, DOUBLE, TEXT, TEXTS, NUMBERS, EMPTY = "bool", "int", "double", "text", "texts", "numbers", "empty"
_ANY = "any"  # already reported

_OF_SIGNAL = {
    SignalKind.SHARE: DOUBLE,
    SignalKind.NUMBER: DOUBLE,
    SignalKind.COUNT: INT,
    SignalKind.FLAG: BOOL,
    SignalKind.TEXT: TEXT,
    SignalKind.LIST: TEXTS,
}
_NAMES = {
    BOOL: ("true or false", "vrai ou faux"),
    INT: ("a whole number", "un nombre entier"),
    DOUBLE: ("a number", "un nombre"),
    TEXT: ("a text", "un texte"),
    TEXTS: ("a list of texts", "une liste de textes"),
    NUMBERS: ("a list of numbers", "une liste de nombres"),
    EMPTY: ("an empty list", "une liste vide"),
}
_SIGNAL_NAMES = {
    SignalKind.SHARE: ("a share, from 0 to 1", "une part, de 0 à 1"),
    SignalKind.NUMBER: ("a number from 0", "un nombre à partir de 0"),
    SignalKind.COUNT: ("a whole number from 0", "un nombre entier à partir de 0"),
}
_EXAMPLES = {INT: "> 0", DOUBLE: ">= 0.5", TEXT: '== "…"'}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def check(root: Node, source: str, known: Known, report: Report) -> None:
    """Report every fault of types in a condition."""
    found = _Types(source, known, report).of(root)
    if found not in (BOOL, _ANY):
        example = f"size({source}) > 0" if found in (TEXTS, NUMBERS, EMPTY) else f"{source} {_EXAMPLES.get(found, '')}"
        report("not_boolean", root, {**_both("found", found), "example": example[:120]})


def _both(key: str, kind: str) -> dict[str, str | int | float]:
    english, french = _NAMES[kind]
    return {f"{key}_en": english, f"{key}_fr": french}


class _Types:
    def __init__(self, source: str, known: Known, report: Report) -> None:
        self._source = source
        self._known = known
        self._report = report

    def of(self, node: Node) -> str:
        """The type of a part; `any` where a fault in it was reported."""
        match node.kind:
            case "literal":
                return {bool: BOOL, int: INT, float: DOUBLE, str: TEXT}[type(node.value)]
            case "signal":
                return self._signal(node)
            case "list":
                return self._list(node)
            case "call":
                return self._call(node)
            case "!" | "neg":
                return self._single(node)
            case "?:":
                return self._choice(node)
            case "||" | "&&":
                for part in node.parts:
                    self._want(node, part, BOOL)
                return BOOL
            case "in":
                return self._within(node)
            case "+" | "-" | "*" | "/" | "%":
                return self._sum(node)
            case _:
                return self._comparison(node)

    def _want(self, node: Node, part: Node, *kinds: str) -> str:
        found = self.of(part)
        if found not in (*kinds, _ANY):
            operator = str(node.value) if node.kind == "call" else {"neg": "-"}.get(node.kind, node.kind)
            self._report("operand", part, {"operator": operator, **_both("found", found)})
            return _ANY
        return found

    def _signal(self, node: Node) -> str:
        signal = self._known.get(str(node.value))
        if signal is None:
            name = str(node.value)
            self._report("signal_unknown", node, {"signal": name, "hint": self._known.nearest(name)})
            return _ANY
        return _OF_SIGNAL[signal.kind]

    def _list(self, node: Node) -> str:
        kinds = {self.of(part) for part in node.parts} - {_ANY}
        if kinds == {TEXT}:
            return TEXTS
        if kinds and kinds <= {INT, DOUBLE}:
            return NUMBERS
        if len(kinds) > 1:
            first, second = sorted(kinds)[:2]
            self._report("operands", node, {"operator": "[ ]", **_both("left", first), **_both("right", second)})
            return _ANY
        if kinds:
            self._report("operand", node, {"operator": "[ ]", **_both("found", next(iter(kinds)))})
        return EMPTY if not node.parts else _ANY

    def _call(self, node: Node) -> str:
        if node.value == "size":
            self._want(node, node.parts[0], TEXTS, NUMBERS, EMPTY, TEXT)
            return INT
        if node.value == "double":
            self._want(node, node.parts[0], INT, DOUBLE)
            return DOUBLE
        for part in node.parts:
            self._want(node, part, TEXT)
        return BOOL

    def _single(self, node: Node) -> str:
        if node.kind == "!":
            self._want(node, node.parts[0], BOOL)
            return BOOL
        return self._want(node, node.parts[0], INT, DOUBLE)

    def _choice(self, node: Node) -> str:
        self._want(node, node.parts[0], BOOL)
        yes, no = self.of(node.parts[1]), self.of(node.parts[2])
        if _ANY in (yes, no):
            return _ANY
        if yes != no:
            self._report("operands", node, {"operator": "? :", **_both("left", yes), **_both("right", no)})
            return _ANY
        return yes

    def _within(self, node: Node) -> str:
        left, right = (self.of(part) for part in node.parts)
        fits = right == EMPTY or (right == TEXTS and left == TEXT) or (right == NUMBERS and left in (INT, DOUBLE))
        if _ANY not in (left, right):
            if not fits:
                self._report("operands", node, {"operator": "in", **_both("left", left), **_both("right", right)})
            else:
                self._values(node)
        return BOOL

    def _sum(self, node: Node) -> str:
        left, right = (self.of(part) for part in node.parts)
        if _ANY in (left, right):
            return _ANY
        if {left, right} == {INT, DOUBLE}:
            self._mixed(node, left)
            return _ANY
        if left != right or left not in (INT, DOUBLE) or (node.kind == "%" and left != INT):
            self._report("operands", node, {"operator": node.kind, **_both("left", left), **_both("right", right)})
            return _ANY
        if node.kind in ("/", "%") and (node.parts[1].kind != "literal" or not node.parts[1].value):
            self._report("divisor", node.parts[1], {})
            return _ANY
        return left

    def _mixed(self, node: Node, left: str) -> None:
        whole = node.parts[0] if left == INT else node.parts[1]
        text = self._source[whole.start : whole.end]
        example = f"{text}.0" if whole.kind == "literal" else f"double({text})"
        self._report("whole_and_fraction", node, {"operator": node.kind, "example": f"`{example[:80]}`"})

    def _comparison(self, node: Node) -> str:
        left, right = (self.of(part) for part in node.parts)
        if _ANY in (left, right):
            return BOOL
        numbers = left in (INT, DOUBLE) and right in (INT, DOUBLE)
        same = node.kind in ("==", "!=") and (left == right or {left, right} in ({TEXTS, EMPTY}, {NUMBERS, EMPTY}))
        if not (numbers or same):
            self._report("operands", node, {"operator": node.kind, **_both("left", left), **_both("right", right)})
        elif numbers:
            self._range(node)
        else:
            self._values(node)
        return BOOL

    def _range(self, node: Node) -> None:
        """A comparison of one signal with one number, where its result hangs on nothing."""
        left, right = node.parts
        operator = node.kind
        if left.kind == "literal":
            left, right, operator = right, left, _TURNED[operator]
        signal = self._known.get(str(left.value)) if left.kind == "signal" else None
        if signal is None or right.kind != "literal":
            return
        limit = float(right.value)
        most = 1.0 if signal.kind is SignalKind.SHARE else float("inf")
        whole = signal.kind is SignalKind.COUNT
        never = {
            ">": limit >= most, ">=": limit > most, "<": limit <= 0, "<=": limit < 0,
            "==": not 0 <= limit <= most or (whole and limit != int(limit)), "!=": False,
        }[operator]  # fmt: skip
        always = {
            ">": limit < 0, ">=": limit <= 0, "<": limit > most, "<=": limit >= most, "==": False,
            "!=": not 0 <= limit <= most or (whole and limit != int(limit)),
        }[operator]  # fmt: skip
        if never or always:
            english, french = _SIGNAL_NAMES[signal.kind]
            hint = f"{signal.name} {operator} {limit / 100:g}" if most == 1.0 and 1 < limit <= 100 else ""
            self._report(
                "range_never" if never else "range_always",
                node,
                {
                    "text": self._source[node.start : node.end], "signal": signal.name,
                    "kind_en": english, "kind_fr": french, "hint": hint,
                },
            )  # fmt: skip

    def _values(self, node: Node) -> None:
        """Texts that a signal with choices never is."""
        signals = [self._known.get(str(part.value)) for part in node.parts if part.kind == "signal"]
        chosen = [one for one in signals if one is not None and one.choices]
        for signal in chosen[:1]:
            others = [part for part in node.parts if not (part.kind == "signal" and part.value == signal.name)]
            for part in others:
                self._choices(signal, part)

    def _choices(self, signal: Signal, part: Node) -> None:
        literals = (
            [part] if part.kind == "literal" else [p for p in part.parts if part.kind == "list" and p.kind == "literal"]
        )
        for literal in literals:
            value = str(literal.value)
            if value not in signal.choices and (value or signal.kind is SignalKind.LIST):
                known = ", ".join(signal.choices)
                args = {"signal": signal.name, "value": value, "known": known, "hint": nearest(value, signal.choices)}
                self._report("value_unknown", literal, dict(args))
