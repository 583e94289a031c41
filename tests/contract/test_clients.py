"""Apps that people have, as their packages bring them: sign up, log in, follow, post with a picture, stream, search."""

import http.cookiejar
import os
import re
import secrets
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon, StreamListener
from tests.cast import picture
from tests.site import ServedSite


def consent(site: ServedSite, address: str, name: str, password: str) -> str:
    """What a member does in the browser: log in, allow; returns the code that the page shows."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def form(text: str) -> dict[str, str]:
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
        return {key: value.replace("&amp;", "&") for key, value in fields}

    page = browser.open(address).read().decode()
    assert 'name="password"' in page
    sent = form(page) | {"login": name, "password": password}
    page = browser.open(f"{site.url}/auth/log-in", urllib.parse.urlencode(sent).encode()).read().decode()
    assert 'value="approve"' in page, page[:2000]
    sent = form(page) | {"decision": "approve"}
    page = browser.open(f"{site.url}/oauth/authorize", urllib.parse.urlencode(sent).encode()).read().decode()
    found = re.search(r'value="([A-Za-z0-9_-]{43})"', page) or re.search(r">([A-Za-z0-9_-]{43})<", page)
    assert found, page
    return found[1]


@pytest.fixture(scope="module")
def app_keys(site: ServedSite) -> tuple[str, str]:
    """An app registered by Mastodon.py."""
    return Mastodon.create_app("test app", api_base_url=site.url, scopes=["read", "write", "follow", "push"])


def logged_in(site: ServedSite, app_keys: tuple[str, str], name: str, password: str) -> Mastodon:
    """Mastodon.py in a member's name, by the browser."""
    client = Mastodon(*app_keys, api_base_url=site.url)
    address = client.auth_request_url(scopes=["read", "write", "follow", "push"], allow_http=True)
    code = consent(site, address, name, password)
    client.log_in(code=code, scopes=["read", "write", "follow", "push"], allow_http=True)
    return client


def test_mastodon_py(site: ServedSite, app_keys: tuple[str, str], tmp_path: Path):
    ann = logged_in(site, app_keys, *site.member())
    ben = logged_in(site, app_keys, *site.member())
    me = ann.me()
    assert ann.instance()["version"].startswith("4.5.0")
    assert ann.account_lookup(me.acct).id == me.id

    # Ben follows and listens.
    relation = ben.account_follow(me.id)
    assert relation.following
    assert [account.acct for account in ann.account_followers(me.id)] == [ben.me().acct]
    heard: list[Any] = []
    got = threading.Event()

    class Listener(StreamListener):
        def on_update(self, status: Any) -> None:
            heard.append(status)
            got.set()

    stream = ben.stream_user(Listener(), run_async=True)
    assert ben.stream_healthy() is True
    time.sleep(0.5)

    # Ann posts with a picture.
    file = tmp_path / "square.png"
    file.write_bytes(picture(320, 200))
    media = ann.media_post(str(file), description="A red square", focus=(0.2, -0.4))
    assert media.type == "image" and media.blurhash
    word = "zz" + secrets.token_hex(4)
    post = ann.status_post(f"Hello @{ben.me().acct} #Square {word}", media_ids=[media], language="en")
    assert post.media_attachments[0].description == "A red square"
    assert got.wait(10) and heard[0].id == post.id
    stream.close()

    # Ben reads, votes, echoes, answers; Ann is told.
    assert ben.timeline_home()[0].id == post.id
    ben.status_favourite(post)
    ben.status_reblog(post)
    answer = ben.status_post(f"@{me.acct} well said", in_reply_to_id=post.id)
    thread = ann.status_context(post.id)
    assert [status.id for status in thread.descendants] == [answer.id]
    kinds = {notification.type for notification in ann.notifications()}
    assert kinds == {"follow", "favourite", "reblog", "mention"}
    assert ann.status(post.id).favourites_count == 1

    # Search, edit, history, pages, deletion.
    assert [status.id for status in ben.search_v2(word).statuses] == [post.id]
    assert ben.search_v2(me.acct[:4]).accounts
    ann.status_update(post, status=f"Hello again {word}", media_ids=[media.id])
    assert len(ann.status_history(post)) == 2
    for number in range(25):
        ann.status_post(f"post {number}")
    first = ben.timeline_home(limit=10)
    second = ben.fetch_next(first)
    assert len(second) == 10 and second[0].id < first[-1].id
    assert [s.id for s in ben.fetch_previous(second)][-1] == first[-1].id
    ann.status_delete(post)
    assert post.id not in {status.id for status in ben.timeline_home(limit=40)}
    assert ben.search_v2(word).statuses == []

    # Profile, markers, mute, block, bookmarks.
    ann.account_update_credentials(
        display_name="Ann", note="I am @" + ben.me().acct, fields=[("Site", "https://example.org")]
    )
    assert ben.account(me.id).display_name == "Ann"
    ann.markers_set(["home"], [post.id])
    assert ann.markers_get(["home"])["home"].last_read_id == post.id
    ben.account_block(me.id)
    assert ben.timeline_home() == [] or all(status.account.id != me.id for status in ben.timeline_home())
    assert ben.account_relationships(me.id)[0].blocking
    ann.revoke_access_token(allow_http=True)


def test_mastodon_py_signs_up(site: ServedSite, app_keys: tuple[str, str]):
    client = Mastodon(*app_keys, api_base_url=site.url)
    name = f"new{secrets.token_hex(3)}"
    client.create_account(
        name, "a good long password", f"{name}@mail.example", agreement=True, scopes=["read", "write"]
    )
    assert client.me().username == name
    assert client.status_post("my first post").account.username == name


def test_toot(site: ServedSite, tmp_path: Path):
    name, password = site.member()
    other, _ = site.member()
    env = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "BROWSER": "true", "COLUMNS": "200"}

    def toot(*arguments: str, said: str | None = None) -> str:
        command = [sys.executable, "-m", "toot", *arguments]
        done = subprocess.run(command, env=env, input=said, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    toot("login_cli", "-i", site.url, "-e", f"{name}@mail.example", "-p", password)
    assert name in toot("whoami")
    assert other in toot("follow", other)
    file = tmp_path / "picture.png"
    file.write_bytes(picture())
    toot("post", "Bonjour la place", "--media", str(file), "--description", "Un carré")
    assert "Bonjour la place" in toot("timeline", "--once")
    assert "Bonjour la place" in toot("timeline", "--public", "--once")
    assert other in toot("search", other)
    toot("logout", f"{name}@127.0.0.1:{site.port}")


def test_toot_by_the_browser(site: ServedSite, tmp_path: Path):
    name, password = site.member()
    env = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "toot", "login", "-i", site.url]
    with subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write("\n")
        process.stdin.flush()
        said = ""
        address = None
        for line in process.stdout:
            said += line
            found = re.search(r"http://\S+/oauth/authorize\S+", line)
            if found:
                address = found[0]
                break
        assert address, said
        process.stdin.write("\n" + consent(site, address, name, password) + "\n")
        process.stdin.close()
        said += process.stdout.read()
        assert process.wait(30) == 0, said
    done = subprocess.run(
        [sys.executable, "-m", "toot", "whoami"], env=env, capture_output=True, text=True, check=False, timeout=30
    )
    assert name in done.stdout, done.stderr
