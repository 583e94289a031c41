"""Serve HTTP and WebSocket: one process."""

import argparse
import asyncio
import os
import socket
from collections.abc import Callable

import uvicorn

from parvis.cli.garbage import collect_seldom
from parvis.cli.lifeline import end_with_parent
from parvis.cli.one_write import OneWriteProtocol
from parvis.settings import Settings, load_settings

_LAST_WORDS_S = 0.05


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command; the supervisor hands over a listening socket."""
    parser.add_argument("--fd", type=int, default=None, help="listening socket that was inherited")
    parser.add_argument("--child", action="store_true", help="end when the process that started this one ends")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    if options.child:
        end_with_parent()
    settings = load_settings(os.environ)
    from parvis import logs
    from parvis.app import create_app  # here: it loads everything, and the other commands start without it

    logs.set_up(settings.logs)
    collect_seldom()
    app = create_app(settings)
    server = _Server(server_config(app, settings), app.parvis.hub.end_all)
    # Not uvicorn's own `fd`: it takes that for a Unix socket, and then knows no peer's address and delays small packets.
    server.run([socket.socket(fileno=options.fd)] if options.fd is not None else None)
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """Ends the open streams before it waits for requests to end: a stream would never."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await asyncio.sleep(_LAST_WORDS_S)
        await super().shutdown(sockets)


def server_config(app: object, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves. Forwarded headers are the edge's business: it knows which proxies to believe."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=settings.http.host,
        port=settings.http.port,
        loop="uvloop",
        http=OneWriteProtocol,
        ws="websockets-sansio",
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
        backlog=2048,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,
    )
