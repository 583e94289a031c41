"""The shape of what was written: facts that need no list and no model."""

import re

from parvis.moderation.types import Findings, Signal, SignalKind, Subject, Value

_FEW = 12  # letters under which capitals say nothing
_SMALL = b"abcdefghijklmnopqrstuvwxyz"
_CAPITAL = _SMALL.upper()
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


class Shape:
    """`text.length` and `text.capitals`."""

    name = "text"
    waits = False
    signals = (
        Signal("text.length", SignalKind.COUNT, "characters of all texts together", "le nombre de caractères"),
        Signal("text.capitals", SignalKind.SHARE, "share of letters that are capitals", "la part de majuscules"),
    )

    async def detect(self, subject: Subject) -> Findings:
        """See the class."""
        length = sum(len(passage.text) for passage in subject.passages)
        values: dict[str, Value] = {"text.length": length} if length else {}
        letters = upper = 0
        for passage in subject.passages:
            some, large = _letters(passage.text)
            letters += some
            upper += large
        if upper and letters >= _FEW:
            values["text.capitals"] = round(upper / letters, 3)
        return Findings(values)


def _letters(text: str) -> tuple[int, int]:
    """How many letters a text has, and how many of them are capitals. Those of ASCII are counted by what is left when they
    are taken away: a loop over characters would take five times as long."""
    plain = text.encode("ascii", "ignore")
    rest = plain.translate(None, _CAPITAL)
    upper = len(plain) - len(rest)
    letters = len(plain) - len(rest.translate(None, _SMALL))
    if len(plain) < len(text):
        for character in "".join(_BEYOND_ASCII.findall(text)):
            if character.isalpha():
                letters += 1
                upper += character.isupper()
    return letters, upper
