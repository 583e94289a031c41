"""The demo town is whole: every name resolves, every picture is described, every drawing is the same twice."""

import asyncio
import io
import re
from collections import Counter
from datetime import UTC, datetime

import pytest
from PIL import Image

from parvis.demo.content import read_members, read_town
from parvis.demo.draw import SCENES, draw_avatar, draw_scene
from parvis.demo.load import load

NOW = datetime(2026, 3, 14, 15, 0, tzinfo=UTC)
TOWN = read_town(NOW)
NAMES = {member.username for member in TOWN.members}


def test_every_name_resolves():
    for told in TOWN.posts:
        mentioned = re.findall(r"@([a-z_]+)", told.text)
        assert {told.by, *told.votes, *told.echoes, *told.bookmarks, *mentioned} <= NAMES, told.key
    for member in TOWN.members:
        assert {*member.friends, *re.findall(r"@([a-z_]+)", member.bio)} <= NAMES, member.username
        assert member.header in SCENES
    assert len(NAMES) == len(TOWN.members)
    assert len(set(TOWN.follows)) == len(TOWN.follows)
    assert all(a != b for a, b in TOWN.follows)


def test_replies_follow_what_they_answer_and_nothing_is_in_the_future():
    seen: dict[str, datetime] = {}
    for told in TOWN.posts:
        assert told.at <= NOW
        if told.parent:
            assert seen[told.parent] <= told.at, told.key
        assert told.key not in seen
        seen[told.key] = told.at


def test_size_languages_and_words():
    assert len(TOWN.members) >= 36
    assert len(TOWN.posts) >= 240
    english = sum(told.language == "en" for told in TOWN.posts) / len(TOWN.posts)
    assert 0.3 <= english <= 0.5
    texts = Counter(told.text for told in TOWN.posts)
    assert [text for text, times in texts.items() if times > 1] == []
    assert all(1 <= len(told.text) <= 500 for told in TOWN.posts)
    assert {told.audience for told in TOWN.posts} == {"public", "unlisted", "followers", "direct"}
    assert {told.by for told in TOWN.posts} >= NAMES - {"wei"}


def test_every_picture_exists_and_is_described_once():
    pictures = [(told, picture) for told in TOWN.posts for picture in told.pictures]
    assert len(pictures) >= 30
    for told, picture in pictures:
        assert picture.draw in SCENES
        words = set(re.findall(r"\w+", picture.alt.lower()))
        french, english = (
            words & {"un", "une", "le", "la", "des", "les", "et"},
            words & {"a", "the", "and", "of", "with"},
        )
        assert (len(french) > len(english)) == (told.language == "fr"), picture.alt
    assert max(Counter(picture.alt for _, picture in pictures).values()) == 1


def test_typography():
    for told in TOWN.posts:
        assert "'" not in told.text
        if told.language == "fr":
            assert not re.search(r" [;:!?»]", told.text), told.text


@pytest.mark.parametrize("name", ["bread", "night_sky", "cinema", "chart_bars"])
def test_scenes_are_the_same_twice(name: str):
    first = draw_scene(name)
    assert first == draw_scene(name)
    assert len(first) < 200_000
    assert Image.open(io.BytesIO(first)).size == (1200, 800)


def test_avatars_are_distinct():
    members = read_members()
    drawn = {draw_avatar(member.username, member.avatar) for member in members}
    assert len(drawn) == len(members)
    assert draw_avatar(members[0].username, members[0].avatar) in drawn


class Fake:
    """Counts what the loader asks for."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.loaded = False

    async def is_loaded(self) -> bool:
        return self.loaded

    async def mark_loaded(self) -> None:
        self.loaded = True

    def __getattr__(self, name: str):
        async def door(*_: object, **__: object) -> int:
            self.calls[name] += 1
            return self.calls[name]

        return door


def test_loading_twice_changes_nothing():
    fake = Fake()
    sentence = asyncio.run(load(fake, lambda *_: None, NOW))
    assert sentence is not None
    assert "@camille" in sentence
    assert fake.calls["publish"] == len(TOWN.posts)
    assert fake.calls["create_member"] == len(TOWN.members)
    calls = fake.calls.copy()
    assert asyncio.run(load(fake, lambda *_: None, NOW)) is None
    assert fake.calls == calls
