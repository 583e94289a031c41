"""What people do in a browser: join, log in, follow, post with a picture, answer, vote, search, let an app in, leave."""

import secrets
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect
from tests.cast import picture
from tests.site import ServedSite


def log_in(page: Any, name: str, password: str) -> None:
    page.goto("/auth/log-in")
    page.fill("#login", name)
    page.fill("#password", password)
    page.click("form[action='/auth/log-in']:has(#password) button")
    page.wait_for_url("**/home")


def join(page: Any, name: str, password: str = "une phrase assez longue") -> None:
    page.goto("/auth/sign-up")
    page.fill("#username", name)
    page.fill("#email", f"{name}@mail.example")
    page.fill("#password", password)
    page.check("#agree")
    page.click("form[action='/auth/sign-up'] button.button-main")


def test_a_newcomer_joins_posts_and_is_answered(site: ServedSite, visitor: Any, chromium: Browser, tmp_path: Path):
    page = visitor
    name = f"lea_{secrets.token_hex(3)}"
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    join(page, name)
    page.wait_for_url("**/home")

    # A post with a picture and its description.
    file = tmp_path / "place.png"
    file.write_bytes(picture(300, 200))
    page.goto("/compose")
    page.fill("#status", "Bonjour la place ! #Parvis")
    page.set_input_files("[data-pick]", str(file))
    page.fill("textarea[name='description_1']", "Un carré rouge")
    page.click(".compose button.button-main >> nth=-1")
    page.wait_for_url("**/home")
    expect(page.locator(".post").first).to_contain_text("Bonjour la place")
    expect(page.locator(".post img[alt='Un carré rouge']").first).to_be_visible()

    # Somebody else finds, follows, votes, echoes and answers, without JavaScript.
    context = chromium.new_context(base_url=site.url, java_script_enabled=False, locale="en-GB")
    other = context.new_page()
    log_in(other, *site.member())
    other.goto(f"/search?q={name}")
    other.click(f"a[href='/@{name}'] >> nth=-1")
    other.click("form[action$='/follow'] button:has-text('Follow')")
    expect(other.locator("form[action$='/unfollow'] button").first).to_be_visible()
    other.goto("/home")
    expect(other.locator(".post").first).to_contain_text("Bonjour la place")
    other.click("form[action$='/vote'] button >> nth=0")
    expect(other.locator("form[action$='/unvote']").first).to_be_visible()
    other.click("form[action$='/echo'] button >> nth=0")
    other.goto(f"/@{name}")
    other.click(".post a[href*='#reply'] >> nth=0")
    other.fill("#reply textarea[name=status]", f"@{name} welcome!")
    other.click("#reply button.button-main >> nth=-1")
    expect(other.locator("body")).to_contain_text("welcome!")
    context.close()

    # The newcomer is told, and presses a vote with JavaScript.
    page.goto("/notifications")
    expect(page.locator("main")).to_contain_text("a voté pour votre post")
    expect(page.locator("main")).to_contain_text("welcome!")
    page.goto("/notifications?only=mentions")
    button = page.locator("form[data-toggle] button.act-vote").first
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(400)
    page.reload()
    expect(page.locator("form[action$='/unvote']").first).to_be_visible()

    # Edit, history, delete.
    page.goto(f"/@{name}")
    page.locator(".post details.menu summary").first.click()
    page.locator(".post a[href$='/edit']").first.click()
    page.fill("#status", "Bonsoir la place")
    page.click(".compose button.button-main >> nth=-1")
    expect(page.locator("main")).to_contain_text("Bonsoir la place")
    page.goto(page.url.split("#")[0].rstrip("/") + "/history")
    expect(page.locator("main")).to_contain_text("Bonjour la place")
    page.goto(f"/@{name}")
    page.locator(".post details.menu summary").first.click()
    page.locator(".post a[href$='/delete']").first.click()
    page.click("button.button-danger")
    page.wait_for_url(f"**/@{name}")
    expect(page.locator("main")).not_to_contain_text("Bonsoir la place")


def test_mistakes_are_shown_beside_their_fields(visitor: Any):
    join(visitor, "a b", password="short")
    expect(visitor.locator("#username-error")).to_contain_text("lettres")
    expect(visitor.locator("#password-error")).to_contain_text("trop court")
    expect(visitor.locator("#username")).to_have_value("a b")


def test_a_second_factor_is_asked_for(site: ServedSite, visitor: Any):
    import pyotp

    page = visitor
    name, password = site.member()
    log_in(page, name, password)
    page.goto("/settings/security/totp")
    secret = page.inner_text(".secret").replace(" ", "")
    code = pyotp.TOTP(secret).now()
    page.fill("#code", code)
    page.fill("#password", password)
    page.click("form[action='/settings/security/totp'] button.button-main")
    recovery = page.locator(".codes li").all_inner_texts()
    assert len(recovery) == 10
    page.context.clear_cookies()
    page.goto("/auth/log-in")
    page.fill("#login", name)
    page.fill("#password", password)
    page.click("form[action='/auth/log-in']:has(#password) button")
    page.wait_for_url("**/auth/second-factor")
    page.fill("#code", code)  # used before: a code works once
    page.click("form:has(#code) button.button-main")
    expect(page.locator("#code-error")).to_be_visible()
    page.fill("#code", recovery[0])
    page.click("form:has(#code) button.button-main")
    page.wait_for_url("**/home")


def test_every_page_of_a_member_opens(site: ServedSite, visitor: Any):
    name, password = site.member(role="owner")
    log_in(visitor, name, password)
    for path in (
        "/home", "/public", "/compose", "/notifications", "/search", "/search?q=a", "/bookmarks", "/favourites",
        "/requests", f"/@{name}", f"/@{name}/replies", f"/@{name}/media", f"/@{name}/followers", f"/@{name}/following",
        "/settings/profile", "/settings/account", "/settings/preferences", "/settings/security", "/settings/security/totp",
        "/settings/apps", "/settings/blocks", "/settings/mutes", "/settings/delete", "/about", "/tags/parvis", "/offline",
        "/moderation", "/moderation/policy", "/moderation/policy/1", "/moderation/policy/edit", "/moderation/policy/1/trial",
        "/moderation/scan",
    ):  # fmt: skip
        answer = visitor.goto(path)
        assert answer.status == 200, path
        assert visitor.locator("h1").count() >= 1, path
        # Nothing is wider than a phone.
        assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_profile_is_edited_and_a_member_leaves(site: ServedSite, visitor: Any, tmp_path: Path):
    page = visitor
    name, password = site.member()
    log_in(page, name, password)
    file = tmp_path / "face.png"
    file.write_bytes(picture(500, 500))
    page.goto("/settings/profile")
    page.fill("#display_name", "Zoé du quai")
    page.fill("#note", "Je vends des #fleurs")
    page.set_input_files("#avatar", str(file))
    page.click("form.panel button.button-main")
    expect(page.locator(".notice")).to_contain_text("Saved")
    page.goto(f"/@{name}")
    expect(page.locator("h1")).to_contain_text("Zoé du quai")
    page.goto("/settings/delete")
    page.fill("#password", password)
    page.check("#sure")
    page.click("button.button-danger")
    page.wait_for_url(f"{site.url}/")
    answer = page.goto(f"/@{name}")
    assert answer.status == 404
