"""Every language is complete: no message without its translation, none that waits for a look."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parents[2] / "src" / "parvis" / "web" / "locale"
CATALOGS = sorted(LOCALE.rglob("*.po")) if LOCALE.is_dir() else []


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: str(path.relative_to(LOCALE)))
def test_a_catalog_is_complete(path: Path) -> None:
    with path.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    # The source is English: there an empty entry means that the text is right as it stands.
    source = catalog.locale is not None and catalog.locale.language == "en"
    wanting = [
        message.id
        for message in catalog
        if message.id and (message.fuzzy or not (source or _translated(message.string)))
    ]
    assert wanting == []


def _translated(text: str | tuple[str, ...] | list[str]) -> bool:
    return all(text) if isinstance(text, tuple | list) else bool(text)
