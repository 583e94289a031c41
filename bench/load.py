"""Load a network straight into an empty, migrated database: `python -m bench.load --database URL --posts 100000`.

The load model: 70 % of the accounts only read; posts and followers are heavy-tailed (Zipf); a third of the posts are
replies; votes go to the popular. Texts are rendered by the project's own code, once each, and reused under other ids.
Beside them stand measuring rods: readers who follow exactly so many, authors with exactly so many followers, threads of
twenty. `--out` gets the tokens that the drivers use.
"""

import argparse
import json
import time
from pathlib import Path

import psycopg

from bench.network import Bar, Loader
from parvis.auth.keys import digest
from parvis.db.ring import Event, Kind, pack

BIG = ("posts", "post_stats", "post_texts", "post_tags", "votes", "follows", "accounts", "account_stats")


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
