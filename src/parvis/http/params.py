"""Parameters from wherever clients put them: query, form, JSON, multipart, all for the same call.

The parts are merged into one tree, then converted to the route's struct, which gives each parameter its type and bound.
"""

import re
import typing
from collections.abc import AsyncIterator
from functools import cache
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from parvis.kernel.errors import BadRequest, Invalid, TooLarge

Tree = dict[str, Any]
P = TypeVar("P", bound=msgspec.Struct)

_KEY = re.compile(r"\[([^\[\]]*)\]")
# Characters that no text needs and that storage or our own markers would trip over.
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, *range(55296, 57344), *range(64976, 65008)])
_HAS_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef]")
_TRUE = {"on", "t", "yes", "true", "1"}
_FALSE = {"off", "f", "no", "false", "0"}
_MOST_FIELDS = 1000
_DEEPEST = 8


class File(msgspec.Struct, frozen=True):
    """An uploaded file, spooled to disk beyond a megabyte. Its name and type are the client's claims and never used."""

    upload: Any

    async def read(self) -> bytes:
        """All its bytes."""
        return await typing.cast(UploadFile, self.upload).read()


def from_query(query: str, into: Tree | None = None) -> Tree:
    """The tree of a query string or form body."""
    tree: Tree = {} if into is None else into
    if not query:
        return tree
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="replace")
    except ValueError as error:
        raise BadRequest("Too many parameters") from error
    for key, value in pairs:
        put(tree, key, value)
    return tree


def put(tree: Tree, key: str, value: Any) -> None:
    """Set `a[b][]` style keys. A plain key that comes again replaces; a key that ends in [] collects."""
    name, bracket, _ = key.partition("[")
    steps = _KEY.findall(key[len(name) :]) if bracket else []
    if len(steps) > _DEEPEST:
        raise Invalid(name, "is nested too deeply")
    path = [name, *steps]
    node: Any = tree
    for step, following in zip(path, [*path[1:], None], strict=True):
        if following is None:
            if isinstance(node, list):
                node.append(value)
            elif isinstance(node, dict):
                node[step] = value
            return
        fresh: Any = [] if following == "" else {}
        if isinstance(node, list):
            # [][name]: begin a new item when the name is taken.
            last = node[-1] if node and isinstance(node[-1], dict) and following not in node[-1] else None
            if last is None:
                node.append(fresh)
                last = fresh
            node = last
        else:
            child = node.get(step)
            if not isinstance(child, (dict, list)):
                child = node[step] = fresh
            node = child


async def from_body(headers: Headers, body: AsyncIterator[bytes], *, most: int, most_file: int, tree: Tree) -> None:
    """Merge the request's body into `tree`. TooLarge as soon as more than the limit has come in."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        await _multipart(headers, _bounded(body, most_file + most), tree)
        return
    data = b"".join([chunk async for chunk in _bounded(body, most)])
    if not data:
        return
    if kind == "application/json" or kind.endswith("+json"):
        try:
            decoded = msgspec.json.decode(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise BadRequest("The body is not valid JSON") from error
        if not isinstance(decoded, dict):
            raise BadRequest("The body must be a JSON object")
        tree.update(typing.cast(Tree, decoded))
    elif kind in ("application/x-www-form-urlencoded", ""):
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise BadRequest("The body is not valid UTF-8") from error
        from_query(text, tree)
    # Another type of body carries no parameters of ours.


async def _bounded(body: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in body:
        total += len(chunk)
        if total > most:
            raise TooLarge(f"What was sent is larger than {most} bytes")
        yield chunk


async def _multipart(headers: Headers, body: AsyncIterator[bytes], tree: Tree) -> None:
    parser = MultiPartParser(headers, body, max_files=10, max_fields=_MOST_FIELDS, max_part_size=1_000_000)  # type: ignore[arg-type]
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, AssertionError) as error:
        raise BadRequest("The form could not be read") from error
    for key, value in form.multi_items():
        put(tree, key, File(value) if isinstance(value, UploadFile) else value)


def bind(kind: type[P], tree: Tree) -> P:
    """The tree as the route's struct. Invalid names the field that does not fit."""
    shaped = _shape(kind, tree, "")
    try:
        return msgspec.convert(shaped, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _explain(error) from error
    except (OverflowError, RecursionError) as error:
        raise Invalid("", "A parameter is out of bounds") from error


def _explain(error: msgspec.ValidationError) -> Invalid:
    reason, _, where = str(error).partition(" - at ")
    missing = re.search(r"missing required field `(\w+)`", reason)
    if missing:
        return Invalid(missing[1], "can't be blank", "ERR_BLANK")
    field = where.strip("`").lstrip("$.") or "parameters"
    return Invalid(field, reason[:1].lower() + reason[1:].replace("`", ""))


def _shape(kind: Any, value: Any, name: str) -> Any:
    """Bend a value towards the type: lists from indexed or single values, booleans from words, blanks to defaults."""
    if isinstance(value, str):
        return value.translate(_CONTROL) if _HAS_CONTROL.search(value) else value
    if isinstance(value, File):
        return value
    if isinstance(value, list):
        item = _item_of(kind)
        return [_shape(item, part, name) for part in typing.cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    tree = typing.cast(Tree, value)
    if _is_struct(kind):
        return _shape_struct(kind, tree)
    if _item_of(kind) is not None and all(key.isdigit() for key in tree):
        item = _item_of(kind)
        return [_shape(item, tree[key], name) for key in sorted(tree, key=int)]
    return {str(key): _shape(None, part, name) for key, part in tree.items()}


class _Field(NamedTuple):
    """What bending needs to know of a parameter, worked out once."""

    name: str
    options: tuple[Any, ...]
    optional: bool
    inner: Any


@cache
def _fields(kind: Any) -> tuple[_Field, ...]:
    found: list[_Field] = []
    for field in msgspec.structs.fields(kind):
        options = tuple(_options(field.type))
        inner = next((o for o in options if _is_struct(o) or _item_of(o) is not None), field.type)
        found.append(_Field(field.encode_name, options, not field.required, inner))
    return tuple(found)


def _shape_struct(kind: Any, tree: Tree) -> Tree:
    shaped: Tree = {}
    for field in _fields(kind):
        if field.name not in tree:
            continue
        value = tree[field.name]
        if value is None and field.optional and type(None) not in field.options:
            continue
        if isinstance(value, str):
            if value == "" and field.optional and str not in field.options:
                continue
            if bool in field.options and value.lower() in _TRUE | _FALSE:
                shaped[field.name] = value.lower() in _TRUE
                continue
        if isinstance(value, str | File) and str not in field.options and _item_of(field.inner) is not None:
            value = [value]
        shaped[field.name] = _shape(field.inner, value, field.name)
    return shaped


def _options(kind: Any) -> list[Any]:
    """The plain types that an annotation allows."""
    if hasattr(kind, "__metadata__"):
        return _options(kind.__origin__)
    args = typing.get_args(kind)
    if args and typing.get_origin(kind) not in (list, tuple, dict, typing.Literal):
        return [option for arg in args for option in _options(arg)]
    if typing.get_origin(kind) is typing.Literal:
        return [str]
    return [kind]


def _item_of(kind: Any) -> Any:
    if typing.get_origin(kind) in (list, tuple):
        return typing.get_args(kind)[0]
    return None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not File
