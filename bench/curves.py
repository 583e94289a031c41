"""How latency grows with the network: `python -m bench.curves --sizes 10000,100000,1000000`.

For each size an embedded PostgreSQL is made, loaded and served by `parvis serve`; then home (by how many the reader
follows), single posts, threads, profiles, the public timeline, posting (by how many follow the author) and voting are
measured by few connections, so that it is latency and not the machine's limit. `--accounts` at the largest size gives
room for an author with very many followers. Writes curves.json, curves.md and plots beside it.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from bench import load
from bench.drive import machine, once
from bench.plot import chart
from bench.workloads import Network, Request, from_file, post, profile, public, status, thread, vote
from parvis.db.embedded import EmbeddedPostgres
from parvis.db.migrate import migrate


def requests(found: dict[str, Any]) -> dict[str, list[Request]]:
    """Everything that is measured at one size, by name."""
    network: Network = from_file(found, min(found["readers"], key=int))
    asked = {f"home, {n} followed": [Request("GET", "/api/v1/timelines/home?limit=20", who["token"])]
             for n, who in found["readers"].items()}  # fmt: skip
    asked |= {made.__name__: made(network) for made in (status, thread, profile, public)}
    for followers, who in found["authors"].items():
        asked[f"post, {followers} followers"] = post(network._replace(writers=[who["token"]]))
    asked["post, many authors"] = post(network)
    asked["vote"] = vote(network)
    return asked


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(url: str, folder: Path, processes: int) -> tuple[subprocess.Popen[bytes], str]:
    """Parvis before a loaded database."""
    port = free_port()
    environment = {
        **os.environ, "PARVIS_DATABASE_URL": url, "PARVIS_HTTP_PORT": str(port), "PARVIS_LIMITS_ENABLED": "false",
        "PARVIS_HTTP_PROCESSES": str(processes), "PARVIS_DATA_DIR": str(folder),
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "parvis", "serve"], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2).close()
            return process, address
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    process.terminate()
    raise SystemExit("The server did not start.")


def at_size(size: int, o: argparse.Namespace) -> dict[str, Any]:
    """Load, serve, measure, and throw away."""
    folder = (o.out / f"data-{size}").absolute()
    shutil.rmtree(folder, ignore_errors=True)
    database = EmbeddedPostgres(folder / "pg", {"shared_buffers": f"{o.shared_buffers}MB", "max_wal_size": "8GB"})
    url = database.start()
    try:
        migrate(url)
        options = argparse.Namespace(**vars(o), posts=size)
        options.accounts = o.accounts if size == max(o.sizes) else 0
        room = options.accounts or max(6_000, size // 14)
        options.authors = [n for n in o.authors if n <= room]
        found = load.fill(url, options)
        process, address = serve(url, folder / "web", o.processes)
        try:
            measured = {}
            for name, asked in requests(found).items():
                once(address, asked, o.connections, 2)  # warm
                runs = [once(address, asked, o.connections, o.seconds) for _ in range(3)]
                measured[name] = sorted(runs, key=lambda run: run["p50"])[1]
                print(
                    f"{size:>12,} {name:<24} p50 {measured[name]['p50']:7.2f}  p99 {measured[name]['p99']:7.2f} ms",
                    flush=True,
                )
        finally:
            process.terminate()
            process.wait(20)
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return {"accounts": found["accounts_total"], "load_s": found["load_s"], "measured": measured}


def table(found: dict[int, dict[str, Any]], which: str) -> str:
    """Markdown: a row for each thing measured, a column for each size, and how it grew."""
    names = list(dict.fromkeys(name for at in found.values() for name in at["measured"]))
    lines = [
        "| | " + " | ".join(f"{size:,} posts" for size in found) + " | grew |",
        "|---|" + "---:|" * (len(found) + 1),
    ]
    for name in names:
        values = [at["measured"].get(name, {}).get(which) for at in found.values()]
        known = [value for value in values if value]
        grew = f"{known[-1] / known[0]:.2f}×" if len(known) > 1 else ""
        lines.append(f"| {name} | " + " | ".join(f"{v:.2f}" if v else "" for v in values) + f" | {grew} |")
    return "\n".join(lines)


def plots(found: dict[int, dict[str, Any]], out: Path) -> None:
    """Three charts: by posts, by followed, by followers (the last two at the largest size that has them)."""
    names = list(dict.fromkeys(name for at in found.values() for name in at["measured"]))
    by_posts = {
        name: [(float(size), at["measured"][name]["p50"]) for size, at in found.items() if name in at["measured"]]
        for name in names
    }
    few = {name: points for name, points in by_posts.items() if len(points) == len(found)}
    (out / "curves-posts.svg").write_text(chart("Median latency by size of the network", "posts", "ms", few))
    largest = found[max(found)]["measured"]
    for word, what in (("home", "followed"), ("post", "followers")):
        series = {}
        for part in ("p50", "p99"):
            points = [
                (float(name.split()[1]), run[part])
                for name, run in largest.items()
                if name.startswith(f"{word}, ") and name.endswith(what)
            ]
            series[part] = sorted(points)
        text = chart(f"Latency of {word} by {what}", what, "ms", series)
        (out / f"curves-{what}.svg").write_text(text, encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    load.arguments(parser)
    parser.add_argument("--sizes", type=load.numbers, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--out", type=Path, default=Path("bench/out"))
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--shared-buffers", type=int, default=256, help="of PostgreSQL, in MiB")
    o = parser.parse_args()
    del o.posts
    o.out.mkdir(parents=True, exist_ok=True)
    found = {size: at_size(size, o) for size in sorted(o.sizes)}
    noted = {"machine": machine(), "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
             "command": " ".join(["python -m bench.curves", *sys.argv[1:]]), "sizes": found}  # fmt: skip
    (o.out / "curves.json").write_text(json.dumps(noted, indent=1), encoding="utf-8")
    text = f"{noted['machine']}; {noted['at']}; `{noted['command']}`\n\n" + "\n\n".join(
        f"{title} (ms)\n\n{table(found, part)}" for part, title in (("p50", "Median"), ("p99", "99th percentile"))
    )
    (o.out / "curves.md").write_text(text + "\n", encoding="utf-8")
    plots(found, o.out)
    print(text)


if __name__ == "__main__":
    main()
