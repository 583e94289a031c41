"""Load a network straight into an empty, migrated database: `python -m bench.load --database URL --posts 100000`.

The load model: 70 % of the accounts only read; posts and followers are heavy-tailed (Zipf); a third of the posts are
replies; votes go to the popular. Texts are rendered by the project's own code, once each, and reused under other ids.
Beside them stand measuring rods: readers who follow exactly so many, authors with exactly so many followers, threads of
twenty. `--out` gets the tokens that the drivers use.
"""

import argparse
import json
import random
import sys
import time
from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg

from bench import texts
from parvis.accounts import wire
from parvis.auth.keys import digest
from parvis.db.ring import Event, Kind, pack
from parvis.kernel.clock import iso
from parvis.kernel.ids import EPOCH_MS, RANDOM_BITS
from parvis.posts.types import Audience
from parvis.settings import Posting

BANK = 20_000
THREAD = 20
THREADS = 100
DAYS = 365
BIG = ("posts", "post_stats", "post_texts", "post_tags", "votes", "follows", "accounts", "account_stats")


class Bar:
    """Progress on standard error."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._began, self._shown = what, total, time.monotonic(), 0.0
        self._ended = False

    def at(self, done: int) -> None:
        now = time.monotonic()
        if self._ended or (now - self._shown < 0.5 and done < self._total):
            return
        self._ended = done >= self._total
        self._shown = now
        part = done / max(1, self._total)
        rate = done / max(0.001, now - self._began)
        sys.stderr.write(f"\r{self._what:<12} [{'#' * int(30 * part):<30}] {part:4.0%} {rate:9,.0f}/s ")
        sys.stderr.write("\n" if done >= self._total else "")
        sys.stderr.flush()


class Loader:
    """Makes the rows and copies them in."""

    def __init__(self, db: psycopg.Connection, options: argparse.Namespace) -> None:
        self.db = db
        self.o = options
        self.rng = random.Random(options.seed)
        self.now_ms = int(time.time() * 1000)
        self.start_ms = self.now_ms - DAYS * 86_400_000
        self.names = [f"u{i}" for i in range(options.accounts)]
        self.names += [f"reader{n}" for n in options.readers] + [f"author{n}" for n in options.authors]
        self.names += ["threads"]
        self.ids = [self.ident(self.start_ms - 86_400_000 + i) for i in range(len(self.names))]
        posters = max(1, int(options.accounts * 0.3))
        self.posters = self.rng.sample(range(options.accounts), posters)  # by rank of writing
        self.popular = self.rng.sample(self.posters, posters)  # by rank of being followed
        self.followers = array("l", bytes(8 * len(self.ids)))
        self.following = array("l", bytes(8 * len(self.ids)))

    def ident(self, at_ms: int) -> int:
        return ((at_ms - EPOCH_MS) << RANDOM_BITS) | self.rng.getrandbits(RANDOM_BITS)

    def copy(self, what: str, into: str, rows: Iterable[str], total: int) -> None:
        """Rows are lines of COPY's text format."""
        bar = Bar(what, total)
        with self.db.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN".encode()) as copy:
            part: list[str] = []
            done = 0
            for row in rows:
                part.append(row)
                if len(part) == 1000:
                    copy.write("\n".join(part) + "\n")
                    done += len(part)
                    part.clear()
                    bar.at(done)
            if part:
                copy.write("\n".join(part) + "\n")
        bar.at(total)

    # Accounts and follows ------------------------------------------------------------------------------------------

    def accounts(self) -> Iterator[str]:
        created = datetime.fromtimestamp(self.start_ms / 1000, UTC) - timedelta(days=1)
        for ident, name in zip(self.ids, self.names, strict=True):
            row = SimpleNamespace(
                id=ident, username=name, domain=None, display_name=name.capitalize(), locked=False, bot=False,
                discoverable=True, indexable=True, created_at=created, avatar=None, avatar_static=None,
                avatar_description="", header=None, header_static=None, header_description="",
                hide_collections=False, uri=None,
            )  # fmt: skip
            body = wire.render(row, "<p>Bread, rivers, bicycles.</p>", [], [])
            yield f"{ident}\t{name}\t{row.display_name}\t\\\\x{body.hex()}\t{created.isoformat()}"

    def follow_lists(self) -> Iterator[tuple[int, Iterable[int]]]:
        """Who follows whom, by place: heavy-tailed on both sides, then the measuring rods."""
        rng, popular, many = self.rng, self.popular, len(self.popular)
        for place in range(self.o.accounts):
            wanted = min(int(rng.lognormvariate(self.o.follows_mu, 1.0)) + 1, many // 2, 5000)
            chosen = {popular[int(many ** rng.random()) - 1] for _ in range(wanted)}
            chosen.discard(place)
            yield place, chosen
        at = self.o.accounts
        for wanted in self.o.readers:  # of those who write, as far as there are so many
            writers = rng.sample(self.posters, min(wanted, many))
            silent = sorted(set(range(self.o.accounts)).difference(self.posters)) if wanted > many else []
            yield at, writers + rng.sample(silent, wanted - len(writers))
            at += 1
        for wanted in self.o.authors:
            for place in rng.sample(range(self.o.accounts), wanted):
                yield place, (at,)
            at += 1

    def follows(self) -> Iterator[str]:
        step, ids = 1 << 12, self.ids
        base = (self.start_ms - EPOCH_MS) << RANDOM_BITS
        for place, chosen in self.follow_lists():
            for other in chosen:
                base += step
                self.followers[other] += 1
                self.following[place] += 1
                yield f"{ids[place]}\t{ids[other]}\t{base}"

    # Posts ---------------------------------------------------------------------------------------------------------

    def bank(self) -> list[texts.Text]:
        count = min(BANK, max(500, self.o.posts // 5))
        found = [texts.make(self.rng, Posting()) for _ in range(count)]
        with self.db.cursor() as cursor:
            for start in range(0, count, 1000):
                part = found[start : start + 1000]
                cursor.execute(
                    b"SELECT (to_tsvector(c::regconfig, t) || to_tsvector('simple', f))::text"
                    b" FROM unnest(%s::text[], %s::text[], %s::text[]) AS x (c, t, f)",
                    ([t.config for t in part], [t.words for t in part], [t.folded for t in part]),
                )
                for place, row in enumerate(cursor.fetchall(), start):
                    found[place] = found[place]._replace(document=row[0].replace("\\", "\\\\"))
        return found

    def posts(self) -> None:
        """Every post's row, and its hashtags, search words and counters along with it."""
        o, rng, many = self.o, self.rng, len(self.posters)
        bank = self.bank()
        total = o.posts + THREADS * THREAD
        self.post_ids, self.post_authors = array("q"), array("l")
        self.replies = array("i", bytes(4 * total))
        self.last = array("q", bytes(8 * len(self.ids)))
        self.written = array("l", bytes(8 * len(self.ids)))
        self.chosen = array("i")
        self.open = bytearray()  # whether anyone may see it
        self.threads: list[int] = []
        threads_of = array("q")
        rods = list(range(o.accounts, len(self.names) - 1))
        step = (self.now_ms - self.start_ms) / total

        def rows() -> Iterator[str]:
            recent: list[int] = []
            for number in range(total):
                at_ms = int(self.start_ms + number * step)
                ident = self.ident(at_ms)
                parent: int | None = None
                in_thread = number - o.posts
                if in_thread >= 0:  # the threads of twenty, newest of all
                    author = self.posters[rng.randrange(many)] if in_thread % THREAD else len(self.names) - 1
                    parent = number - rng.randint(1, in_thread % THREAD) if in_thread % THREAD else None
                else:
                    draw = rng.random()
                    author = (
                        rods[number % len(rods)] if draw < o.rods_share else self.posters[int(many ** rng.random()) - 1]
                    )
                    if rng.random() < 0.3 and recent:
                        parent = recent[rng.randrange(len(recent))]
                choice = rng.randrange(len(bank))
                text = bank[choice]
                if in_thread >= 0 and text.audience:
                    while (text := bank[choice := rng.randrange(len(bank))]).audience:
                        pass
                self.post_ids.append(ident)
                self.post_authors.append(author)
                self.chosen.append(choice)
                self.open.append(text.audience != Audience.FOLLOWERS)
                self.written[author] += 1
                self.last[author] = ident
                thread, reply = ident, "\\N\t\\N"
                answered = None
                if parent is not None:
                    self.replies[parent] += 1
                    thread = threads_of[parent]
                    answered = (self.post_ids[parent], self.ids[self.post_authors[parent]])
                    reply = f"{answered[0]}\t{answered[1]}"
                elif in_thread >= 0:
                    self.threads.append(ident)
                threads_of.append(thread)
                if text.audience != Audience.FOLLOWERS:
                    if len(recent) < 300:
                        recent.append(number)
                    else:
                        recent[rng.randrange(300)] = number
                moment = datetime.fromtimestamp(at_ms / 1000, UTC)
                body = texts.body(text, ident, self.names[author], iso(moment), answered)
                tags = "{" + ",".join(text.tags) + "}"
                yield (
                    f"{ident}\t{self.ids[author]}\t{text.audience.value}\t{thread}\t{reply}\t{tags}\t{text.language}\t"
                    f"{text.source}\t\\\\x{body}\t{moment.isoformat()}"
                )

        columns = (
            "id, account_id, audience, thread_id, reply_to_id, reply_to_account_id, tags, language, source, body,"
            " created_at"
        )
        self.copy("posts", f"posts ({columns})", rows(), total)
        ids, authors, chosen, account = self.post_ids, self.post_authors, self.chosen, self.ids
        found = ((ids[n], account[authors[n]], bank[chosen[n]]) for n in range(total))
        self.copy("words", "post_texts", (f"{i}\t{a}\t{t.document}" for i, a, t in found), total)
        tagged = (f"{tag}\t{ids[n]}\t{account[authors[n]]}" for n in range(total) for tag in bank[chosen[n]].tags)
        self.copy("hashtags", "post_tags", tagged, total)
        self.copy("tags", "tags (name, display)", (f"{k}\t{d}" for k, d in texts.displays().items()), len(texts.TAGS))

    def votes(self) -> None:
        """One for each post on average, most of them on few; and the counters of posts."""
        total = len(self.post_ids)
        counts = array("i", bytes(4 * total))
        rng, ids = self.rng, self.ids
        base = (self.now_ms - EPOCH_MS) << RANDOM_BITS

        def rows() -> Iterator[str]:
            made = 0
            number = base
            while made < total:
                post = total - int(total ** rng.random())  # the newest are seen most
                voters = {rng.randrange(self.o.accounts) for _ in range(int(rng.paretovariate(1.2)))}
                if counts[post]:
                    continue
                for voter in voters:
                    number += 1
                    counts[post] += 1
                    made += 1
                    yield f"{ids[voter]}\t{self.post_ids[post]}\t{number}"
                if made > total * 0.2 and rng.random() < 0.00002:
                    return

        self.copy("votes", "votes", rows(), total)
        stats = (
            f"{self.post_ids[n]}\t{ids[self.post_authors[n]]}\t{self.replies[n]}\t0\t{counts[n]}\t1"
            for n in range(total)
        )
        self.copy("counters", "post_stats", stats, total)


def load(db: psycopg.Connection, options: argparse.Namespace) -> dict[str, object]:
    """All of it; returns what the drivers need."""
    loader = Loader(db, options)
    db.execute(b"SET synchronous_commit = off")
    db.execute(b"SET maintenance_work_mem = '512MB'")
    db.execute(b"SET session_replication_role = replica")  # no foreign key is looked up row by row
    undone = without_indexes(db)
    loader.copy(
        "accounts", "accounts (id, username, display_name, body, created_at)", loader.accounts(), len(loader.ids)
    )
    loader.copy("follows", "follows (account_id, target_id, id)", loader.follows(), int(options.accounts * 40))
    loader.posts()
    loader.votes()
    stats = (
        f"{ident}\t{loader.followers[n]}\t{loader.following[n]}\t{loader.written[n]}\t{loader.last[n] or chr(92) + 'N'}\t1"
        for n, ident in enumerate(loader.ids)
    )
    loader.copy("profiles", "account_stats", stats, len(loader.ids))
    members = (
        f"{i}\t{n}@bench.test\t{n}@bench.test\t2026-01-01\t2026-01-01\tx"
        for i, n in zip(loader.ids, loader.names, strict=True)
    )
    loader.copy(
        "members",
        "members (account_id, email, email_key, confirmed_at, approved_at, password_hash)",
        members,
        len(loader.ids),
    )
    for done, statement in enumerate(undone, 1):
        db.execute(statement.encode())
        Bar("indexes", len(undone)).at(done)
    given = tokens(loader)
    event = pack([Event(Kind.RESET)])
    db.execute(b"INSERT INTO changes (id, origin, events) VALUES (%s, 0, %s)", (loader.ident(loader.now_ms), event))
    db.commit()
    return given


def without_indexes(db: psycopg.Connection) -> list[str]:
    """Drop the indexes of the big tables that no constraint needs; returns what makes them again."""
    rows = db.execute(
        b"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)"
        b" AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        (list(BIG),),
    ).fetchall()
    for name, _ in rows:
        db.execute(f'DROP INDEX "{name}"'.encode())
    return [definition for _, definition in rows]


def tokens(loader: Loader) -> dict[str, object]:
    """Tokens for some who write, some who read, and the measuring rods; and what to look at."""
    o, rng = loader.o, loader.rng
    places = [
        *loader.posters[:: max(1, len(loader.posters) // o.tokens)][: o.tokens],
        *range(o.accounts, len(loader.ids)),
    ]
    made: dict[int, str] = {}
    rows: list[str] = []
    for place in places:
        made[place] = f"bench-{o.seed}-{place}-{rng.getrandbits(64):x}"
        key = digest(made[place]).hex()
        rows.append(f"{loader.ident(loader.now_ms)}\t\\\\x{key}\t{loader.ids[place]}\t{{read,write,follow,push}}")
    loader.copy("tokens", "tokens (id, token_hash, account_id, scopes)", rows, len(rows))

    def who(place: int) -> dict[str, str]:
        return {"id": str(loader.ids[place]), "name": loader.names[place], "token": made[place]}

    readers = range(o.accounts, o.accounts + len(o.readers))
    authors = range(readers.stop, readers.stop + len(o.authors))
    sample = [n for n in range(max(0, len(loader.post_ids) - 20_000), len(loader.post_ids)) if loader.open[n]]
    busy = [str(loader.ids[n]) for n in loader.posters if loader.written[n] >= 20][:200]
    return {
        "posts_total": len(loader.post_ids),
        "accounts_total": len(loader.ids),
        "members": [who(n) for n in places[: -len(o.readers) - len(o.authors) - 1]],
        "readers": {str(n): who(p) for n, p in zip(o.readers, readers, strict=True)},
        "authors": {str(n): who(p) for n, p in zip(o.authors, authors, strict=True)},
        "posts": [str(loader.post_ids[n]) for n in rng.sample(sample, min(500, len(sample)))],
        "threads": [str(ident) for ident in loader.threads],
        "profiles": busy,
    }


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options, shared with curves.py."""
    parser.add_argument(
        "--accounts", type=int, default=0, help="default: 14 posts each, as in the model, 6,000 at least"
    )
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--readers", type=numbers, default=[50, 500, 5000], help="readers who follow exactly so many")
    parser.add_argument(
        "--authors", type=numbers, default=[50, 1000, 5000], help="authors with exactly so many followers"
    )
    parser.add_argument("--tokens", type=int, default=200, help="members with a token")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(follows_mu=3.0, rods_share=0.01)


def numbers(text: str) -> list[int]:
    """Numbers with commas between them."""
    return [int(part) for part in text.split(",") if part]


def fill(url: str, options: argparse.Namespace) -> dict[str, object]:
    """Load an empty database, and leave it as one that has run for a while: analysed and written down."""
    options.accounts = options.accounts or max(6_000, options.posts // 14)
    if max((*options.readers, *options.authors)) > options.accounts:
        raise SystemExit("A reader can't follow, nor an author be followed by, more accounts than there are.")
    began = time.monotonic()
    with psycopg.connect(url) as db:
        row = db.execute(b"SELECT count(*) FROM accounts").fetchone()
        if row and row[0]:
            raise SystemExit("The database is not empty.")
        found = load(db, options)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(b"VACUUM (ANALYZE)")
        db.execute(b"CHECKPOINT")
    return {**found, "load_s": round(time.monotonic() - began, 1)}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="address of an empty, migrated PostgreSQL database")
    parser.add_argument("--out", type=Path, default=Path("bench/out/network.json"))
    arguments(parser)
    options = parser.parse_args()
    found = fill(options.database, options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(
        f"{found['posts_total']:,} posts of {found['accounts_total']:,} accounts in {found['load_s']} s → {options.out}"
    )


if __name__ == "__main__":
    main()
