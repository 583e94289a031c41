"""Figures are those of all processes, whichever is asked; a killed one leaves what it counted and not what it was."""

import http.client
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psutil
from tests.site import ServedSite
from websockets.sync.client import connect


def figure(site: ServedSite, name: str) -> float:
    """The sum of a figure over its labels; its own connection, so that any process may answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)) as peer:
        peer.request("GET", "/metrics")
        text = peer.getresponse().read().decode()
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


def settles(site: ServedSite, name: str, true: Callable[[float], bool], seconds: float = 12) -> bool:
    """Whether it comes true in time, and then for ten askers in a row."""
    deadline, right = time.monotonic() + seconds, 0
    while right < 10 and time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            right = right + 1 if true(figure(site, name)) else 0
        time.sleep(0.02 if right else 0.2)
    return right == 10


def test_figures_of_all_processes_outlive_one(tmp_path: Path) -> None:
    site = ServedSite(tmp_path / "data")
    try:
        site.start()
        with ExitStack() as streams:
            for _ in range(6):
                streams.enter_context(connect(f"ws://127.0.0.1:{site.port}/api/v1/streaming?stream=public"))
            assert settles(site, "parvis_streams ", lambda value: value == 6)
            before = figure(site, "parvis_requests_total")
            assert before > 10
            assert site.process is not None
            family = psutil.Process(site.process.pid).children(recursive=True)
            webs = [child for child in family if "web" in child.cmdline()]
            assert len(webs) == 2
            for web in webs:
                web.kill()
            assert settles(site, "parvis_streams ", lambda value: value == 0)
        assert figure(site, "parvis_requests_total") >= before
    finally:
        site.stop()
