"""Where rules and their fields stand in a policy's file (the TOML reader does not say)."""

import re

_TABLE = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)(?:\.[A-Za-z0-9_-]+)*\s*=")


class Lines:
    """Line numbers, from 1; 0 for what is not found."""

    def __init__(self, text: str) -> None:
        self._rules: list[dict[str, int]] = []
        self._tables: dict[str, dict[str, int]] = {"": {"": 1}}
        current = self._tables[""]
        fence = ""
        for number, line in enumerate(text.splitlines(), 1):
            if fence:
                fence = "" if line.count(fence) % 2 else fence
                continue
            table = _TABLE.match(line)
            key = _KEY.match(line)
            if table is not None:
                current = self._begin(table[1] == "[[", table[2], number, current)
            elif key is not None:
                current.setdefault(key[1], number)
            for quote in ('"""', "'''"):
                if line.count(quote) % 2:
                    fence = quote
                    break

    def _begin(self, many: bool, name: str, number: int, current: dict[str, int]) -> dict[str, int]:
        if many and name == "rule":
            self._rules.append({"": number})
            return self._rules[-1]
        if name.startswith("rule.") and self._rules:
            current = self._rules[-1]
            current.setdefault(name.split(".")[1], number)
            return dict(current)
        return self._tables.setdefault(name, {"": number})

    def rule(self, index: int, field: str = "") -> int:
        """The line of a field of the rule at `index` (from 0), of the rule itself where the field has none."""
        if index >= len(self._rules):
            return 0
        return self._rules[index].get(field) or self._rules[index][""]

    def table(self, name: str, field: str = "") -> int:
        """The line of a field of a table, of the table itself where the field has none."""
        found = self._tables.get(name, {})
        return found.get(field) or found.get("", 0)
