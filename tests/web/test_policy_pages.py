"""House rules in the browser: read, write, try, activate; and screening the archive again."""

import html
import re

import pytest
from tests.browsing import Browser
from tests.cast import Town
from tests.moderators import POLICY, browser, teach

from parvis.moderation.scans import JOB

EDIT = "/moderation/policy/edit"


@pytest.fixture(scope="module", autouse=True)
def lessons(town: Town, tmp_path_factory: pytest.TempPathFactory) -> None:
    teach(town, tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def chief(town: Town) -> Browser:
    return browser(town, "chief", "admin")[0]


@pytest.fixture(scope="module")
def moderator(town: Town) -> Browser:
    return browser(town, "maude", "moderator")[0]


def _version(answer_location: str) -> int:
    found = re.fullmatch(r"/moderation/policy/(\d+)", answer_location)
    assert found
    return int(found[1])


def test_rules_are_read_by_staff_and_changed_by_administrators(town: Town, chief: Browser, moderator: Browser) -> None:
    active = town.parvis.policy.current.version
    page = moderator.get(f"/moderation/policy/{active}").text
    assert "No kumquats" in page and "patterns.threat &gt; 0" in page and "Fruit Act, art. 7" in page
    assert "/activate" not in page and "/trial" not in page and EDIT not in moderator.get("/moderation/policy").text
    for path in (EDIT, f"/moderation/policy/{active}/trial"):
        assert moderator.get(path).status == 403
    for path in (
        EDIT,
        f"/moderation/policy/{active}/activate",
        f"/moderation/policy/{active}/trial",
        "/moderation/scan",
    ):
        assert moderator.send(path, {"source": POLICY}, page="/home").status == 403
    assert chief.get(EDIT).status == 200
    for nothing in ("0", "99999", "99999999999", "one"):
        assert chief.get(f"/moderation/policy/{nothing}").status == 404


def test_faults_are_named_by_line_and_nothing_is_saved(town: Town, chief: Browser) -> None:
    broken = POLICY.replace("patterns.threat > 0", "patterns.threats > 0")
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if "patterns.threats" in text)
    before = town.rows("SELECT count(*) FROM policies")
    for what in ("check", "save"):
        answer = chief.send(EDIT, {"source": broken, "what": what})
        assert answer.status == 422
        assert f'data-line="{line}">Line {line}<' in answer.text and "patterns.threats &gt; 0" in answer.text
    assert "Line 3" in chief.send(EDIT, {"source": "[policy]\nname = 'x'\nname = = 2\n"}).text
    assert town.rows("SELECT count(*) FROM policies") == before
    assert "It can be used: 3 rules." in chief.send(EDIT, {"source": POLICY}).text


def test_a_version_is_saved_tried_activated_and_the_old_one_again(town: Town, chief: Browser) -> None:
    author = town.someone()
    author.write("A greengage, as you like it")
    old = town.parvis.policy.current.version
    stricter = POLICY.replace("patterns.threat > 0", "patterns.threat_weak > 0").replace("review =", "# review =")
    saved = chief.send(EDIT, {"source": stricter.replace("\n", "\r\n"), "what": "save", "note": "greengages too"})
    new = _version(saved.headers["location"])
    assert new > old and town.parvis.policy.current.version == old
    again = chief.send(EDIT, {"source": stricter, "what": "save"})
    assert _version(again.headers["location"]) == new

    trial = f"/moderation/policy/{new}/trial"
    report = html.unescape(chief.send(trial, {"days": "3"}).text)
    assert "A greengage, as you like it" in report and "published now, held then" in report and "No kumquats" in report
    assert chief.send(trial, {"days": "0"}).status == 422
    assert chief.send(trial, {"days": "many"}).status == 422

    at = f"/moderation/policy/{new}"
    assert chief.send(f"{at}/activate", {"reason": "x" * 3000}, page=at).status == 422
    assert chief.send(f"{at}/activate", {"reason": "after the trial"}, page=at).headers["location"] == at
    assert author.write("Another greengage")["moderation"]["held"]["rule"] == "fruit"
    page = chief.get("/moderation/policy").text
    assert (
        f"Version {new} holds." in page and "after the trial" in page and "@chief" in page and "greengages too" in page
    )
    back = f"/moderation/policy/{old}"
    chief.send(f"{back}/activate", {}, page=back)
    assert "moderation" not in author.write("One more greengage")


def test_the_archive_is_screened_again_in_the_work_process(town: Town, chief: Browser, moderator: Browser) -> None:
    author = town.someone()
    post = author.write("Nothing but a quince here")
    rules = POLICY.replace("patterns.threat > 0", "text.length == 25").replace("review =", "# review =")
    version = town.run(town.parvis.policy.save(rules, town.amina.id))
    town.run(town.parvis.policy.activate(version, town.amina.id))

    assert chief.send("/moderation/scan", {"how": "dry", "since": "yesterday"}).status == 422
    for how, word, state in (("dry", "Would be held", 0), ("real", "Held", 1)):
        at = chief.send("/moderation/scan", {"how": how}).headers["location"]
        scan_id = int(at.rpartition("/")[2])
        assert 'http-equiv="refresh"' in moderator.get(at).text and "/end" not in moderator.get(at).text
        assert chief.send("/moderation/scan", {"how": "dry"}).headers["location"] == "/moderation/scan"
        jobs = town.rows("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id DESC LIMIT 1", JOB)
        assert jobs == [({"scan_id": scan_id},)]
        town.run(town.parvis.scans.work(scan_id))
        page = chief.get(at).text
        assert "It is done" in page and word in page and 'http-equiv="refresh"' not in page
        assert "Nothing but a quince here" in page and "No kumquats" in page
        assert town.rows("SELECT state FROM posts WHERE id = %s", int(post["id"])) == [(state,)]
    assert "Nothing but a quince here" in moderator.get("/moderation").text

    at = chief.send("/moderation/scan", {"how": "real"}).headers["location"]
    chief.send(f"{at}/end", {}, page=at)
    assert "Somebody ended it." in chief.get(at).text
    town.run(town.parvis.scans.work(int(at.rpartition("/")[2])))
    assert chief.send(f"{at}/resume", {}, page="/moderation/scan").status == 409
    assert chief.get("/moderation/scan/1").status == 404
