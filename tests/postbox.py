"""A mail server that keeps what it is given."""

import asyncio
import email
import re
import socketserver
import threading
from collections.abc import Generator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

import msgspec
from tests.cast import Town

from parvis.settings import Settings


class Postbox:
    """Letters, in the order they came. `refuses`: a word in an address that it does not know."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.letters: list[EmailMessage] = []
        self.refuses = "nowhere"

    def settings(self, settings: Settings) -> Settings:
        """The settings with mail through this server."""
        mail = msgspec.structs.replace(
            settings.mail, host="127.0.0.1", port=self.port, tls="none", sender="parvis@parvis.test"
        )
        return msgspec.structs.replace(settings, mail=mail)

    def to(self, address: str) -> list[EmailMessage]:
        """Letters to this address."""
        return [letter for letter in self.letters if letter["To"] == address]

    def secret(self, address: str) -> str:
        """The secret in the newest letter to this address."""
        found = re.search(r"\?token=(\S+)", self.to(address)[-1].get_content())
        assert found
        return found[1]

    def deliver(self, town: Town) -> None:
        """Run the town's jobs until none waits."""

        async def until_done() -> None:
            stopping = asyncio.Event()
            worker = asyncio.create_task(town.parvis.jobs.work(stopping))
            while await asyncio.to_thread(
                town.rows, "SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
            ):
                await asyncio.sleep(0.05)
            stopping.set()
            await worker

        town.run(asyncio.wait_for(until_done(), 30))


@contextmanager
def open_postbox() -> Generator[Postbox]:
    """A mail server for as long as the block runs."""

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 postbox")
            while line := self.rfile.readline().decode().strip():
                word = line[:4].upper()
                if word == "DATA":
                    self._say("354 go on")
                    data = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        data += part
                    box.letters.append(_letter(data))
                if word == "QUIT":
                    self._say("221 bye")
                    return
                self._say("550 no such mailbox" if word == "RCPT" and box.refuses in line else "250 ok")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        box = Postbox(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield box
        server.shutdown()


def _letter(data: bytes) -> EmailMessage:
    message: Any = email.message_from_bytes(data, policy=default)
    return message
