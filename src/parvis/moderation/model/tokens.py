"""Word pieces: how the model reads a text. BERT's uncased scheme (Devlin et al. 2019): lower case, no accents, punctuation
apart, then the longest known pieces of each word from the left. An emoji is read by its name.

Reading stops once the pieces are enough, so the time does not grow with a huge text.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

_LONGEST_WORD = 40  # characters; a longer one is unknown
_SCAN = 8  # characters looked at for each piece that is wanted: what is further away cannot be reached
_NAME = 4  # words of an emoji's name
_CACHE = 20_000  # words whose pieces are remembered
_CHARACTERS = 8192  # of which is remembered what they are read as
_LONG = 20_000  # characters of a text that is no longer read as a whole


class Word(msgspec.Struct, frozen=True):
    """A word of a text, folded, and where it stands in the text as written."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def fold(character: str) -> tuple[str, ...]:
    """What a character is read as: nothing (invisible, or an accent of its own), one part without case and accents, or
    several words, where the character is a picture: an emoji is read by its Unicode name."""
    if character.isspace():
        return (" ",)
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Co", "Cn", "Cs", "Mn", "Sk") and not character.isascii():
        return ()
    if category == "Cc":
        return ()
    if category == "So":
        return tuple(f" {word}" for word in unicodedata.name(character, "").lower().replace("-", " ").split()[:_NAME])
    plain = unicodedata.normalize("NFKD", character.lower())
    return tuple(part for part in plain if unicodedata.category(part) != "Mn")


class _Readings(dict[int, str]):
    """What characters are read as, for `str.translate`: words and marks with spaces around them. Remembered for as many as
    texts usually hold."""

    def __missing__(self, code: int) -> str:
        made = "".join([part if part.isalnum() else f" {part} " for part in fold(chr(code))])
        if len(self) < _CHARACTERS:
            self[code] = made
        return made


_READINGS = _Readings()


def folded(text: str, most: int) -> list[str]:
    """What `words` reads, without where it stands: most texts are only scored, and this takes a fifth of the time."""
    if len(text) > _LONG:
        return [word.text for word in words(text, most)]  # it stops where there is enough
    return text.translate(_READINGS).split()[:most]


def words(text: str, most: int) -> list[Word]:
    """The first `most` words and marks of a text."""
    found: list[Word] = []
    letters: list[str] = []
    start = end = 0
    for at, character in enumerate(text):
        if len(found) >= most:
            break
        for part in fold(character):
            if part.isalnum():
                if not letters:
                    start = at
                end = at + 1
                letters.append(part)
                continue
            if letters:
                found.append(Word("".join(letters), start, end))
                letters.clear()
            if part != " ":
                found.append(Word(part.strip(), at, at + 1))
    if letters:
        found.append(Word("".join(letters), start, end))
    return found[:most]


class WordPiece:
    """Turns texts into numbers of pieces."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """`vocabulary`: the pieces in the order of their numbers, with [PAD], [UNK], [CLS] and [SEP]."""
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self.pad, self.unknown = self._numbers["[PAD]"], self._numbers["[UNK]"]
        self.begin, self.end = self._numbers["[CLS]"], self._numbers["[SEP]"]
        self._cache: dict[str, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def encode(self, text: str, most: int) -> list[int]:
        """The numbers of a text, with its beginning and end, `most` at the longest."""
        return self.encode_words(folded(text[: most * _SCAN * 4], most), most)

    def encode_words(self, folded: Iterable[str], most: int) -> list[int]:
        """The same for words that are already folded."""
        numbers = [self.begin]
        for word in folded:
            numbers.extend(self.pieces(word))
            if len(numbers) >= most - 1:
                break
        del numbers[most - 1 :]
        numbers.append(self.end)
        return numbers

    def pieces(self, word: str) -> tuple[int, ...]:
        """The numbers of one folded word."""
        known = self._cache.get(word)
        if known is None:
            known = self._split(word)
            if len(self._cache) >= _CACHE:
                self._cache.clear()
            self._cache[word] = known
        return known

    def _split(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return (self.unknown,)
        numbers: list[int] = []
        at = 0
        while at < len(word):
            end = len(word)
            while end > at:
                number = self._numbers.get(word[at:end] if at == 0 else f"##{word[at:end]}")
                if number is not None:
                    break
                end -= 1
            else:
                return (self.unknown,)
            numbers.append(number)
            at = end
        return tuple(numbers)
