"""Word lists from folders of TOML files: what is wrong is said with its file and entry, and left out.

A file has `language` (en, fr or any), perhaps `category` and `strength` for all its entries, `[sets]` (a name and its
patterns), `off` (ids of entries of folders before it that are not wanted) and `[[entry]]` tables; see
docs/howto/write-word-lists.md.
"""

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from parvis.kernel.errors import ParvisError
from parvis.moderation.signals.entries import CATEGORIES, Entry, Language, Strength
from parvis.moderation.signals.pattern import Automaton, PatternError, Sets

SHIPPED = Path(__file__).parent / "lists"
EXAMPLES = 2  # how many `matches` and how many `spares` an entry has at least
_LARGEST = 5_000_000  # bytes of one file


class ListError(ParvisError):
    """A word list is not valid"""


class Fault(NamedTuple):
    """What is wrong with a list: its file, the entry or set ('' for the file itself), and why."""

    file: str
    id: str
    reason: str

    def __str__(self) -> str:
        """As a sentence for a log or a terminal."""
        return f"{self.file}: {self.id}: {self.reason}" if self.id else f"{self.file}: {self.reason}"


class Lists(NamedTuple):
    """The entries that are valid, and what was refused."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]

    def sure(self) -> tuple[Entry, ...]:
        """The entries, if nothing was refused. Raises ListError, which names everything that was."""
        if self.faults:
            raise ListError("\n".join(str(fault) for fault in self.faults))
        return self.entries


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry as it is written."""

    id: str
    pattern: str | tuple[str, ...]
    matches: tuple[str, ...]
    spares: tuple[str, ...]
    language: Language | None = None
    category: str = ""
    strength: Strength | None = None
    unless: tuple[str, ...] = ()
    native: bool = False
    why: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list as it is written."""

    language: Language
    category: str = ""
    strength: Strength = "strong"
    sets: dict[str, tuple[str, ...]] = {}
    off: tuple[str, ...] = ()
    entry: tuple[dict[str, Any], ...] = ()


class _Sets:
    """The named sets of all files: those of a language are seen by its entries, those of `any` by all."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, tuple[str, ...]]] = {"any": {}, "en": {}, "fr": {}}

    def add(self, language: str, sets: dict[str, tuple[str, ...]]) -> None:
        self._of[language].update(sets)

    def seen_by(self, language: str) -> dict[str, tuple[str, ...]]:
        return {**self._of["any"], **self._of[language]}


def folders_of(data: Path) -> tuple[Path, ...]:
    """The folders of the lists that are in use: the package's, and `lists` of the data folder where it is there."""
    own = data / "lists"
    return (SHIPPED, own) if own.is_dir() else (SHIPPED,)


def load_lists(folders: Sequence[Path] = (SHIPPED,)) -> Lists:
    """The lists of several folders (each with all its sub-folders but `domains`), later ones after earlier ones.

    An entry with the id of an earlier one is refused; turn the earlier one off to replace it.
    """
    faults: list[Fault] = []
    files = [(path, file) for path in _paths(folders) if (file := _read(path, faults)) is not None]
    sets = _Sets()
    for _, file in files:
        sets.add(file.language, file.sets)
    named = {language: Sets(sets.seen_by(language)) for language in ("any", "en", "fr")}
    entries: dict[str, Entry] = {}
    for path, file in files:
        unknown = [id for id in file.off if entries.pop(id, None) is None]
        faults += [Fault(str(path), id, "it is turned off, but no list before this one has it") for id in unknown]
        faults.extend(_check_sets(path, file, named[file.language]))
        for number, raw in enumerate(file.entry, 1):
            id = str(raw.get("id") or f"entry {number}")
            try:
                entry = _entry(raw, path, file, named)
            except (PatternError, msgspec.ValidationError) as error:
                faults.append(Fault(str(path), id, str(error)))
                continue
            if entry.id in entries:
                faults.append(Fault(str(path), id, "another entry has this id"))
            else:
                entries[entry.id] = entry
    return Lists(tuple(entries.values()), tuple(faults))


def _paths(folders: Sequence[Path]) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*.toml"))
        if "domains" not in path.relative_to(folder).parts
    ]


def _read(path: Path, faults: list[Fault]) -> _File | None:
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST} bytes")
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (OSError, ValueError, RecursionError) as error:
        faults.append(Fault(str(path), "", str(error)))
        return None


def _check_sets(path: Path, file: _File, named: Sets) -> Iterable[Fault]:
    for name in file.sets:
        try:
            Automaton(f"{{{name}}}", named)
        except PatternError as error:
            yield Fault(str(path), name, str(error))


def _entry(raw: dict[str, Any], path: Path, file: _File, named: dict[str, Sets]) -> Entry:
    """Raises PatternError or msgspec.ValidationError."""
    written = msgspec.convert(raw, _Written)
    category = written.category or file.category
    if category not in CATEGORIES:
        raise PatternError(f"its category is {category or 'missing'}; it can be {', '.join(CATEGORIES)}")
    for name, examples in (("matches", written.matches), ("spares", written.spares)):
        if len(examples) < EXAMPLES:
            raise PatternError(f"it has {len(examples)} {name}, and needs {EXAMPLES} at least")
    language = written.language or file.language
    if language == "any" and written.native:
        raise PatternError("native is for entries of one language")
    sets = named[language]
    patterns = (written.pattern,) if isinstance(written.pattern, str) else written.pattern
    if not patterns:
        raise PatternError("it has no pattern")
    return Entry(
        id=written.id,
        language=language,
        category=category,
        strength=written.strength or file.strength,
        automata=[Automaton(pattern, sets) for pattern in patterns],
        unless=[Automaton(pattern, sets) for pattern in written.unless],
        native=written.native,
        matches=written.matches,
        spares=written.spares,
        file=str(path),
    )
