"""Scanning on the nodes of a Ray cluster. Parts of a scan are claimed in the database, so a node needs to reach that, and to
judge as this machine does: each runs the same worker."""

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import ray

from parvis.settings import Settings

_ENDING_S = 20.0
_REACHING_S = 10.0


class Cluster:
    """One worker for each core of each node."""

    def __init__(self, address: str, settings: Settings) -> None:
        """The cluster at `address` (`local`: one made here). OSError where it is not there."""
        _reach(address)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # what runs here is nobody's business
        ray.init(address=address, log_to_driver=False, logging_level="error")
        self._settings = settings
        self._tasks: list[Any] = []

    def start(self, scan_id: int) -> None:
        """Have the nodes work on a scan."""
        s = self._settings
        cores = sum(int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"])
        # The secrets of the nodes are their own; only where the database is goes along.
        env = {"PARVIS_DATABASE_URL": s.database.url, "PARVIS_LOGS_LEVEL": "error"}
        remote: Any = ray.remote(num_cpus=1, max_retries=0)(work)
        spread = remote.options(scheduling_strategy="SPREAD")
        given = (scan_id, env, str(s.data_dir), lists_digest(s.data_dir))
        self._tasks = [spread.remote(*given) for _ in range(max(cores, 1))]

    def working(self) -> bool:
        """Whether one of them still works, or waits to."""
        return bool(ray.wait(self._tasks, num_returns=len(self._tasks), timeout=0)[1])

    def result(self) -> tuple[int, list[str]]:
        """On how many nodes they worked, and what went wrong. Waits some seconds for those that are about to end."""
        done, left = ray.wait(self._tasks, num_returns=len(self._tasks), timeout=_ENDING_S)
        nodes: set[str] = set()
        faults = [f"{len(left)} workers of the cluster did not begin or did not end"] if left else []
        for task in done:
            try:
                node, fault = ray.get(task)
            except ray.exceptions.RayError as error:
                faults.append(str(error).strip().splitlines()[-1])
                continue
            if fault:
                faults.append(f"{node}: {fault}")
            else:
                nodes.add(node)
        return len(nodes), list(dict.fromkeys(faults))

    def close(self) -> None:
        """Let the cluster go. Workers that still work are told to end, and have some seconds to give back what they had
        begun."""
        for task in self._tasks:
            ray.cancel(task)
        if self._tasks:
            ray.wait(self._tasks, num_returns=len(self._tasks), timeout=_ENDING_S)
        ray.shutdown()


def _reach(address: str) -> None:
    """Ray itself waits for minutes for a cluster that is not there."""
    host, _, port = address.rpartition(":")
    if port.isdigit() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHING_S).close()


def work(scan_id: int, env: dict[str, str], folder: str, lists: str) -> tuple[str, str]:
    """Work on a scan on this node: its id, and what went wrong. Its data folder is the one of its own PARVIS_DATA_DIR, or that
    of the machine that asks where it is here too, or an empty one; the word lists in it must be the same."""
    node = str(ray.get_runtime_context().get_node_id())
    with tempfile.TemporaryDirectory(prefix="parvis-") as empty:
        data = Path(os.environ.get("PARVIS_DATA_DIR") or (folder if Path(folder).is_dir() else empty))
        if lists_digest(data) != lists:
            return node, f"the word lists in {data} are not those of the machine that asks"
        command = [sys.executable, "-m", "parvis", "--data", str(data), "moderation", "scan", "--child"]
        command += ["--worker", str(scan_id)]
        with subprocess.Popen(command, env=os.environ | env, stderr=subprocess.PIPE) as child:
            try:
                said = child.communicate()[1].decode(errors="replace").strip()
            except BaseException:  # told to end
                child.terminate()
                child.communicate()
                raise
    return node, said.splitlines()[-1][-500:] if child.returncode and said else ""


def lists_digest(data: Path) -> str:
    """What the word lists of a data folder hold; the same for the same files."""
    found = hashlib.sha256()
    for path in sorted((data / "lists").rglob("*.toml")):
        found.update(f"{path.relative_to(data)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return found.hexdigest()
