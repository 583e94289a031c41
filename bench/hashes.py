"""What a look-up costs among very many: `python -m bench.hashes --texts 1000000 --pictures 1000000`.

Loads decided texts and listed PDQ hashes into a PostgreSQL of its own and measures the two detectors as the gate calls
them, one look-up after another: of what is known and of what is not. Before that, with nothing decided and nothing
listed. Also how long it takes to decide a text, and to add a list to those that are there. Prints a table of
milliseconds; with `--out` it also writes hashes.md.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil
import psycopg
import uvloop

from bench.drive import machine
from bench.network import Bar
from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import migrate
from parvis.db.pool import Database
from parvis.moderation.hashes import add_list
from parvis.moderation.signals.images import Hashes
from parvis.moderation.signals.near import Near, remember
from parvis.moderation.signals.sketch import bands, sketch
from parvis.moderation.types import Passage, Subject
from parvis.settings import Moderation

_COMMON = str.split(
    "the of and to in is you that it he was for on are with as his they at be this have from or had by but not what all "
    "were we when your can said there an each which she do how their if will up other about out many then them these so "
    "le la les des et un une est que qui dans pour pas vous sur avec tout nous mais plus comme leur on au du ce son elle"
)
_SYLLABLES = str.split(
    "ba ce di fo gu ha je ki lo mu na pe ri so tu va ze ar en il on ur ch tr pl gr st br ai eu ou in"
)
Row = tuple[str, float, float, float, float]


def vocabulary(rng: random.Random, size: int = 30_000) -> list[str]:
    """Common words, then ever rarer ones."""
    return _COMMON + ["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(size)]


def text(rng: random.Random, words: Sequence[str]) -> str:
    """A post: most are short, some are long; words by Zipf's law."""
    count = min(200, max(4, int(rng.lognormvariate(3.1, 0.6))))
    return " ".join(words[int(len(words) ** rng.random()) - 1] for _ in range(count))


def load_texts(db: psycopg.Connection, count: int, seed: int) -> list[str]:
    """Decide so many texts, half of them violations; returns a thousand of them."""
    rng = random.Random(seed)
    words = vocabulary(rng)
    db.execute("ALTER TABLE decided_bands DROP CONSTRAINT decided_bands_pkey")
    kept: list[str] = []
    bar = Bar("texts", count)
    done = 0
    while done < count:
        chunk = [text(rng, words) for _ in range(min(20_000, count - done))]
        kept += chunk[:: max(1, 20 * count // 1_000_000)]
        made = [(done + at, one) for at, each in enumerate(chunk) if (one := sketch(each)) is not None]
        with db.cursor().copy("COPY decided_texts (id, text_key, violation, category, sketch) FROM STDIN") as into:
            for ident, one in made:
                into.write_row((ident, one.key, ident % 2 == 1, "threat", one.stored))
        with db.cursor().copy("COPY decided_bands (band, text_id) FROM STDIN") as into:
            for ident, one in made:
                rows = "\n".join(f"{band}\t{ident}" for band in (bands(one) | (ident % 2)).tolist())
                into.write(f"{rows}\n")
        done += len(chunk)
        bar.at(done)
    db.execute("SET maintenance_work_mem = '512MB'")
    db.execute("ALTER TABLE decided_bands ADD PRIMARY KEY (band, text_id)")
    return rng.sample(kept, min(1000, len(kept)))


def pictures(rng: np.random.Generator, count: int) -> np.ndarray:
    """PDQ hashes, 32 bytes each: half of the bits are set; each tenth is a variant of one before it."""
    made = np.packbits(np.argsort(rng.random((count, 256), dtype=np.float32), axis=1) < 128, axis=1)
    variants = np.arange(9, count, 10)
    flips = np.packbits(rng.random((len(variants), 256)) < 12 / 256, axis=1)
    made[variants] = made[rng.integers(0, variants)] ^ flips
    return made


def load_pictures(db: psycopg.Connection, count: int, seed: int) -> list[bytes]:
    """List so many; returns a thousand of them."""
    rng = np.random.default_rng(seed)
    name = "listed_pictures_words"
    (definition,) = db.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", (name,)).fetchone() or ("",)
    db.execute("DROP INDEX listed_pictures_words")
    db.execute("INSERT INTO hash_lists (id, name, category) VALUES (1, 'known', 'other')")
    kept: list[bytes] = []
    bar = Bar("pictures", count)
    done = 0
    while done < count:
        chunk = pictures(rng, min(50_000, count - done))
        kept += [row.tobytes() for row in chunk[:: max(1, len(chunk) // 1000)]]
        with db.cursor().copy("COPY listed_pictures (hash, list_id) FROM STDIN") as into:
            for row in chunk:
                into.write_row(("".join(f"{byte:08b}" for byte in row), 1))
        done += len(chunk)
        bar.at(done)
    db.execute("SET maintenance_work_mem = '512MB'")
    db.execute(definition.encode())
    return random.Random(seed).sample(kept, min(1000, len(kept)))


def near(rng: random.Random, pdq: bytes, bits: int) -> bytes:
    """A hash that differs in so many bits."""
    number = int.from_bytes(pdq, "big")
    for bit in rng.sample(range(256), bits):
        number ^= 1 << bit
    return number.to_bytes(32, "big")


def busy_ms(db: Database) -> tuple[float, float]:
    """Milliseconds of processor that this process and the database's backends for it have taken."""
    with psycopg.connect(db.url) as held:
        asked = "SELECT pid FROM pg_stat_activity WHERE application_name = 'parvis'"
        backends = [psutil.Process(pid).cpu_times() for (pid,) in held.execute(asked)]
    return time.process_time() * 1000, sum(each.user + each.system for each in backends) * 1000


async def timed(db: Database, what: str, calls: Sequence[Callable[[], Awaitable[object]]]) -> Row:
    """Milliseconds of one call after another, the first fifty not counted, and what of them were computing: on a machine
    that has other work the rest is waiting for it."""
    took: list[float] = []
    before = 0.0, 0.0
    for number, call in enumerate(calls):
        if number == 50:
            before = busy_ms(db)
        began = time.perf_counter()
        await call()
        took.append((time.perf_counter() - began) * 1000)
    here, there = (after - then for after, then in zip(busy_ms(db), before, strict=True))
    took = sorted(took[50:])
    row = (what, took[len(took) // 2], took[int(len(took) * 0.95)], here / len(took), there / len(took))
    print("{:<58} p50 {:7.3f}  p95 {:7.3f}  computing {:.3f} here, {:.3f} in the database".format(*row), flush=True)
    return row


def subject(*, words: str = "", media: str = "") -> Subject:
    """A post with one text or one picture."""
    passages = (Passage("text", words),) if words else ()
    return Subject(kind="post", id=1, account_id=1, at_ms=0, passages=passages, media=(media,) if media else ())


async def of_texts(db: Database, o: argparse.Namespace, known: Sequence[str], label: str) -> list[Row]:
    """The detector `near`."""
    detector = Near(db, Moderation())
    rng = random.Random(o.seed + 1)
    words = vocabulary(random.Random(o.seed))
    fresh = [text(rng, words) for _ in range(o.lookups)]

    def ask(one: str) -> Callable[[], Awaitable[object]]:
        return lambda: detector.detect(subject(words=one))

    rows = [await timed(db, f"near, {label}: a text that nobody has decided on", [ask(one) for one in fresh])]
    if known:
        edited = [f"{one} {rng.choice(words)}" for one in rng.choices(known, k=o.lookups)]
        rows.append(await timed(db, f"near, {label}: a decided text and a word more", [ask(one) for one in edited]))
        found = [(await detector.detect(subject(words=one))).values for one in edited]
        print(f"  found: {sum(bool(values) for values in found) / len(found):.1%}")

        def decide(one: str) -> Callable[[], Awaitable[object]]:
            async def one_decision() -> None:
                async with db.transaction() as tx:
                    await remember(tx, one, "violation", "threat")

            return one_decision

        rows.append(await timed(db, f"near, {label}: deciding on a text", [decide(one) for one in fresh[:1000]]))
    return rows


def stored(db: psycopg.Connection, hashes: Sequence[bytes]) -> Iterator[str]:
    """Files with these hashes, as an upload leaves them."""
    for pdq in hashes:
        name = f"{random.Random(pdq).getrandbits(256):064x}.png"
        db.execute("INSERT INTO media_files (hash, mime, bytes) VALUES (%s, '', 1) ON CONFLICT DO NOTHING", (name,))
        db.execute(
            "INSERT INTO media_hashes (file, kind, hash) VALUES (%s, 'pdq', %s) ON CONFLICT DO NOTHING", (name, pdq)
        )
        yield name


async def of_pictures(db: Database, url: str, o: argparse.Namespace, known: Sequence[bytes], label: str) -> list[Row]:
    """The detector `hashes`."""
    detector = Hashes(db, Moderation())
    rng = random.Random(o.seed + 2)
    fresh = [row.tobytes() for row in pictures(np.random.default_rng(o.seed + 3), o.lookups)]
    variants = [near(rng, pdq, rng.randrange(32)) for pdq in rng.choices(known, k=o.lookups)] if known else []
    with psycopg.connect(url) as held:
        names = list(stored(held, fresh))
        copies = list(stored(held, variants))

    def ask(name: str) -> Callable[[], Awaitable[object]]:
        return lambda: detector.detect(subject(media=name))

    rows = [await timed(db, f"hashes, {label}: a picture that is on no list", [ask(name) for name in names])]
    if copies:
        rows.append(
            await timed(db, f"hashes, {label}: a picture within 31 bits of one", [ask(name) for name in copies])
        )
        found = [(await detector.detect(subject(media=name))).values for name in copies]
        print(f"  found: {sum(bool(values) for values in found) / len(found):.1%}")
    return rows


async def measure(url: str, o: argparse.Namespace) -> list[Row]:
    """Everything, before and after loading."""
    db = Database(url, size=2, statement_timeout_s=60)
    await db.open()
    try:
        rows = await of_texts(db, o, [], "nothing decided") + await of_pictures(db, url, o, [], "nothing listed")
        began = time.monotonic()
        with psycopg.connect(url, autocommit=True) as held:
            texts = await asyncio.to_thread(load_texts, held, o.texts, o.seed)
            listed = await asyncio.to_thread(load_pictures, held, o.pictures, o.seed)
            for table in ("decided_texts", "decided_bands", "listed_pictures"):
                held.execute(f"VACUUM (ANALYZE) {table}".encode())
                size = held.execute(
                    "SELECT pg_total_relation_size(%s), pg_relation_size(%s)", (table, table)
                ).fetchone()
                print(f"{table:<20} {size[0] / 1e6:8,.0f} MB, of which {size[1] / 1e6:,.0f} MB are rows")  # type: ignore[index]
        print(f"loaded in {time.monotonic() - began:.0f} s", flush=True)
        rows += await of_texts(db, o, texts, f"{o.texts:,} decided")
        rows += await of_pictures(db, url, o, listed, f"{o.pictures:,} listed")
        more = pictures(np.random.default_rng(o.seed + 4), o.added)
        began = time.monotonic()
        await add_list(db, "more", "other", "", [row.tobytes().hex() for row in more], kind="pdq")
        print(f"a list of {o.added:,} added to them in {time.monotonic() - began:.1f} s", flush=True)
    finally:
        await db.close()
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--added", type=int, default=20_000, help="hashes of a list that is added at the end")
    parser.add_argument("--lookups", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    o = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="parvis-hashes-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "pg", {"max_wal_size": "8GB"})
    try:
        url = server.start()
        migrate(url)
        rows = uvloop.run(measure(url, o))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if o.out:
        o.out.mkdir(parents=True, exist_ok=True)
        lines = ["| {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |".format(*row) for row in rows]
        head = f"{machine()}; `{' '.join(['python -m bench.hashes', *sys.argv[1:]])}`\n\n"
        head += "| ms | p50 | p95 | computing here | in the database |\n"
        (o.out / "hashes.md").write_text(
            head + "|---|---:|---:|---:|---:|\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
