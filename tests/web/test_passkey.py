"""Passkeys, with Chromium's virtual authenticator: added, then used in place of name and password."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.site import ServedSite


@pytest.fixture(scope="module")
def named_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """A site with a name: passkeys are bound to one, and `localhost` may use them without TLS."""
    served = ServedSite(tmp_path_factory.mktemp("named") / "data")
    served.url = f"http://localhost:{served.port}"
    served.env["PARVIS_SITE_ORIGIN"] = served.url
    served.start()
    yield served
    served.stop()


def test_a_passkey_is_added_and_logs_in(named_site: ServedSite, chromium: Browser):
    name, password = named_site.member()
    context = chromium.new_context(base_url=named_site.url, locale="en-GB")
    page: Any = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/auth/log-in")
    page.fill("#login", name)
    page.fill("#password", password)
    page.click("form:has(#password) button")
    page.wait_for_url("**/home")
    page.goto("/settings/security")
    page.fill("#passkey_name", "My laptop")
    page.fill("#passkey_password", password)
    page.click("form[data-passkey=create] button")
    expect(page.locator("main")).to_contain_text("My laptop")
    context.clear_cookies()
    page.goto("/auth/log-in")
    page.click("form[data-passkey=get] button")
    page.wait_for_url("**/home")
    # It is asked for as a second step too.
    context.clear_cookies()
    page.goto("/auth/log-in")
    page.fill("#login", name)
    page.fill("#password", password)
    page.click("form:has(#password) button")
    page.wait_for_url("**/auth/second-factor")
    page.click("form[data-passkey=get] button")
    page.wait_for_url("**/home")
    context.close()
