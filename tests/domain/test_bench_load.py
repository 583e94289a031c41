"""The network that is measured is one that the server could have written itself: counters agree, bodies are whole."""

import argparse
import json

import psycopg
from bench import load
from tests.cast import open_town
from tests.client import Client

from parvis.settings import Settings

# Each is a sentence about the loaded rows that holds no row when it is true.
_BROKEN = {
    "followers are counted": """
        SELECT account_id FROM account_stats s WHERE followers <> (SELECT count(*) FROM follows WHERE target_id = s.account_id)
           OR following <> (SELECT count(*) FROM follows f WHERE f.account_id = s.account_id)""",
    "posts are counted": """
        SELECT account_id FROM account_stats s WHERE posts <> (SELECT count(*) FROM posts p WHERE p.account_id = s.account_id)
           OR last_post_id IS DISTINCT FROM (SELECT max(id) FROM posts p WHERE p.account_id = s.account_id)""",
    "votes and replies are counted": """
        SELECT post_id FROM post_stats s WHERE votes <> (SELECT count(*) FROM votes v WHERE v.post_id = s.post_id)
           OR replies <> (SELECT count(*) FROM posts p WHERE p.reply_to_id = s.post_id)""",
    "replies are in the thread of what they answer": """
        SELECT p.id FROM posts p JOIN posts q ON q.id = p.reply_to_id
        WHERE p.thread_id <> q.thread_id OR p.reply_to_account_id <> q.account_id OR q.audience = 2""",
    "every post has its counters, words and hashtags": """
        SELECT p.id FROM posts p LEFT JOIN post_stats s ON s.post_id = p.id LEFT JOIN post_texts t ON t.post_id = p.id
        WHERE s.post_id IS NULL OR t.post_id IS NULL
           OR cardinality(p.tags) <> (SELECT count(*) FROM post_tags g WHERE g.post_id = p.id)""",
    "no stand-in is left in a body": """
        SELECT id FROM posts WHERE convert_from(body, 'UTF8') ~ '1111111111|2222222222|3333333333|benchusername|2001-02-03'""",
    "nobody follows themselves": "SELECT account_id FROM follows WHERE account_id = target_id",
}


def test_a_loaded_network_is_consistent_and_served(settings: Settings) -> None:
    parser = argparse.ArgumentParser()
    load.arguments(parser)
    options = parser.parse_args(
        ["--accounts", "300", "--posts", "1500", "--readers", "20", "--authors", "30", "--tokens", "10"]
    )
    found = load.fill(settings.database.url, options)
    with psycopg.connect(settings.database.url) as db:
        for sentence, statement in _BROKEN.items():
            assert db.execute(statement.encode()).fetchall()[:3] == [], sentence
        row = db.execute(b"SELECT count(*) FROM pg_indexes WHERE indexname = 'posts_id'").fetchone()
        assert row == (1,)
    with open_town(settings) as town:
        reader = Client(town.app, town.loop, found["readers"]["20"]["token"])  # type: ignore[index]
        page = reader.get("/api/v1/timelines/home").json
        assert len(page) == 20
        assert page == sorted(page, key=lambda post: int(post["id"]), reverse=True)
        assert reader.get("/api/v1/accounts/verify_credentials").json["following_count"] == 20
        context = reader.get(f"/api/v1/statuses/{found['threads'][0]}/context").json  # type: ignore[index]
        assert len(context["descendants"]) == 19
        author = found["authors"]["30"]["id"]  # type: ignore[index]
        assert reader.get(f"/api/v1/accounts/{author}").json["followers_count"] == 30
        assert json.dumps(page).count("\ufdd0") == 0
