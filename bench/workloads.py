"""What is asked of a server: lists of requests, for any server with the same API."""

import json
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Request(NamedTuple):
    """One request; `%N` in a body stands for a number never used before."""

    method: str
    path: str
    token: str = ""
    body: str = ""


class Network(NamedTuple):
    """What the requests are about: tokens and ids."""

    reader: str  # token of the one who reads
    writers: Sequence[str]  # tokens
    posts: Sequence[str]
    threads: Sequence[str]
    profiles: Sequence[str]


def from_file(found: dict[str, Any], followed: str = "50") -> Network:
    """What load.py wrote. The reader follows exactly so many."""
    return Network(
        found["readers"][followed]["token"],
        [member["token"] for member in found["members"]],
        found["posts"],
        found["threads"],
        found["profiles"],
    )


def from_server(url: str, token: str) -> Network:
    """What a member of any server sees in their home."""

    def get(path: str) -> Any:
        asked = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    posts: list[dict[str, Any]] = []
    for _ in range(10):
        below = f"&max_id={posts[-1]['id']}" if posts else ""
        page = get(f"/api/v1/timelines/home?limit=40{below}")
        posts += page
        if len(page) < 40:
            break
    posts = [post["reblog"] or post for post in posts if (post["reblog"] or post)["visibility"] == "public"]
    if not posts:
        raise SystemExit("The member's home holds no public post: nothing to ask for.")
    threads = [post["id"] for post in posts if post["replies_count"]] or [posts[0]["id"]]
    profiles = list(dict.fromkeys(post["account"]["id"] for post in posts))
    return Network(token, [token], [post["id"] for post in posts], threads, profiles)


def home(n: Network) -> list[Request]:
    """The newest 20 of the home timeline."""
    return [Request("GET", "/api/v1/timelines/home?limit=20", n.reader)]


def status(n: Network) -> list[Request]:
    """Single posts in rotation."""
    return [Request("GET", f"/api/v1/statuses/{post}", n.reader) for post in n.posts]


def thread(n: Network) -> list[Request]:
    """Threads of twenty, in rotation."""
    return [Request("GET", f"/api/v1/statuses/{post}/context", n.reader) for post in n.threads]


def profile(n: Network) -> list[Request]:
    """The newest 20 posts of profiles, in rotation."""
    return [Request("GET", f"/api/v1/accounts/{account}/statuses?limit=20", n.reader) for account in n.profiles]


def public(n: Network) -> list[Request]:
    """The public timeline without a token."""
    return [Request("GET", "/api/v1/timelines/public?local=true&limit=20")]


def post(n: Network) -> list[Request]:
    """Public posts of 140 characters, with a hashtag, by many members."""
    body = json.dumps({"status": f"%N {'bread and rivers ' * 7}#bench", "visibility": "public"})
    return [Request("POST", "/api/v1/statuses", token, body) for token in n.writers]


def vote(n: Network) -> list[Request]:
    """Votes by many members on many posts; each is taken back at the next round."""
    return [
        Request("POST", f"/api/v1/statuses/{n.posts[(place * 7 + step * 13) % len(n.posts)]}/{what}", token)
        for what in ("favourite", "unfavourite")
        for step in range(10)
        for place, token in enumerate(n.writers)
    ]


def mixed(n: Network) -> list[Request]:
    """What members do: mostly home, then posts, threads, profiles; some votes, few posts."""
    reads = [*home(n) * 60, *status(n)[:12], *thread(n)[:10], *profile(n)[:10], *public(n) * 4]
    writes = [*vote(n)[:3], *post(n)[:1]]
    step = len(reads) // (len(writes) + 1)
    for place, request in enumerate(writes, 1):
        reads.insert(place * step, request)
    return reads


WORKLOADS: dict[str, Callable[[Network], list[Request]]] = {
    made.__name__: made for made in (home, status, thread, profile, public, post, vote, mixed)
}
