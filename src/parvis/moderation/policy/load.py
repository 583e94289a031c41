"""Reads a policy's file: TOML in, rules out, with every fault of the file named at once."""

import math
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal, cast

from parvis.kernel.text import clean
from parvis.moderation.policy.known import nearest
from parvis.moderation.policy.lines import Lines
from parvis.moderation.policy.problems import Problem, problem
from parvis.moderation.policy.rules import CATEGORIES, EFFECTS, LANGUAGES, Failure, Ground, Policy, Rule, Texts

Table = Mapping[str, Any]

_RULE_KEYS = (
    "id", "category", "title", "text", "ground", "when", "review", "effects", "label", "message", "minutes", "enabled",
    "procedure",
)  # fmt: skip
_ID = re.compile(r"[a-z][a-z0-9-]{0,59}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_JURISDICTION = re.compile(r"[A-Z]{2}")
_MOST_MINUTES = 600
_LONGEST_TEXT = 4_000
_LONGEST_TITLE = 120

_WANTED = {
    str: ("a text", "un texte"),
    dict: ("a table", "une table"),
    list: ("a list", "une liste"),
    bool: ("true or false", "true ou false"),
}
_LANGUAGE_NAMES = {"en": ("English", "anglais"), "fr": ("French", "français")}


def load(source: str, *, most_bytes: int = 262_144, most_rules: int = 500) -> tuple[Policy | None, list[Problem]]:
    """The policy in a file, and what is wrong with the file. The policy is None where it cannot be built: then there is an
    error at least. Conditions are read by `check`."""
    try:
        length = len(source.encode())
        if length > most_bytes:
            return None, [problem("file_long", args={"length": length, "most": most_bytes})]
        table = tomllib.loads(source)
    except (UnicodeEncodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return None, [_broken(error)]
    reader = _Reader(Lines(source), most_rules)
    policy = reader.policy(table)
    return (None if any(one.severity == "error" for one in reader.problems) else policy), reader.problems


def _broken(error: Exception) -> Problem:
    reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "nested too deeply"
    if isinstance(error, UnicodeEncodeError):
        reason = "it holds half a sign (a lone surrogate)"
    line = re.search(r"line (\d+)", reason)
    return problem("toml", line=int(line[1]) if line else 0, args={"reason": reason.rstrip(".")})


def _tidy(text: str) -> str:
    """Without control characters and code points that are no characters."""
    kept = (sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cn", "Cs"))
    return clean("".join(kept))


class _Reader:
    """Reads tables and gathers faults; what is at fault comes back as its empty value."""

    def __init__(self, lines: Lines, most_rules: int) -> None:
        self.problems: list[Problem] = []
        self._lines = lines
        self._most_rules = most_rules
        self._rule = ""
        self._index = -1
        self._table = ""

    def policy(self, table: Table) -> Policy:
        self._known_keys(table, ("policy", "failure", "rule"))
        self._table = "policy"
        head = self._typed(table, "policy", dict, required=True) or {}
        self._known_keys(head, ("name", "note"))
        name = _tidy(self._typed(head, "name", str, required="policy" in table) or "")
        note = _tidy(self._typed(head, "note", str) or "")
        self._table = "failure"
        failure = self._failure(self._typed(table, "failure", dict) or {})
        self._table = ""
        rules = self._rules(table)
        return Policy(name=name, note=note, failure=failure, rules=rules)

    def _failure(self, table: Table) -> Failure:
        self._known_keys(table, ("effects", "detectors"))
        effects = self._effects(table, "effects") if "effects" in table else ("queue",)
        self._table = "failure.detectors"
        named = self._typed(table, "detectors", dict) or {}
        detectors = {str(name): self._effects(named, str(name)) for name in named}
        return Failure(effects=effects, detectors=detectors)

    def _rules(self, table: Table) -> tuple[Rule, ...]:
        found = cast("list[Any]", self._typed(table, "rule", list) or [])
        if not found:
            self._fault("rules_none", "")
        if len(found) > self._most_rules:
            self._fault("rules_many", "", count=len(found), most=self._most_rules)
            return ()
        rules: list[Rule] = []
        seen: set[str] = set()
        for self._index, one in enumerate(found):
            self._rule = f"{self._index + 1}"
            if not isinstance(one, dict):
                self._type_fault("rule", dict)
                continue
            rule = self._one(cast("Table", one))
            if rule.id in seen:
                self._fault("id_twice", "id")
            seen.add(rule.id)
            rules.append(rule)
        self._index, self._rule = -1, ""
        return tuple(rules)

    def _one(self, table: Table) -> Rule:
        rule_id = self._typed(table, "id", str, required=True) or ""
        if rule_id and not _ID.fullmatch(rule_id):
            self._fault("id", "id", value=rule_id[:80])
        elif rule_id:
            self._rule = rule_id
        self._known_keys(table, _RULE_KEYS)
        return Rule(
            id=rule_id,
            category=self._choice(table, "category", CATEGORIES),
            title=self._texts(table, "title", most=_LONGEST_TITLE, required=True),
            text=self._texts(table, "text", required=True),
            ground=self._ground(table),
            effects=self._effects(table, "effects"),
            when=self._typed(table, "when", str) or "",
            review=self._typed(table, "review", str) or "",
            label=self._texts(table, "label", most=_LONGEST_TITLE),
            message=self._texts(table, "message"),
            minutes=self._minutes(table),
            enabled=self._typed(table, "enabled", bool) is not False,
            procedure=self._typed(table, "procedure", bool) is True,
            line=self._lines.rule(self._index),
        )

    def _ground(self, table: Table) -> Ground:
        ground = self._typed(table, "ground", dict, required=True)
        if not ground:
            return Ground(kind="house")
        self._known_keys(ground, ("kind", "reference", "jurisdiction"), field="ground")
        kind = self._choice(ground, "kind", ("law", "house"), field="ground")
        reference = self._texts(ground, "reference", field="ground")
        jurisdiction = self._typed(ground, "jurisdiction", str, field="ground") or ""
        if jurisdiction and not _JURISDICTION.fullmatch(jurisdiction):
            self._fault("jurisdiction", "ground", value=jurisdiction[:40])
        if kind == "law" and not (reference and jurisdiction):
            self._fault("law_reference", "ground")
        return Ground(
            kind=cast('Literal["law", "house"]', kind or "house"), reference=reference, jurisdiction=jurisdiction
        )

    def _effects(self, table: Table, key: str) -> tuple[str, ...]:
        given = cast("list[Any]", self._typed(table, key, list) or [])
        found: list[str] = []
        for one in given:
            if one not in EFFECTS:
                self._fault(
                    "choice", key, value=str(one)[:40], known=", ".join(EFFECTS), hint=nearest(str(one), EFFECTS)
                )
            elif one not in found:
                found.append(one)
        return tuple(sorted(found, key=EFFECTS.index))

    def _texts(
        self, table: Table, key: str, *, most: int = _LONGEST_TEXT, required: bool = False, field: str = ""
    ) -> Texts:
        given = self._typed(table, key, dict, required=required, field=field)
        if given is None:
            return {}
        found: Texts = {}
        for language, text in given.items():
            if not _LANGUAGE.fullmatch(language):
                self._fault("language", field or key, language=str(language)[:40])
            elif not isinstance(text, str):
                self._type_fault(f"{key}.{language}", str, field=field or key)
            elif len(text) > most:
                self._fault("text_long", field or key, length=len(text), most=most)
            elif tidy := _tidy(text):
                found[language] = tidy
        for language in LANGUAGES:
            if language not in found:
                english, french = _LANGUAGE_NAMES[language]
                self._fault("text_missing", field or key, language_en=english, language_fr=french)
        return found

    def _minutes(self, table: Table) -> float:
        given = table.get("minutes", 2.0)
        if (
            isinstance(given, bool)
            or not isinstance(given, int | float)
            or not 0 <= given <= _MOST_MINUTES
            or math.isnan(given)
        ):
            self._fault("minutes", "minutes", most=_MOST_MINUTES)
            return 2.0
        return float(given)

    def _choice(self, table: Table, key: str, known: tuple[str, ...], *, field: str = "") -> str:
        value = self._typed(table, key, str, required=True, field=field) or ""
        if value and value not in known:
            self._fault("choice", field or key, value=value[:40], known=", ".join(known), hint=nearest(value, known))
            return ""
        return value

    def _typed(self, table: Table, key: str, kind: type, *, required: bool = False, field: str = "") -> Any:
        """The value of a key where it has the right type, else None."""
        if key not in table:
            if required:
                self._fault("key_missing", field or (key if self._index < 0 else ""), key=key)
            return None
        value = table[key]
        if not isinstance(value, kind):
            self._type_fault(key, kind, field=field or key)
            return None
        if required and value in ("", {}):
            self._fault("empty", field or key, key=key)
        return value

    def _known_keys(self, table: Table, known: tuple[str, ...], *, field: str = "") -> None:
        for key in table:
            if key not in known:
                self._fault("key_unknown", field or key, key=str(key)[:80], hint=nearest(str(key), known))

    def _type_fault(self, key: str, kind: type, *, field: str = "") -> None:
        english, french = _WANTED[kind]
        self._fault("type", field or key, key=key, wanted_en=english, wanted_fr=french)

    def _fault(self, code: str, field: str, **args: str | int) -> None:
        line = self._lines.rule(self._index, field) if self._index >= 0 else self._lines.table(self._table, field)
        self.problems.append(problem(code, rule=self._rule, field=field, line=line, args=args))
