"""A served site and a real browser."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.site import ServedSite

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """A running site."""
    served = ServedSite(tmp_path_factory.mktemp("site") / "data")
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: .ci/run installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


def _is_page(message: Any) -> bool:
    return not re.search(r"/(static|stream|media|api)/", message.location.get("url", ""))


@pytest.fixture
def visitor(chromium: Browser, site: ServedSite) -> Iterator[Any]:
    """A fresh page on a phone, in French; whatever the browser complains of fails the test."""
    context = chromium.new_context(
        base_url=site.url, viewport={"width": 390, "height": 844}, locale="fr-FR", service_workers="block"
    )
    page = context.new_page()
    complaints: list[str] = []

    def note(message: Any) -> None:
        # A page that answers 404 or 422 is noted too: the tests look at those answers themselves.
        if message.type == "error" and not (message.text.startswith("Failed to load") and _is_page(message)):
            complaints.append(f"{message.text} {message.location}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []
