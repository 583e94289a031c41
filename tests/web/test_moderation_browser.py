"""Moderation in a real browser, with real processes: a post is held, contested and released by keyboard; rules are written,
tried and activated; the archive is screened again by the work process."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.moderators import LISTS, POLICY
from tests.site import ServedSite


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """A site whose word lists and house rules are the test's own."""
    data = tmp_path_factory.mktemp("site") / "data"
    (data / "lists").mkdir(parents=True)
    (data / "lists" / "fruit.toml").write_text(LISTS)
    served = ServedSite(data)
    served.start()
    name, _ = served.member(role="admin")
    policy = data / "policy.toml"
    policy.write_text(POLICY)
    said = served.parvis("moderation", "policy", "save", str(policy), "--by", name)
    version = said.partition("version ")[2].partition(".")[0]
    served.parvis("moderation", "policy", "activate", version, "--by", name)
    yield served
    served.stop()


def _log_in(page: Any, name: str, password: str) -> None:
    page.goto("/auth/log-in")
    page.fill("#login", name)
    page.fill("#password", password)
    page.click("form[action='/auth/log-in']:has(#password) button")
    page.wait_for_url("**/home")


def test_a_post_is_held_contested_and_released_by_keyboard(site: ServedSite, visitor: Any, chromium: Browser) -> None:
    page = visitor
    _log_in(page, *site.member())
    page.goto("/compose")
    page.fill("#status", "Un kumquat pour la place")
    page.click(".compose button.button-main >> nth=-1")
    page.wait_for_url("**/held")
    expect(page.locator("mark.mark-3").first).to_contain_text("kumquat")
    expect(page.locator("main")).to_contain_text("No kumquats")
    page.fill("#words", "C’est un fruit.")
    page.click("#contest button")
    expect(page.locator("main")).to_contain_text("you contested it")
    page.goto("/home")
    expect(page.locator(".held")).to_contain_text("seen by you only")

    context = chromium.new_context(base_url=site.url, viewport={"width": 1280, "height": 900}, locale="en-GB")
    staff = context.new_page()
    _log_in(staff, *site.member(role="moderator"))
    staff.click("nav.rail a[href='/moderation']")
    expect(staff.locator(".case-row")).to_have_count(1)
    staff.keyboard.press("j")
    staff.keyboard.press("o")
    staff.wait_for_url("**/moderation/cases/post/*")
    expect(staff.locator(".contested")).to_contain_text("C’est un fruit.")
    case = staff.url
    staff.focus("#note")
    staff.keyboard.press("Tab")
    expect(staff.locator("button[value=release]")).to_be_focused()
    staff.keyboard.press("Enter")
    staff.wait_for_url("**/moderation")
    expect(staff.locator(".notice")).to_contain_text("Released")
    expect(staff.locator(".case-row")).to_have_count(0)
    staff.goto(case)
    expect(staff.locator("button[value=release]")).to_have_count(0)
    staff.goto("/public")
    expect(staff.locator(".post").first).to_contain_text("Un kumquat pour la place")
    context.close()

    page.reload()
    expect(page.locator(".held")).to_have_count(0)


def test_rules_are_written_tried_activated_and_the_archive_is_screened(site: ServedSite, visitor: Any) -> None:
    page = visitor
    _log_in(page, *site.member(role="admin"))
    page.goto("/compose")
    page.fill("#status", "Une reine-claude, dite greengage")
    page.click(".compose button.button-main >> nth=-1")
    page.wait_for_url("**/home")

    page.goto("/moderation/policy/edit")
    source = page.input_value("#source")
    stricter = source.replace("patterns.threat > 0", "patterns.threat_weak > 0").replace("review =", "# review =")
    page.fill("#source", stricter.replace("threat_weak", "threat_week"))
    page.click("button[value=check]")
    fault = page.locator("#problems a[data-line]").first
    expect(fault).to_be_visible()
    fault.click()
    line = page.evaluate("(a => a.value.slice(a.selectionStart, a.selectionEnd))(document.querySelector('#source'))")
    assert "threat_week" in line
    page.fill("#source", stricter)
    page.fill("#note", "Plus strict")
    page.click("button[value=save]")
    page.wait_for_url("**/moderation/policy/*")
    at = page.url

    page.click("form[action$='/trial'] button")
    expect(page.locator("main")).to_contain_text("greengage")
    expect(page.locator("main")).to_contain_text("No kumquats")
    page.goto(at)
    page.fill("#reason", "Essayé")
    page.click("form[action$='/activate'] button")
    expect(page.locator(".notice")).to_be_visible()
    expect(page.locator(".tag-active")).to_be_visible()

    page.goto("/moderation/scan")
    page.check("input[value=real]")
    page.click("form[action='/moderation/scan'] button.button-main")
    page.wait_for_url("**/moderation/scan/*")
    expect(page.locator("main")).to_contain_text("It is done", timeout=60_000)
    page.goto("/moderation")
    expect(page.locator(".case-row")).to_contain_text("greengage")
