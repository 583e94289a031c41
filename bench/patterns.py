"""What word lists cost: microseconds of one core for each post, with the shipped entries and many made ones beside them.

    python -m bench.patterns [--entries 10000] [--posts 3000] [--texts FILE]

The made entries speak of 8,000 made words and of common ones; one post in twenty holds one of their words, one in a hundred a
whole entry. `--texts` measures on a file of real posts, one a line, instead.
"""

import argparse
import random
import time
from pathlib import Path

from bench import texts
from parvis.moderation.signals.entries import Entry
from parvis.moderation.signals.load import load_lists
from parvis.moderation.signals.pattern import Automaton
from parvis.moderation.signals.patterns import Patterns
from parvis.settings import Posting

_BEGINS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "g",
    "gr",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "z",
)
_ENDS = ("a", "an", "e", "el", "er", "i", "il", "in", "o", "on", "or", "u", "ul", "ur", "ai", "ou")
_SHAPES = (
    "{a}",
    "{a}*",
    "{a} {b}",
    "({a}|{b}|{c}) the? {d}",
    "all the {a}",
    "tous les ({a}|{b})",
    "{a} ..3 {b}",
    "we (must|should) {a} (the|these|those)? ({b}|{c}|{d})",
    "il faut {a} (les|ces) ({b}|{c}|{d})",
    "({a} {b}|{c} de {d}) ..2 (now|demain|vite)",
)


def made_entries(count: int, rng: random.Random) -> list[Entry]:
    """So many entries of made words."""
    words = sorted(
        {"".join(rng.choice(_BEGINS) + rng.choice(_ENDS) for _ in range(rng.choice((2, 3)))) for _ in range(8000)}
    )
    entries: list[Entry] = []
    for number in range(count):
        names = dict(zip("abcd", rng.sample(words, 4), strict=True))
        shape = _SHAPES[number % len(_SHAPES)]
        pattern = shape.format(**names)
        example = " ".join(names[part] for part in "abcd" if f"{{{part}}}" in shape)
        entries.append(
            Entry(
                id=f"made-{number}", language="en", category="spam", strength="weak", automata=[Automaton(pattern)],
                matches=(example,),
            )
        )  # fmt: skip
    return entries


def made_posts(count: int, entries: list[Entry], rng: random.Random) -> list[str]:
    """So many posts as the load model writes them."""
    posts = [texts.make(rng, Posting()).source for _ in range(count)]
    for number in range(0, count, 20):
        example = rng.choice(entries).matches[0]
        posts[number] += " " + (example if number % 100 == 0 else example.split()[0])
    return posts


def measure(patterns: Patterns, posts: list[str]) -> tuple[float, float, int]:
    """Median and 99th percentile in microseconds, and how many posts had a hit. Each post counts with its best of three."""
    best = [1e9] * len(posts)
    hits = 0
    for turn in range(3):
        for number, post in enumerate(posts):
            begun = time.perf_counter()
            found = patterns.find(post)
            best[number] = min(best[number], time.perf_counter() - begun)
            hits += bool(found) and turn == 0
    best.sort()
    return best[len(best) // 2] * 1e6, best[int(len(best) * 0.99)] * 1e6, hits


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--posts", type=int, default=3_000)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    shipped = list(load_lists().sure())
    made = made_entries(max(1, given.entries - len(shipped)), rng)
    if given.texts:
        posts = [line for line in given.texts.read_text(encoding="utf-8").splitlines() if line.strip()][: given.posts]
    else:
        posts = made_posts(given.posts, made, rng)
    words = sum(len(post.split()) for post in posts) / len(posts)
    print(f"{len(posts)} posts of {words:.1f} words")
    for name, entries in (("shipped entries", shipped), ("entries in all", shipped + made)):
        begun = time.perf_counter()
        patterns = Patterns(entries)
        built = time.perf_counter() - begun
        median, high, hits = measure(patterns, posts)
        print(
            f"{len(entries):6} {name}: median {median:.1f} µs a post, 99th percentile {high:.1f} µs, "
            f"{hits} posts with a hit; built in {built * 1000:.0f} ms"
        )


if __name__ == "__main__":
    main()
