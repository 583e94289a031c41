"""The rows of a network by the load model (see README.md): accounts, follows, posts, votes; copied in table by table."""

import argparse
import random
import sys
import time
from array import array
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg

from bench import texts
from parvis.accounts import wire
from parvis.kernel.clock import iso
from parvis.kernel.ids import EPOCH_MS, RANDOM_BITS
from parvis.posts.types import Audience
from parvis.settings import Posting

BANK = 20_000
THREAD = 20
THREADS = 100
DAYS = 365


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
