"""Calls to other servers: how long they last, how much they take, what they say of us, and whether they are encrypted."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.spot import Names, Spot, outbound, raw, sends_to

from parvis import VERSION
from parvis.outbound.client import Outbound, Reply
from parvis.outbound.errors import BadAnswer, OutboundError, Refused, TooSlow, Unreachable
from parvis.settings import OutboundSettings

# What it costs -------------------------------------------------------------------------------------------------------

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _drip_head(writer: asyncio.StreamWriter) -> None:
    for byte in _HEAD * 20:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def _hang(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def _endless_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 4000 + b"\r\n")
        await writer.drain()


async def _large(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: 99999999\r\n\r\n")
    await asyncio.sleep(60)


async def _broken(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: 100\r\n\r\n{}")
    await writer.drain()


async def _silent(writer: asyncio.StreamWriter) -> None:
    """Closes without a word."""


async def _not_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


async def _packed(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")
    await writer.drain()


async def _page(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")
    await writer.drain()


async def _untyped(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    await writer.drain()


@pytest.mark.parametrize(
    ("say", "kind", "words"),
    [
        (_drip, TooSlow, "within 1 s"),
        (_drip_head, TooSlow, "within 1 s"),
        (_hang, TooSlow, "within 1 s"),
        (_endless, BadAnswer, "more than 50000 bytes"),
        (_endless_head, BadAnswer, "as a web server does"),
        (_large, BadAnswer, "more than 50000 bytes"),
        (_broken, BadAnswer, "broke off"),
        (_silent, BadAnswer, "broke off"),
        (_not_http, BadAnswer, "as a web server does"),
        (_packed, BadAnswer, "encoding"),
        (_page, BadAnswer, "application/json"),
        (_untyped, BadAnswer, "application/json"),
    ],
)
def test_a_bad_server_costs_little_and_is_told_from_others(
    say: Callable[[asyncio.StreamWriter], Awaitable[None]], kind: type[OutboundError], words: str
) -> None:
    async def run() -> None:
        async with raw(say) as place, outbound(public=(place,), timeout_s=1, max_bytes=50_000) as client:
            began = time.monotonic()
            with pytest.raises(OutboundError) as caught:
                await client.request("GET", f"http://{place}/", types=("application/json",))
            assert type(caught.value) is kind
            assert words in caught.value.message
            assert time.monotonic() - began < 5

    asyncio.run(run())


def test_fifty_slow_servers_hold_up_nobody_else() -> None:
    async def run() -> None:
        settings = {"timeout_s": 2, "connections_per_host": 50}
        async with (
            raw(_drip) as slow,
            Spot().open() as spot,
            outbound(public=("127.0.0.1",), **settings) as client,
        ):
            waiting = [asyncio.create_task(client.request("GET", f"http://{slow}/")) for _ in range(50)]
            await asyncio.sleep(0.2)
            for _ in range(20):
                assert (await client.request("GET", spot.url)).status == 200
            assert not any(task.done() for task in waiting)
            done = await asyncio.gather(*waiting, return_exceptions=True)
            assert {type(result) for result in done} == {TooSlow}

    asyncio.run(run())


def test_slow_name_servers_are_part_of_the_deadline() -> None:
    async def slowly(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return ["1.1.1.1"]

    async def run() -> None:
        client = Outbound(OutboundSettings(timeout_s=1), "https://parvis.test", resolve=slowly)
        with pytest.raises(TooSlow):
            await client.request("GET", "http://slow.example/", timeout_s=0.2)
        await client.close()

    asyncio.run(run())


def test_nobody_there_and_no_such_name() -> None:
    async def run() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            place = f"127.0.0.1:{free.getsockname()[1]}"
            async with outbound(names=Names(), public=(place,)) as client:
                with pytest.raises(Unreachable, match="could not be reached"):
                    await client.request("GET", f"http://{place}/")
                with pytest.raises(Unreachable, match="has no address"):
                    await client.request("GET", "http://nobody.example/")

    asyncio.run(run())


# What it is ----------------------------------------------------------------------------------------------------------


def test_it_says_who_it_is_and_uses_no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password word\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def run() -> Reply:
        async with Spot().open() as spot, outbound(public=(spot.place,)) as client:
            reply = await client.request("POST", spot.url + "/a?b=c#d", headers={"X-Ours": "1"}, body=b"{}")
            sent = spot.seen[0]
            assert sent.headers["User-Agent"] == f"Parvis/{VERSION} (+https://parvis.test)"
            assert sent.headers["Accept-Encoding"] == "identity"
            assert sent.headers["X-Ours"] == "1"
            assert "Authorization" not in sent.headers
            assert (sent.method, sent.path_qs) == ("POST", "/a?b=c")
            return reply

    reply = asyncio.run(run())
    assert (reply.status, reply.body, reply.headers["content-type"]) == (
        200,
        b'{"ok": true}',
        "application/json; charset=utf-8",
    )


def test_connections_are_kept_for_the_next_call() -> None:
    async def run() -> None:
        async with Spot().open() as spot, outbound(spot.place) as client:
            for _ in range(5):
                await client.request("POST", spot.url, body=b"{}", own=True)
            assert spot.connections == 1

    asyncio.run(run())


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_refusal_of_the_other_server_is_an_answer_without_its_words(status: int) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="inside out" * 100_000, headers={"Retry-After": "7"})

    async def run() -> None:
        async with Spot(answer).open() as spot, outbound(public=(spot.place,), max_bytes=100) as client:
            reply = await client.request("GET", spot.url, types=("application/json",))
            assert (reply.status, reply.body, reply.headers["retry-after"]) == (status, b"", "7")

    asyncio.run(run())


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """Two servers' TLS: one that is trusted, one that is not."""
    import ssl

    from aiohttp import connector

    made = []
    for name in ("known", "unknown"):
        folder = tmp_path_factory.mktemp(name)
        _make_certificate(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        made.append((context, folder / "cert.pem"))
    # The library makes its own at import; trust is added for this run of the tests alone.
    connector._SSL_CONTEXT_VERIFIED.load_verify_locations(made[0][1])
    yield made[0][0], made[1][0]


def _make_certificate(folder: Path) -> None:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"shop {folder.name}")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def test_encryption_is_checked_and_not_given_up(certificates: tuple[Any, Any]) -> None:
    known, unknown = certificates

    async def run() -> None:
        names = Names(shop=[["127.0.0.1"]], other=[["127.0.0.1"]])
        async with outbound(names=names, public=("127.0.0.1",)) as client:
            async with Spot().open(tls=known) as spot:
                assert (await client.request("GET", f"https://shop.example:{spot.port}/")).status == 200
                with pytest.raises(Unreachable, match="certificate"):
                    await client.request("GET", f"https://other.example:{spot.port}/")
            async with Spot().open(tls=unknown) as spot:
                with pytest.raises(Unreachable, match="certificate"):
                    await client.request("GET", f"https://shop.example:{spot.port}/")
                assert spot.seen == []
            async with Spot().open() as plain, Spot(sends_to(plain.url)).open(tls=known) as spot:
                with pytest.raises(Refused, match="not encrypted"):
                    await client.request("GET", f"https://shop.example:{spot.port}/0")
                assert plain.connections == 0

    asyncio.run(run())
