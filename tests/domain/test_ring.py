"""The change ring: what one process appends, the others read, in order, or know that they missed it."""

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parvis.db.ring import Event, Kind, Ring, pack, unpack

_word = st.integers(-(1 << 63), (1 << 63) - 1)
_events = st.lists(st.builds(Event, st.integers(0, 20), _word, _word, _word, _word, _word, _word), max_size=30)


@given(_events)
def test_packing_loses_nothing(events: list[Event]):
    assert unpack(pack(events)) == events


def test_a_broken_record_is_refused():
    with pytest.raises(ValueError, match="broken length"):
        unpack(b"x" * 63)


@settings(max_examples=40)
@given(st.lists(_events, max_size=8))
def test_a_reader_gets_all_in_order_or_is_told(tmp_path_factory: pytest.TempPathFactory, batches: list[list[Event]]):
    path = tmp_path_factory.mktemp("ring") / "ring"
    writer = Ring.create(path, capacity=32)
    reader = Ring(path)
    tail, sent = reader.head, 0
    for batch in batches:
        writer.append(batch)
        sent += len(batch)
        found = reader.since(tail)
        if len(batch) > 32:
            assert found is None
        else:
            assert found == batch
        tail = reader.head
        assert tail == sent
    writer.close()
    reader.close()


def _write(path: str, account: int) -> None:
    ring = Ring(Path(path))
    for number in range(500):
        ring.append([Event(Kind.POST_NEW, account, number), Event(Kind.POST_GONE, account, number)])


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path):
    path = tmp_path / "ring"
    ring = Ring.create(path, capacity=1 << 13)
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(str(path), account)) for account in (1, 2, 3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    found = ring.since(0)
    assert found is not None and len(found) == 3000
    for account in (1, 2, 3):
        assert [e.b for e in found if e.a == account and e.kind == Kind.POST_NEW] == list(range(500))
    # A batch is never torn apart by another writer.
    assert all(
        a.kind == Kind.POST_NEW and b == a._replace(kind=Kind.POST_GONE)
        for a, b in zip(found[::2], found[1::2], strict=True)
    )


def test_a_file_of_another_layout_is_refused(tmp_path: Path):
    path = tmp_path / "ring"
    path.write_bytes(b"\0" * 4096)
    with pytest.raises(ValueError, match="not a change ring"):
        Ring(path)
