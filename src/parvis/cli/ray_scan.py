"""Scanning on the nodes of a Ray cluster. Parts of a scan are claimed in the database, so a node needs nothing but to reach
it: each runs the same worker as this machine does."""

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import ray

from parvis.settings import Settings


def spread(address: str, settings: Settings, scan_id: int) -> Callable[[], None]:
    """Start one worker for each core of each node of the cluster at `address` (`local`: one made here); returns a call that
    waits for them. RuntimeError from it where one failed."""
    ray.init(address=address, log_to_driver=False, logging_level="error")
    command = [sys.executable, "-m", "parvis", "moderation", "scan", "--worker", str(scan_id)]
    # The secrets of the nodes are their own; only where the database is goes along.
    env = {"PARVIS_DATABASE_URL": settings.database.url, "PARVIS_LOGS_LEVEL": "error"}

    @ray.remote(num_cpus=1)
    def work(command: list[str], env: dict[str, str]) -> str:
        done = subprocess.run(command, env=os.environ | env, capture_output=True, check=False)
        return "" if done.returncode == 0 else done.stderr.decode(errors="replace")[-500:]

    cores = sum(int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"])
    started: list[Any] = [
        work.options(scheduling_strategy="SPREAD").remote(command, env)  # type: ignore[attr-defined]
        for _ in range(max(cores, 1))
    ]

    def wait() -> None:
        faults = [fault for fault in ray.get(started) if fault]
        ray.shutdown()
        if faults:
            raise RuntimeError(faults[0])

    return wait
