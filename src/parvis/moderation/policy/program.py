"""A condition made ready: read, compiled by CEL, and knowing what it cannot be true without."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import cel
import msgspec

from parvis.moderation.policy.condition import Node, read
from parvis.moderation.policy.guards import Guard, guard
from parvis.moderation.policy.known import ALWAYS_SET, Known
from parvis.moderation.types import SignalKind, Value

_MOST_COUNT = 2**31 - 1
_MOST_NUMBER = 1e15


class Variable(msgspec.Struct, frozen=True):
    """A signal in a program: the plain name that CEL reads, and what it is when nothing was found."""

    name: str
    signal: str
    kind: SignalKind
    default: Value


class Program(msgspec.Struct, frozen=True):
    """A condition that can be asked."""

    source: str
    root: Node
    code: cel.Program
    variables: tuple[Variable, ...]
    guard: Guard
    unknown: frozenset[str] = frozenset()  # signals that no detector gives now

    def ask(self, values: Mapping[str, Value]) -> bool:
        """Whether it is true. Raises what CEL raises, TypeError where the answer is no truth value, ValueError on a value
        that its signal cannot have."""
        given: dict[str, Any] = {}
        for variable in self.variables:
            value = values.get(variable.signal, variable.default)
            given[variable.name] = value if value is variable.default else fit(value, variable.kind, variable.signal)
        answer = self.code.execute(given)
        if answer is True or answer is False:
            return answer
        raise TypeError(f"the condition gave {answer!r}")


def prepare(source: str, known: Known) -> Program:
    """Raises condition.Unreadable, and ValueError where CEL does not read what we wrote for it."""
    return _program(source, read(source), known, guarded=True)


def _program(source: str, root: Node, known: Known, *, guarded: bool) -> Program:
    names = {name: f"signal_{number}" for number, name in enumerate(sorted(root.signals))}
    code = cel.compile(write(root, names))
    found = [(plain, name, known.get(name)) for name, plain in names.items()]
    variables = tuple(
        Variable(plain, name, one.kind, one.kind.default) for plain, name, one in found if one is not None
    )
    unknown = frozenset(name for _, name, one in found if one is None)
    rests = guard(root, lambda node: at_rest(node, known)) if guarded and not unknown else None
    return Program(source, root, code, variables, rests, unknown)


def part(node: Node, known: Known) -> Program:
    """A part of a condition, whose signals are all known, as a program of its own without a guard."""
    return _program("", node, known, guarded=False)


def at_rest(node: Node, known: Known) -> bool | None:
    """What a part of a condition gives when nothing was found; None where that cannot be said."""
    if node.signals & ALWAYS_SET:
        return None
    try:
        return part(node, known).ask({})
    except (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError):
        return None


def write(node: Node, names: Mapping[str, str]) -> str:
    """A part of a condition as CEL, every operator in parentheses."""
    parts = [write(part, names) for part in node.parts]
    match node.kind:
        case "literal":
            return _literal(node.value)
        case "signal":
            return names[str(node.value)]
        case "list":
            return f"[{', '.join(parts)}]"
        case "call":
            return f"{node.value}({parts[0]})" if len(parts) == 1 else f"({parts[0]}).{node.value}({parts[1]})"
        case "!":
            return f"(!{parts[0]})"
        case "neg":
            return f"(-{parts[0]})"
        case "?:":
            return f"({parts[0]} ? {parts[1]} : {parts[2]})"
        case _:
            return f"({f' {node.kind} '.join(parts)})"


def _literal(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    return f"({value!r})" if value < 0 else repr(value)


def fit(value: Value, kind: SignalKind, name: str) -> Value:
    """A value as its signal has it (a detector may give 1 for 1.0). ValueError where it is none of that kind."""
    match kind:
        case SignalKind.SHARE | SignalKind.NUMBER:
            if isinstance(value, int | float) or hasattr(value, "__float__"):
                number = float(value)  # pyright: ignore[reportArgumentType]
                if not math.isnan(number):
                    return min(max(number, 0.0), 1.0 if kind is SignalKind.SHARE else _MOST_NUMBER)
        case SignalKind.COUNT:
            if isinstance(value, int) or hasattr(value, "__index__"):
                return min(max(int(value), 0), _MOST_COUNT)  # pyright: ignore[reportArgumentType]
        case SignalKind.FLAG:
            if isinstance(value, bool) or value in (0, 1):
                return bool(value)
        case SignalKind.TEXT:
            if isinstance(value, str):
                return value
        case SignalKind.LIST:
            if isinstance(value, Sequence) and not isinstance(value, str):
                return tuple(value)
    raise ValueError(f"{name} has a value of the wrong kind: {value!r:.80}")
