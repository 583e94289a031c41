"""Reading the data files of a language into a grammar in which every slot of every text is known to be filled."""

import tomllib
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from parvis.kernel.errors import Invalid, NotFound
from parvis.moderation.model.grammar.template import Node, Place, parse, places
from parvis.moderation.model.grammar.types import CATEGORIES, HALVES, TARGETS, Book, Entry, Frame, Half

_TEST_TEXTS = 25  # per cent
_TEST_ENTRIES = 30
_SHARED_BELOW = 4  # a slot with fewer entries is whole in both halves

Pools = dict[tuple[str, int], tuple[Entry, ...]]


class Text(msgspec.Struct, frozen=True):
    """One text of a frame: its parts, the half that it is in, and the entries that may fill each of its slots."""

    source: str
    nodes: tuple[Node, ...]
    half: Half
    pools: Pools


class Built(msgspec.Struct, frozen=True):
    """A frame with its texts."""

    frame: Frame
    texts: tuple[Text, ...]


class Grammar(msgspec.Struct, frozen=True):
    """All frames of a language, and its lexicon by slot and half."""

    language: str
    frames: tuple[Built, ...]
    lexicon: dict[str, dict[Half, tuple[Entry, ...]]]


def load(language: str, folder: Traversable | None = None) -> Grammar:
    """The grammar of `language` (`en` or `fr`) from its TOML files, or from those in `folder`.

    Raises `NotFound` for a language without files, `Invalid` with the file and the frame or entry for anything wrong.
    """
    folder = folder or files("parvis.moderation.model.grammar") / language
    paths = (
        sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
        if folder.is_dir()
        else []
    )
    if not paths:
        raise NotFound(f"There is no grammar for the language {language!r}")
    entries: list[tuple[str, Entry]] = []
    frames: list[tuple[str, Frame]] = []
    for path in paths:
        book = _read(path)
        entries += [(f"{path.name}, entry {entry.slot}/{entry.id}", entry) for entry in book.entry]
        frames += [(f"{path.name}, frame {frame.id}", frame) for frame in book.frame]
    lexicon = _lexicon(entries)
    built: list[Built] = []
    ids: set[str] = set()
    sources: dict[str, str] = {}
    for where, frame in frames:
        if frame.id in ids:
            raise Invalid(where, "has an id that another frame has")
        ids.add(frame.id)
        _check(where, frame)
        for source in frame.texts:
            if source in sources:
                raise Invalid(where, f"has a text that is already in {sources[source]}: {source!r}")
            sources[source] = where
        built.append(Built(frame, tuple(_text(where, frame, source, lexicon) for source in frame.texts)))
    return Grammar(language, tuple(built), lexicon)


def _read(path: Traversable) -> Book:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Book)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Invalid(path.name, str(error)) from error


def _check(where: str, frame: Frame) -> None:
    for label in frame.labels:
        if label not in CATEGORIES:
            raise Invalid(where, f"has a label that is no category: {label!r}")
    for target in frame.targets:
        if target not in TARGETS:
            raise Invalid(where, f"names a ground that there is not: {target!r}")
    if not frame.phenomenon:
        raise Invalid(where, "has no phenomenon")
    if not frame.texts:
        raise Invalid(where, "has no texts")
    if not frame.weight > 0:
        raise Invalid(where, "has a weight that is not above 0")


def _share(*words: str) -> int:
    """A number from 0 to 99 that is the same on every machine and in every version."""
    return int.from_bytes(blake2b("\0".join(words).encode(), digest_size=8).digest()) % 100


def _lexicon(entries: list[tuple[str, Entry]]) -> dict[str, dict[Half, tuple[Entry, ...]]]:
    slots: dict[str, dict[str, Entry]] = {}
    for where, entry in entries:
        known = slots.setdefault(entry.slot, {})
        if entry.id in known:
            raise Invalid(where, "has an id that another entry of its slot has")
        if entry.target and entry.target not in TARGETS:
            raise Invalid(where, f"names a ground that there is not: {entry.target!r}")
        if entry.gender not in ("", "m", "f"):
            raise Invalid(where, f"has a gender that is neither m nor f: {entry.gender!r}")
        if not entry.forms or not all(entry.forms.values()):
            raise Invalid(where, "has no forms, or an empty one")
        known[entry.id] = entry
    lexicon: dict[str, dict[Half, tuple[Entry, ...]]] = {}
    for slot, known in slots.items():
        if len(known) < _SHARED_BELOW:
            lexicon[slot] = {half: tuple(known.values()) for half in HALVES}
            continue
        # By the id alone: a word that fills several slots is in the same half everywhere.
        by_share = sorted(known.values(), key=lambda entry: (_share(entry.id), entry.id))
        test = [entry for entry in by_share if _share(entry.id) < _TEST_ENTRIES] or by_share[:1]
        train = [entry for entry in by_share if entry not in test] or [test.pop()]
        lexicon[slot] = {"train": tuple(train), "test": tuple(test)}
    return lexicon


def _text(where: str, frame: Frame, source: str, lexicon: dict[str, dict[Half, tuple[Entry, ...]]]) -> Text:
    try:
        nodes = parse(source)
    except ValueError as error:
        raise Invalid(where, f"has a text that {error}: {source!r}") from error
    found = places(nodes)
    for place in found:
        if place.slot not in lexicon:
            raise Invalid(where, f"names a slot that no entry fills, {place.slot!r}: {source!r}")
        both = (entry for half in HALVES for entry in lexicon[place.slot][half])
        if place.form and not any(has(entry, place.form) for entry in both):
            raise Invalid(where, f"names a form that no entry of {place.slot!r} has, {place.form!r}: {source!r}")
    own: Half = "test" if _share(frame.id, source) < _TEST_TEXTS else "train"
    # A text that its own half has no words for is in the other one: the halves stay apart all the same.
    for half in (own, "test" if own == "train" else "train"):
        pools = _pools(frame, found, lexicon, half)
        if pools is not None:
            return Text(source, nodes, half, pools)
    raise Invalid(where, f"has a text whose slots no half of the lexicon can fill with all their forms: {source!r}")


def _pools(
    frame: Frame, found: list[Place], lexicon: dict[str, dict[Half, tuple[Entry, ...]]], half: Half
) -> Pools | None:
    pools: Pools = {}
    for place in found:
        key = (place.slot, place.number)
        pool = pools.get(key) or tuple(
            entry
            for entry in lexicon[place.slot][half]
            if not (entry.target and frame.targets) or entry.target in frame.targets
        )
        pools[key] = tuple(entry for entry in pool if not place.form or has(entry, place.form))
        if not pools[key]:
            return None
    for slot in {slot for slot, _ in pools}:
        keys = [key for key in pools if key[0] == slot]
        if len({entry.id for key in keys for entry in pools[key]}) < len(keys):
            return None
    return pools


def has(entry: Entry, form: str) -> bool:
    """Whether an entry has a form, as such or for both genders."""
    return form in entry.forms or (f"{form}_m" in entry.forms and f"{form}_f" in entry.forms)
