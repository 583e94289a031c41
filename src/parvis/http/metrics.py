"""Figures of what is served, for Prometheus; of all web processes of the machine together."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from parvis.http.routing import Route

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""Where processes put their figures together: set by the supervisor before they start."""

_EVERY_S = 5.0
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counts requests: a look-up and two additions for each."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        # In shared mode the values live in files; the registry then only holds the names.
        registry = None if SHARED in os.environ else self._registry
        self._requests = Counter(
            "parvis_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "parvis_request_seconds", "Time to answer", ["route"], buckets=_BUCKETS, registry=registry
        )
        self._verdicts = Histogram(
            "parvis_gate_seconds", "Time of the gate to answer", ["answer"], buckets=_BUCKETS, registry=registry
        )
        self._gauges: list[tuple[Gauge, Callable[[], float]]] = []
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A figure of this process's state, read every few seconds."""
        registry = None if SHARED in os.environ else self._registry
        made = Gauge(f"parvis_{name}", text, registry=registry, multiprocess_mode="livesum")
        self._gauges.append((made, read))

    def request(self, route: Route | None, status: int, seconds: float) -> None:
        """One request was answered. Unknown paths are one route: nobody can make us remember names."""
        path, method = (route.path, route.method) if route is not None else ("unknown", "any")
        key = (path, method, status)
        found = self._children.get(key)
        if found is None:
            found = (self._requests.labels(method, path, f"{status // 100}xx"), self._seconds.labels(path))
            self._children[key] = found
        found[0].inc()
        found[1].observe(seconds)

    def verdict(self, answer: str, seconds: float) -> None:
        """The gate answered `publish`, `hold` or `refuse`."""
        self._verdicts.labels(answer).observe(seconds)

    async def run(self) -> None:
        """Read the gauges now and then: any process may be asked for those of all. Runs until cancelled."""
        while True:
            self._read()
            await asyncio.sleep(_EVERY_S)

    def _read(self) -> None:
        for gauge, read in self._gauges:
            gauge.set(read())

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        self._read()
        if SHARED in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)
            return generate_latest(registry)
        return generate_latest(self._registry)


def forget_process(pid: int, folder: Path) -> None:
    """A process has died: its gauges go, what it counted stays."""
    multiprocess.mark_process_dead(pid, str(folder))
