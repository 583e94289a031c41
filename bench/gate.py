"""What the gate adds to a post, and how fast the archive is screened again: `python -m bench.gate --posts 200000`.

A PostgreSQL of its own, the shipped policy and model. First one submission after another, then as many at once as posts
arrive in a busy second; then what a scanned post costs without the network, and a dry scan over so many posts, on all cores.
Texts are the grammar's test half, unless `--texts` names a file of real posts, one a line; a share of them violates
(`--violating`).
"""

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import psycopg

from bench.drive import machine
from parvis.app import Parvis, build
from parvis.cli.garbage import collect_seldom
from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import migrate
from parvis.kernel.ids import new_id
from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.grammar.engine import generate
from parvis.moderation.sift import Sifter
from parvis.moderation.types import Passage, Subject
from parvis.posts.gate import Submission, Text
from parvis.settings import load_settings


def texts(o: argparse.Namespace) -> list[str]:
    """Posts in the order of a seed, in both languages."""
    rng = random.Random(o.seed)
    calm: list[str] = []
    harmful: list[str] = []
    for language in ("en", "fr"):
        for sentence in generate(language, "test", o.seed, 6000):
            (harmful if sentence.labels else calm).append(sentence.text)
    if o.texts:
        calm = [line for line in o.texts.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [rng.choice(harmful if rng.random() < o.violating else calm) for _ in range(20_000)]


def post(text: str, account: int) -> Submission:
    """A public post."""
    return Submission(kind="post", account_id=account, subject_id=new_id(), texts=(Text("text", text),))


async def one_by_one(app: Parvis, sample: Sequence[str], accounts: Sequence[int]) -> None:
    """Milliseconds of the gate, one submission after another."""
    rng = random.Random(1)
    took: list[float] = []
    answers: dict[str, int] = {}
    for text in sample:
        submission = post(text, rng.choice(accounts))
        began = time.perf_counter()
        verdict = await app.gate.ask(submission)
        took.append((time.perf_counter() - began) * 1000)
        answers[verdict.answer.value] = answers.get(verdict.answer.value, 0) + 1
    took.sort()
    quantiles = {share: took[int(len(took) * share)] for share in (0.5, 0.9, 0.95, 0.99)}
    print("one by one: " + ", ".join(f"p{100 * share:.0f} {ms:.2f} ms" for share, ms in quantiles.items()), answers)


async def at_rate(app: Parvis, sample: Sequence[str], accounts: Sequence[int], rate: int, seconds: int) -> None:
    """So many submissions a second; the event loop's longest standstill beside them."""
    took: list[float] = []
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, (time.perf_counter() - began) * 1000 - 1)

    async def ask(text: str, account: int) -> None:
        began = time.perf_counter()
        await app.gate.ask(post(text, account))
        took.append((time.perf_counter() - began) * 1000)

    watching = asyncio.create_task(watch())
    tasks: list[asyncio.Task[None]] = []
    cpu, began = time.process_time(), time.perf_counter()
    for number in range(rate * seconds):
        late = began + number / rate - time.perf_counter()
        if late > 0:
            await asyncio.sleep(late)
        tasks.append(asyncio.create_task(ask(sample[number % len(sample)], accounts[number % len(accounts)])))
    await asyncio.gather(*tasks)
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    watching.cancel()
    took.sort()
    print(
        f"{len(took) / wall:.0f}/s for {wall:.1f} s: p50 {took[len(took) // 2]:.2f}, p95 {took[int(len(took) * 0.95)]:.2f}, "
        f"p99 {took[int(len(took) * 0.99)]:.2f} ms; {used / wall:.2f} cores; loop stood still {worst:.1f} ms at most"
    )


def fill(url: str, sample: Sequence[str], accounts: Sequence[int], count: int) -> None:
    """So many public posts, by COPY."""
    with psycopg.connect(url) as db, db.cursor() as cursor:
        start = new_id() - (count << 20)
        columns = "id, account_id, audience, thread_id, source, created_at"
        with cursor.copy(f"COPY posts ({columns}) FROM STDIN") as copy:
            for number in range(count):
                ident = start + (number << 20)
                copy.write_row(
                    (ident, accounts[number % len(accounts)], 0, ident, sample[number % len(sample)], "2026-01-01")
                )
        cursor.execute("ANALYZE posts")


async def without_network(app: Parvis, sample: Sequence[str], posts: int) -> None:
    """The processor time of a scanned post, in this process, with a network that finds nothing: of all `posts` there are,
    with their reading and how far the scan came; then of ordinary posts that every stage clears, without the database."""
    model = app.judge.model if app.judge else None
    if model is None:
        print("without a model nothing is said of the rest")
        return
    collect_seldom()

    def nothing(batch: Sequence[Sequence[str]]) -> np.ndarray:
        return np.zeros((len(batch), len(CATEGORIES)), dtype=np.float32)

    with patch.object(model, "probabilities", nothing):
        took: list[float] = []
        for _ in range(3):
            scan = await app.scanner.begin(dry=True)
            began = time.process_time()
            await app.scanner.work(scan, "bench")
            took.append(time.process_time() - began)
            await app.scanner.finish(scan)
        sifter, policy = Sifter(app.screener, model, 5_000), (await app.policy.latest()).compiled
        clear = [text for text in dict.fromkeys(sample) if 15 <= len(text.split()) <= 25 and not model.unclear(text)]
        subjects = [
            Subject(kind="scan", id=number, account_id=1, at_ms=0, passages=(Passage("text", text),))
            for number, text in enumerate(clear)
        ]
        found = await sifter.sift(subjects, policy)
        subjects = [one for one, (_, judgement) in zip(subjects, found, strict=True) if not judgement.effects]
        if not subjects:
            print("the sample has no ordinary posts of 15 to 25 words")
            return
        alone: list[float] = []
        for _ in range(10):
            began = time.process_time()
            for start in range(0, len(subjects), 1000):
                await sifter.sift(subjects[start : start + 1000], policy)
            alone.append(time.process_time() - began)
    words = sum(len(one.passages[0].text.split()) for one in subjects) / len(subjects)
    print(
        f"cost of a scanned post without the network, in us of processor time: {min(took) / posts * 1e6:.0f} with the"
        f" reading; {min(alone) / len(subjects) * 1e6:.0f} for one that every stage clears ({words:.0f} words)"
    )


async def run(url: str, folder: Path, o: argparse.Namespace) -> None:
    """The two parts in one process with the database beside it."""
    settings = load_settings({"PARVIS_DATABASE_URL": url, "PARVIS_LOGS_LEVEL": "error"}, folder)
    app = build(settings)
    async with app.running():
        accounts = [new_id() for _ in range(500)]
        copying = "COPY accounts (id, username) FROM STDIN"
        with psycopg.connect(url) as db, db.cursor() as cursor, cursor.copy(copying) as copy:
            for number, ident in enumerate(accounts):
                copy.write_row((ident, f"bench{number}"))
        sample = texts(o)
        model = app.judge.model if app.judge else None
        if model is not None:
            cleared = sum(not model.unclear(text) for text in sample[:5000])
            print(f"the first stage clears {cleared / 5000:.1%}")
        await one_by_one(app, sample[:300], accounts)
        await one_by_one(app, sample[300:3300], accounts)
        await at_rate(app, sample, accounts, o.rate, o.seconds)
        fill(url, sample, accounts, o.posts)
        await without_network(app, sample, o.posts)
    command = [sys.executable, "-m", "parvis", "--data", str(folder), "moderation", "scan", "--dry-run"]
    began = time.perf_counter()
    subprocess.run(command, env=os.environ | {"PARVIS_DATABASE_URL": url}, check=True)
    took = time.perf_counter() - began
    print(
        f"scan: {o.posts} posts in {took:.1f} s: {o.posts / took:.0f}/s; 183 M posts: {183e6 / (o.posts / took) / 3600:.1f} h"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--violating", type=float, default=0.02)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    folder = Path(tempfile.mkdtemp(prefix="parvis-bench-"))
    server = EmbeddedPostgres(folder / "postgres", {})
    try:
        url = server.start()
        migrate(url)
        asyncio.run(run(url, folder, options))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
