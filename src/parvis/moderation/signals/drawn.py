"""Words whose letters are drawn out (`kiiillll`), and the words of lists that they may be."""

import re
from collections.abc import Iterable

_RUN = re.compile(r"(.)\1*", re.DOTALL)
_Runs = list[tuple[str, int]]


class Drawn:
    """Finds words by their drawn-out forms: a run of three letters or more may stand for any shorter one."""

    def __init__(self, words: Iterable[str], prefixes: Iterable[str]) -> None:
        self._words = _by_letters(words)
        self._prefixes = _by_letters(prefixes)
        self._longest = max(map(len, self._prefixes), default=0)

    def meant(self, form: str) -> list[str]:
        """The words, and the beginnings of words, that a form may be."""
        runs = _runs(form)
        letters = "".join(letter for letter, _ in runs)
        found = [word for word in self._words.get(letters, ()) if _is_drawn_from(_runs(word), runs)]
        for length in range(1, min(len(letters), self._longest) + 1):
            begins = self._prefixes.get(letters[:length], ())
            found += [prefix for prefix in begins if _is_drawn_from(_runs(prefix), runs[:length], last=True)]
        return found


def _by_letters(words: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        found.setdefault("".join(letter for letter, _ in _runs(word)), []).append(word)
    return found


def _runs(form: str) -> _Runs:
    return [(match[1], len(match[0])) for match in _RUN.finditer(form)]


def _is_drawn_from(word: _Runs, form: _Runs, last: bool = False) -> bool:
    """Whether each run of `form` is as long as the word's, or three and longer. `last`: the last may be any longer one."""
    for at, ((_, least), (_, length)) in enumerate(zip(word, form, strict=True)):
        if length == least or length > max(least, 2):
            continue
        if not (last and at == len(word) - 1 and length > least):
            return False
    return True
