"""Drive a server and print what it does: `python -m bench.drive http://127.0.0.1:8000 --network bench/out/network.json`.

Any server with the same API will do: without `--network`, give `--token` of one of its members. The load generator is wrk;
where it is missing, a small client of our own (slower). Each figure is the median of three runs.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.client import drive as drive_slowly
from bench.workloads import WORKLOADS, Network, Request, from_file, from_server

LUA = Path(__file__).with_name("requests.lua")


class Watch:
    """CPU time and memory of the processes whose command line holds one of some words."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def _each(self, word: str) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["cmdline"]):
            line = " ".join(process.info["cmdline"] or ())
            if word in line and process.pid != os.getpid() and "bench." not in line:
                found.append(process)
        return found

    def cpu(self) -> dict[str, dict[int, float]]:
        """Seconds of CPU of each process so far, by word."""
        used: dict[str, dict[int, float]] = {word: {} for word in self._words}
        for word in self._words:
            for process in self._each(word):
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    used[word][process.pid] = times.user + times.system
        return used

    def memory(self) -> dict[str, list[int]]:
        """MiB of each process's own memory (shared pages left out where the system tells), by word."""
        held: dict[str, list[int]] = {}
        for word in self._words:
            held[word] = []
            for process in self._each(word):
                try:
                    held[word].append(process.memory_full_info().uss >> 20)
                except psutil.Error:
                    continue
        return held


def run_wrk(url: str, requests: Sequence[Request], connections: int, seconds: float) -> subprocess.Popen[str]:
    """wrk under way."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", delete=False) as file:
        file.write("".join("\t".join(request) + "\n" for request in requests))
    threads = min(2, connections)
    command = [
        "wrk",
        f"-t{threads}",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "10s",
        "-s",
        str(LUA),
        url,
        "--",
    ]
    return subprocess.Popen([*command, file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def result_of(process: subprocess.Popen[str]) -> dict[str, float]:
    """What wrk found."""
    out, _ = process.communicate()
    for line in out.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line[7:])
    raise SystemExit(f"wrk failed:\n{out}")


def once(url: str, requests: Sequence[Request], connections: int, seconds: float) -> dict[str, float]:
    """One run."""
    if shutil.which("wrk"):
        return result_of(run_wrk(url, requests, connections, seconds))
    return asyncio.run(drive_slowly(url, requests, connections, seconds))


def measure(
    url: str, requests: Sequence[Request], o: argparse.Namespace, beside: Sequence[Request] = ()
) -> dict[str, Any]:
    """The median of some runs by rate; `beside` is driven at the same time and only noted."""
    watch = Watch(o.watch)
    once(url, requests, min(4, o.connections), 1)  # warm
    runs: list[dict[str, Any]] = []
    for _ in range(o.runs):
        other = run_wrk(url, beside, o.beside_connections, o.seconds + 1) if beside else None
        if other:
            time.sleep(0.5)
        before = watch.cpu()
        run: dict[str, Any] = once(url, requests, o.connections, o.seconds)
        after = watch.cpu()
        run["rate"] = run["requests"] / run["seconds"]
        done = run["requests"]
        if other:
            held = result_of(other)
            run["beside_rate"] = held["requests"] / held["seconds"]
            run["beside_p99"] = held["p99"]
            run["beside_errors"] = held["status_errors"]
            done += held["requests"]
        run["cpu_ms"] = {word: 1000 * _between(before[word], after[word]) / max(1, done) for word in o.watch}
        runs.append(run)
    chosen = sorted(runs, key=lambda run: run["rate"])[len(runs) // 2]
    chosen["rates"] = [round(run["rate"], 1) for run in runs]
    chosen["memory_mib"] = watch.memory()
    return chosen


def _between(before: dict[int, float], after: dict[int, float]) -> float:
    """Seconds of CPU between two looks, of the processes that the second still found."""
    return sum(used - before.get(pid, 0.0) for pid, used in after.items())


def row(name: str, run: dict[str, Any]) -> str:
    """One line of the table."""
    cpu = " + ".join(f"{ms:.3f}" for ms in run["cpu_ms"].values())
    kib = run["bytes"] / max(1, run["requests"]) / 1024
    line = (
        f"| {name:<18} | {run['rate']:8,.0f} | {run['p50']:7.2f} | {run['p90']:7.2f} | {run['p99']:7.2f} | {kib:6.1f} "
        f"| {cpu:<15} | {int(run['status_errors'] + run['socket_errors']):6d} |"
    )
    if "beside_rate" in run:
        line += (
            f" beside: {run['beside_rate']:,.0f}/s, p99 {run['beside_p99']:.0f} ms, {int(run['beside_errors'])} errors"
        )
    return line


HEAD = (
    "| workload           |    req/s |  p50 ms |  p90 ms |  p99 ms |    KiB | CPU ms/request  | errors |\n"
    "|--------------------|---------:|--------:|--------:|--------:|-------:|-----------------|-------:|"
)


def machine() -> str:
    """What it was measured on."""
    memory = psutil.virtual_memory().total >> 30
    return f"{os.cpu_count()} cores, {memory} GiB, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options, shared with curves.py."""
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--beside-connections", type=int, default=8, help="for what is driven beside (posting)")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--watch", type=lambda text: text.split(","), default=["parvis web", "postgres"],
                        help="processes whose CPU time is counted, by words of their command lines")  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--network", type=Path, help="what load.py wrote")
    parser.add_argument("--token", help="a member's token, for a server that load.py did not fill")
    parser.add_argument("--followed", default="50", help="the reader of the network file who follows so many")
    parser.add_argument("--workloads", default="home,status,thread,profile,public,post,vote,mixed,home-while-posting")
    parser.add_argument("--json", type=Path)
    arguments(parser)
    o = parser.parse_args()
    url = o.url.rstrip("/")
    if urlsplit(url).scheme not in ("http", "https"):
        parser.error("the address must begin with http:// or https://")
    if o.network:
        network: Network = from_file(json.loads(o.network.read_text(encoding="utf-8")), o.followed)
    elif o.token:
        network = from_server(url, o.token)
    else:
        parser.error("give --network or --token")
    command = " ".join(["python -m bench.drive", *sys.argv[1:]])
    print(f"{machine()}; {o.connections} connections, median of {o.runs} × {o.seconds:g} s\n{HEAD}", flush=True)
    found: dict[str, Any] = {
        "machine": machine(),
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": command,
    }
    for name in o.workloads.split(","):
        beside = WORKLOADS["post"](network) if name.endswith("-while-posting") else ()
        made = WORKLOADS[name.removesuffix("-while-posting")](network)
        found[name] = measure(url, made, o, beside)
        print(row(name, found[name]), flush=True)
    for word, held in Watch(o.watch).memory().items():
        print(
            f"Memory of {word!r}: {len(held)} processes, {sum(held)} MiB together, the largest {max(held, default=0)} MiB"
        )
    if o.json:
        o.json.parent.mkdir(parents=True, exist_ok=True)
        o.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
