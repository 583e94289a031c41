"""A site that is stopped says good-bye to those who listen: their streams end whole, and clients know to come back."""

import socket
from pathlib import Path

import pytest
from tests.site import ServedSite
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def test_open_streams_end_in_order_when_the_site_stops(tmp_path: Path) -> None:
    site = ServedSite(tmp_path / "data")
    try:
        site.start()
        with (
            socket.create_connection(("127.0.0.1", site.port), timeout=20) as events,
            connect(f"ws://127.0.0.1:{site.port}/api/v1/streaming?stream=public", legacy=True) as opened,
        ):
            events.sendall(b"GET /api/v1/streaming/public HTTP/1.1\r\nHost: x\r\n\r\n")
            got = b""
            while b":)" not in got:
                got += events.recv(4096)
            site.stop()
            while part := events.recv(4096):
                got += part
            assert got.endswith(b"0\r\n\r\n")
            with pytest.raises(ConnectionClosed) as closed:
                opened.recv(5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
    finally:
        site.stop()
