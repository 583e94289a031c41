"""What is wrong with a policy: which rule, which field, which line, and a sentence in French and in English."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from parvis.moderation.policy.sentences import SENTENCES


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One problem. With an error a policy cannot be saved; a warning is for the eyes of its author."""

    severity: Literal["error", "warning"]
    code: str
    rule: str = ""  # its id, or `rule 3` where it has none; empty: the policy as a whole
    field: str = ""
    line: int = 0  # in the file, from 1; 0: not known
    args: dict[str, str | int | float] = {}
    english: str = ""
    french: str = ""

    def said(self, locale: str = "en") -> str:
        """The whole sentence, with where it is."""
        french = locale.startswith("fr")
        where: list[str] = []
        if self.rule:
            where.append(f"règle « {self.rule} »" if french else f"rule “{self.rule}”")
        if self.field:
            where.append(self.field)
        if self.line:
            where.append(f"{'ligne' if french else 'line'} {self.line}")
        sentence = self.french if french else self.english
        return f"{', '.join(where)}{' :' if french else ':'} {sentence}" if where else sentence


def problem(
    code: str,
    *,
    rule: str = "",
    field: str = "",
    line: int = 0,
    warning: bool = False,
    args: Mapping[str, str | int | float] | None = None,
) -> Problem:
    """A problem with its sentences filled in. KeyError for a code that has none."""
    given = dict(args or {})
    english, french = SENTENCES[code]
    hint_en, hint_fr = "", ""
    if given.get("hint"):
        hint_en, hint_fr = f" Did you mean `{given['hint']}`?", f" Vouliez-vous dire « {given['hint']} » ?"
    return Problem(
        severity="warning" if warning else "error",
        code=code,
        rule=rule,
        field=field,
        line=line,
        args=given,
        english=english.format(**given) + hint_en,
        french=french.format(**given) + hint_fr,
    )


def errors(problems: list[Problem]) -> list[Problem]:
    """Those that keep a policy from being saved."""
    return [one for one in problems if one.severity == "error"]
