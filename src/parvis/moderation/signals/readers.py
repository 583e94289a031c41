"""How a model from a folder reads texts: by its `vocab.txt` (WordPiece, built in) or its `tokenizer.json` (the extra
`onnx-folder`). A text of a member is always words: what looks like a mark of the model's own (`[SEP]`, `</s>`) is text too."""

import unicodedata
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import msgspec

from parvis.kernel.errors import ParvisError
from parvis.moderation.model.tokens import WordPiece

_MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


class FolderError(ParvisError):
    """The model in the folder cannot be used"""


class Reader(Protocol):
    """Turns a text into numbers of pieces."""

    @property
    def begin(self) -> Sequence[int]:
        """What stands before the pieces of a text."""
        ...

    @property
    def end(self) -> Sequence[int]:
        """What stands after them."""
        ...

    def numbers(self, text: str) -> list[int]:
        """The pieces of a text."""
        ...


class _TokenizerConfig(msgspec.Struct):
    do_lower_case: bool = True
    strip_accents: bool | None = None
    tokenize_chinese_chars: bool = True


class Pieces:
    """BERT's WordPiece by a list of pieces, with or without case."""

    def __init__(self, path: Path, pieces: Sequence[str], config: _TokenizerConfig) -> None:
        """FolderError where the list, read from `path`, is not a WordPiece one."""
        missing = [mark for mark in _MARKS if mark not in pieces]
        if missing:
            raise FolderError(f"{path} is not a list of WordPiece pieces: {missing[0]} is not in it.")
        self._pieces = WordPiece(pieces)
        self.begin, self.end = (self._pieces.begin,), (self._pieces.end,)
        self._lower = config.do_lower_case
        self._bare = config.do_lower_case if config.strip_accents is None else config.strip_accents
        self._ideographs = config.tokenize_chinese_chars

    def numbers(self, text: str) -> list[int]:
        """See `Reader.numbers`."""
        return [number for word in self._words(text) for number in self._pieces.pieces(word)]

    def _words(self, text: str) -> list[str]:
        if self._lower:
            text = text.lower()
        if self._bare:
            text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
        spaced: list[str] = []
        for character in text:
            kind = unicodedata.category(character)
            if character in "\t\n\r" or kind == "Zs":
                spaced.append(" ")
            elif kind[0] == "C" or character == "\ufffd":
                continue
            elif _is_mark(character, kind) or (self._ideographs and _is_ideograph(character)):
                spaced += (" ", character, " ")
            else:
                spaced.append(character)
        return "".join(spaced).split()


def _is_mark(character: str, kind: str) -> bool:
    return kind[0] == "P" or (character.isascii() and not character.isalnum() and character.isprintable())


def _is_ideograph(character: str) -> bool:
    code = ord(character)
    return code >= 0x3400 and any(low <= code <= high for low, high in _IDEOGRAPHS)


class Tokenizer:
    """Any `tokenizer.json`, read by the package `tokenizers`."""

    def __init__(self, path: Path) -> None:
        """FolderError where the package is not there or cannot read the file."""
        if find_spec("tokenizers") is None:
            raise FolderError(
                f"{path} needs the package tokenizers: install Parvis with the extra onnx-folder (parvis[onnx-folder]), or"
                " use a model with a vocab.txt of WordPiece pieces."
            )
        import tokenizers  # pyright: ignore[reportMissingImports] (optional)

        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(path))
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()
            self._tokenizer.encode_special_tokens = True  # what a member writes is never one of the model's own marks
            whole = list(self._tokenizer.encode("a").ids)
        except Exception as error:  # the package has no class for its errors
            raise FolderError(f"{path} cannot be read as a tokenizer: {str(error)[:300]}") from error
        plain = self.numbers("a")
        at = next((n for n in range(len(whole) + 1) if whole[n : n + len(plain)] == plain), 0)
        self.begin, self.end = tuple(whole[:at]), tuple(whole[at + len(plain) :])

    def numbers(self, text: str) -> list[int]:
        """See `Reader.numbers`."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)


def load_reader(folder: Path) -> Reader:
    """The reader of a model's folder. FolderError names the file that is missing or wrong."""
    vocabulary, tokenizer = folder / "vocab.txt", folder / "tokenizer.json"
    if vocabulary.exists():
        try:
            # Pieces can be line separators of other kinds.
            pieces = vocabulary.read_text(encoding="utf-8").rstrip("\n").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise FolderError(f"{vocabulary} cannot be read: {error}") from error
        # Other schemes have a file of this name too; they come with a tokenizer.json.
        if all(mark in pieces for mark in _MARKS) or not tokenizer.exists():
            return Pieces(vocabulary, pieces, _tokenizer_config(folder / "tokenizer_config.json"))
    if tokenizer.exists():
        return Tokenizer(tokenizer)
    raise FolderError(
        f"{folder} has neither a vocab.txt nor a tokenizer.json: one of them says how the model reads texts."
    )


def _tokenizer_config(path: Path) -> _TokenizerConfig:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_TokenizerConfig)
    except FileNotFoundError:
        return _TokenizerConfig()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FolderError(f"{path} cannot be read: {error}") from error
