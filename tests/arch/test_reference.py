"""The pages of reference are as the code is."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["settings.md", "api.md"])
def test_a_page_is_not_stale(name: str) -> None:
    pages = runpy.run_path(str(ROOT / "script" / "reference.py"))["PAGES"]
    assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == pages[name](), "run script/docs"
