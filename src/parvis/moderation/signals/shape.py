"""The shape of what was written: facts that need no list and no model."""

from parvis.moderation.types import Findings, Signal, SignalKind, Subject, Value

_FEW = 12  # letters under which capitals say nothing


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
            for character in passage.text:
                if character.isalpha():
                    letters += 1
                    upper += character.isupper()
        if upper and letters >= _FEW:
            values["text.capitals"] = round(upper / letters, 3)
        return Findings(values)
