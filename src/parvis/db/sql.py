"""Named SQL: blocks in `queries.sql` files, beside the domain they belong to.

A block starts with `-- name: some_name`; the comment lines after it say what it is for. Parameters are `%(name)s`.
"""

import re
from importlib import resources

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)[ \t]*$", re.MULTILINE)


class Query(bytes):
    """The text of one statement. Only a file can make one, so no statement is built from strings at run time."""

    name: str

    def __new__(cls, name: str, text: str) -> "Query":
        made = super().__new__(cls, text.encode())
        made.name = name
        return made

    def __repr__(self) -> str:
        return f"<Query {self.name}>"


class Queries:
    """The statements of one file, as attributes; read when the first is asked for."""

    def __init__(self, package: str, file: str = "queries.sql") -> None:
        self._package = package
        self._file = file
        self._found: dict[str, Query] | None = None

    def __getattr__(self, name: str) -> Query:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._found is None:
            text = resources.files(self._package).joinpath(self._file).read_text(encoding="utf-8")
            self._found = parse(text)
        try:
            return self._found[name]
        except KeyError:
            raise AttributeError(f"no statement named {name} in {self._package}/{self._file}") from None


def parse(text: str) -> dict[str, Query]:
    """The statements in a file's text, by name. Raises ValueError on a name that stands twice."""
    parts = _NAME.split(text)
    found: dict[str, Query] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in found:
            raise ValueError(f"two statements are named {name}")
        found[name] = Query(name, body.strip().rstrip(";"))
    return found


def load(package: str | None, file: str = "queries.sql") -> Queries:
    """The named statements of `file` in `package` (a module's own `__package__`)."""
    assert package is not None, "statements belong to a package"
    return Queries(package, file)
