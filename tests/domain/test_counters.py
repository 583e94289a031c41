"""Rate counters: shared by processes, never too low, and a window ends."""

from pathlib import Path

import pytest

from parvis.http import counters as module
from parvis.http.counters import Counters


def test_processes_count_together(tmp_path: Path):
    first, second = Counters(tmp_path / "limits", 0, 2), Counters(tmp_path / "limits", 1, 2)
    for _ in range(3):
        first.hit("ip:192.0.2.1", 5, 300)
    assert second.hit("ip:192.0.2.1", 5, 300).used == 4
    assert not second.hit("ip:192.0.2.1", 5, 300).over
    assert first.hit("ip:192.0.2.1", 5, 300).over
    assert first.hit("ip:192.0.2.2", 5, 300).used == 1


def test_a_window_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    counters = Counters(tmp_path / "limits", 0, 1)
    now = [1_000_000.0]
    monkeypatch.setattr(module.time, "time", lambda: now[0])
    for _ in range(4):
        standing = counters.hit("account:1", 3, 300)
    assert standing.over and standing.left == 0
    now[0] = standing.resets_at
    assert counters.hit("account:1", 3, 300).used == 1


def test_many_callers_do_not_disturb_each_other(tmp_path: Path):
    counters = Counters(tmp_path / "limits", 0, 1)
    for number in range(5_000):
        counters.hit(f"ip:{number}", 10, 300)
    used = [counters.hit(f"ip:{number}", 10, 300).used for number in range(5_000)]
    assert min(used) == 2  # never too low
    assert sum(count > 2 for count in used) < 25


def test_memory_does_not_grow_with_callers(tmp_path: Path):
    counters = Counters(tmp_path / "limits", 0, 1)
    for number in range(50_000):
        counters.hit(f"ip:{number}", 10, 300)
    assert len(counters._cells) <= 20_001
