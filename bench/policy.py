"""What the policy costs: microseconds of one core to judge a post, and milliseconds to check a policy.

    python -m bench.policy [--policy FILE] [--posts 20000] [--rules 0]

Posts are made: most are calm, one in twenty has a score or a count that some rule asks for. `--rules` adds so many rules of the
same kind as the shipped ones, to see how the cost grows. The last line is what evaluating every rule would cost.
"""

import argparse
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from tests.signals import KNOWN, SIGNALS

from parvis.moderation.policy.check import examine
from parvis.moderation.policy.evaluate import compile_policy
from parvis.moderation.policy.versions import shipped
from parvis.moderation.types import SignalKind, Value


def calm(rng: random.Random) -> dict[str, Value]:
    """The signals of an everyday post: low scores, a length, an author."""
    values: dict[str, Value] = {one.name: rng.betavariate(1, 60) for one in SIGNALS if one.name.startswith("model.")}
    values |= {"text.length": rng.randint(5, 500), "author.age_hours": rng.uniform(100, 20_000), "author.posts_hour": 1}
    if rng.random() < 0.2:
        values |= {"links.count": 1, "text.capitals": 0.05}
    return values


def striking(rng: random.Random) -> dict[str, Value]:
    """The same with something that a rule may ask for."""
    values = calm(rng)
    one = rng.choice(SIGNALS)
    found: dict[SignalKind, Value] = {
        SignalKind.SHARE: rng.uniform(0.5, 1), SignalKind.NUMBER: 9.0, SignalKind.COUNT: 7, SignalKind.FLAG: True,
        SignalKind.TEXT: one.choices[0] if one.choices else "x", SignalKind.LIST: ("spam",),
    }  # fmt: skip
    values[one.name] = found[one.kind]
    return values


def cost(judge: Callable[[Mapping[str, Value]], Any], posts: list[dict[str, Value]]) -> float:
    """Microseconds for each post: the least of five rounds, which other work on the machine disturbs least."""
    rounds: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        for values in posts:
            judge(values)
        rounds.append((time.perf_counter() - began) / len(posts) * 1e6)
    return min(rounds)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", type=Path)
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--rules", type=int, default=0)
    options = parser.parse_args()
    source = options.policy.read_text(encoding="utf-8") if options.policy else shipped()
    began = time.process_time()
    policy, problems = examine(source, KNOWN)
    checked = (time.process_time() - began) * 1000
    if policy is None:
        raise SystemExit("\n".join(one.said() for one in problems))
    more = [
        msgspec.structs.replace(policy.rules[number % len(policy.rules)], id=f"more-{number}")
        for number in range(options.rules)
    ]
    compiled = compile_policy(msgspec.structs.replace(policy, rules=(*policy.rules, *more)), KNOWN)
    rng = random.Random(1)
    quiet: list[dict[str, Value]] = [{"text.length": 80, "author.age_hours": 900.0} for _ in range(options.posts)]
    everyday = [calm(rng) for _ in range(options.posts)]
    mixed = [striking(rng) if number % 20 == 0 else calm(rng) for number in range(options.posts)]
    few = mixed[: max(1, options.posts // 20)]
    print(f"rules {len(compiled.policy.rules)}, checked in {checked:.0f} ms")
    print(f"no scores:                  {cost(compiled.judge, quiet):7.1f} µs a post")
    print(f"everyday scores:            {cost(compiled.judge, everyday):7.1f} µs a post")
    print(f"one in twenty is striking:  {cost(compiled.judge, mixed):7.1f} µs a post")
    print(f"every rule evaluated:       {cost(compiled.judge_all, few):7.1f} µs a post")


if __name__ == "__main__":
    main()
