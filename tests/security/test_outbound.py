"""Calls to other servers: where they never go, by whatever number, name, redirect or disguise."""

import ast
import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from tests.spot import Names, Spot, outbound, sends_to

from parvis.outbound.addresses import Policy, is_public
from parvis.outbound.client import Outbound
from parvis.outbound.doors import _Guard
from parvis.outbound.errors import BadAnswer, Refused, Unreachable
from parvis.settings import SettingsError, load_settings

SOURCE = Path(__file__).parents[2] / "src" / "parvis"

BARRED = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192",
    "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:1.1.1.1", "::ffff:0:7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::101:101", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "2620:4f:8000::1", "3fff::1", "3fff:fff::1",
    "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
)  # fmt: skip
PUBLIC = ("1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "128.0.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
          "198.17.0.1", "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111", "2001:4860::8888", "2003::1")  # fmt: skip
DISGUISED = (
    "2130706433", "017700000001", "0x7f000001", "0x7f.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "127.0.0.01", "0",
    "127.0.0.1.", "1.2.3.256", "1.2.3.4.5", "１２７.0.0.1", "127。0。0。1", "①②⑦.⓪.⓪.①", "a.0x1", "x.127",
)  # fmt: skip
NOT_OF_THE_WEB = (
    "", "x", "//host/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)",
    "http://", "http:///path", "http://user@example.org/", "http://user:word@example.org/", "http://:word@example.org/",
    "http://exam\tple.org/", "http://example.org/\r\nHost: x", "http://example.org\\@127.0.0.1/", "http://exa mple.org/",
    "http://example.org:99999/", "http://example.org:x/", "http://[::1/", "http://example.org/" + "a" * 5000,
)  # fmt: skip


async def refused(client: Outbound, url: str, **options: Any) -> str:
    with pytest.raises(Refused) as caught:
        await client.request("GET", url, **options)
    return caught.value.message


# Where it goes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", BARRED)
def test_a_barred_address_is_not_called_by_number_nor_by_name(address: str) -> None:
    async def run() -> None:
        names = Names(evil=[[address]], mixed=[["1.1.1.1", address]], last=[[address, "1.1.1.1"]])
        async with outbound(names=names) as client:
            host = f"[{address.replace('%', '%25')}]" if ":" in address else address
            for scheme in ("http", "https"):
                await refused(client, f"{scheme}://{host}/")
            assert names.asked == []
            for name in ("evil", "mixed", "last"):
                said = await refused(client, f"http://{name}.example/")
                assert address not in said and f"{name}.example" in said

    assert not is_public(ip_address(address))
    asyncio.run(run())


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_network_is_open(address: str) -> None:
    assert all(Policy().admits(ip_address(address), port) for port in (80, 443, 1024, 8443, 65535))
    assert not any(Policy().admits(ip_address(address), port) for port in (22, 25, 53, 110, 389, 445, 993))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_is_private_to_python_is_never_public_to_us(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_no_wrapping_makes_an_address_public(inner: IPv4Address) -> None:
    number = int(inner)
    for wrapped in (
        number,
        0xFFFF << 32 | number,
        0x64FF9B << 96 | number,
        0x64FF9B0001 << 80 | number,
        0x2002 << 112 | number << 80,
    ):
        assert not is_public(IPv6Address(wrapped))


@pytest.mark.parametrize("host", DISGUISED)
def test_a_number_in_disguise_is_not_called(host: str) -> None:
    async def run() -> None:
        names = Names()
        async with outbound(names=names) as client:
            await refused(client, f"http://{host}/")
        assert names.asked == []

    asyncio.run(run())


@pytest.mark.parametrize("url", NOT_OF_THE_WEB)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    async def run() -> None:
        async with outbound(names=Names()) as client:
            assert "not an address of the web" in await refused(client, url)

    asyncio.run(run())


@pytest.mark.parametrize("name", ["localhost", "localhost.", "LOCALHOST", "ip6-localhost"])
def test_the_system_s_own_names_lead_nowhere(name: str) -> None:
    async def run() -> None:
        async with Spot().open() as spot, outbound() as client:
            with pytest.raises((Refused, Unreachable)):
                await client.request("GET", f"http://{name}:{spot.port}/")
            assert spot.connections == 0

    asyncio.run(run())


def test_a_name_that_turns_to_us_after_the_check_finds_nobody() -> None:
    """Rebinding: the address that was checked is the one that is connected to, and each connection is checked anew."""

    async def run() -> None:
        async with Spot().open("127.0.0.2") as outside, Spot().open("127.0.0.1", outside.port) as inside:
            names = Names(turns=[["127.0.0.2"], ["127.0.0.1"]])
            async with outbound(names=names, public=(f"127.0.0.2:{outside.port}",)) as client:
                url = f"http://turns.example:{outside.port}/"
                assert (await client.request("GET", url, headers={"Connection": "close"})).status == 200
                assert names.asked == ["turns.example"]
                await refused(client, url)
            assert (outside.connections, inside.connections) == (1, 0)
            assert outside.seen[0].headers["Host"] == f"turns.example:{outside.port}"

    asyncio.run(run())


def test_even_a_resolver_that_is_bypassed_does_not_open_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lies(self: _Guard, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    async def run() -> None:
        async with Spot().open() as spot, outbound() as client:
            await refused(client, f"http://fine.example:{spot.port}/")
            assert spot.connections == 0

    monkeypatch.setattr(_Guard, "resolve", lies)
    asyncio.run(run())


def test_what_an_operator_allows_is_for_their_own_settings_only() -> None:
    async def run() -> None:
        names = Names(models=[["127.0.0.1"]], evil=[["127.0.0.1"]])
        async with Spot().open() as spot:
            by_name = f"http://models.internal:{spot.port}/"
            for allowed, url in (
                ([spot.place], spot.url),
                (["127.0.0.0/8"], spot.url),
                ([f"127.0.0.0/30:{spot.port}"], spot.url),
                ([f"models.internal:{spot.port}"], by_name),
                (["Models.Internal"], by_name),
            ):
                async with outbound(*allowed, names=names) as client:
                    assert (await client.request("GET", url, own=True)).status == 200
                    before = spot.connections
                    await refused(client, url)
                    assert spot.connections == before
            async with outbound(f"models.internal:{spot.port}", f"127.0.0.1:{spot.port + 1}", names=names) as client:
                assert (await client.request("GET", by_name, own=True)).status == 200
                await refused(client, f"http://evil.example:{spot.port}/", own=True)
                await refused(client, spot.url, own=True)

    asyncio.run(run())


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "127.0.0.1:0",
        "127.0.0.1:99999",
        "127.0.0.1:x",
        "10.0.0.1/8",
        "http://x/",
        "a b",
        "127.1",
        "[::1",
        "[::1]x",
        "[x]:1",
        "*",
    ],
)
def test_an_entry_that_allows_nothing_that_is_is_named(entry: str) -> None:
    with pytest.raises(SettingsError, match=r"outbound\.allowed"):
        Policy([entry])


def test_allowed_hosts_come_from_the_environment(tmp_path: Path) -> None:
    settings = load_settings({"PARVIS_OUTBOUND_ALLOWED": "127.0.0.1:9000, 10.0.0.0/8,[fd00::1]:443"}, tmp_path)
    policy = Policy(settings.outbound.allowed)
    for place, port, expected in (
        ("127.0.0.1", 9000, True), ("127.0.0.1", 9001, False), ("10.1.2.3", 25, True), ("fd00::1", 443, True),
        ("fd00::1", 80, False), ("fd00::2", 443, False),
    ):  # fmt: skip
        assert policy.admits(ip_address(place), port) is expected


# Being sent on -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/",
        "http://10.0.0.1/",
        "//169.254.169.254/latest",
        "http://[::1]/",
        "http://inside.example/",
        "http://2130706433/",
    ],
)
def test_being_sent_to_a_private_address_ends_there(target: str) -> None:
    async def run() -> None:
        names = Names(inside=[["127.0.0.1"]])
        async with Spot(sends_to(target)).open() as spot, outbound(names=names, public=(spot.place,)) as client:
            with pytest.raises((Refused, BadAnswer)):
                await client.request("GET", spot.url + "/0")
            assert len(spot.seen) == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    "target", ["ftp://example.org/", "http://u:p@example.org/", "http://[", "http://a b/", "javascript:x"]
)
def test_being_sent_to_no_address_is_said(target: str) -> None:
    async def run() -> None:
        async with Spot(sends_to(target)).open() as spot, outbound(public=(spot.place,)) as client:
            with pytest.raises(BadAnswer, match="no address of the web"):
                await client.request("GET", spot.url + "/0")

    asyncio.run(run())


def test_a_service_of_our_own_cannot_send_us_to_another() -> None:
    async def run() -> None:
        async with (
            Spot().open() as second,
            Spot(sends_to(second.url)).open() as first,
            outbound("127.0.0.0/8") as client,
        ):
            await refused(client, first.url + "/0", own=True)
            assert second.connections == 0

    asyncio.run(run())


def test_three_hops_and_no_more() -> None:
    async def run() -> None:
        async with Spot(sends_to("/1", "/2", "/3")).open() as spot, outbound(public=(spot.place,)) as client:
            reply = await client.request("GET", spot.url + "/0")
            assert (reply.url, reply.body) == (spot.url + "/3", b'{"at": 3}')
        async with Spot(sends_to("/1", "/2", "/3", "/4")).open() as spot, outbound(public=(spot.place,)) as client:
            with pytest.raises(BadAnswer, match="more than 3 times"):
                await client.request("GET", spot.url + "/0")
            assert len(spot.seen) == 4

    asyncio.run(run())


def test_nothing_secret_goes_along_and_no_cookie_is_kept() -> None:
    async def run() -> None:
        async with (
            Spot().open() as second,
            Spot(sends_to(second.url + "/landed")).open() as first,
            outbound(public=("127.0.0.1",)) as client,
        ):
            secret = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/plain"}
            await client.request("GET", first.url + "/0", headers=secret)
            await client.request("GET", first.url + "/0")
            assert first.seen[0].headers["Authorization"] == "Bearer x"
            for request in second.seen:
                sent = {name.lower() for name in request.headers}
                assert sent & {"authorization", "cookie", "x-api-key", "referer"} == set()
            assert second.seen[0].headers["Accept"] == "text/plain"
            assert "Cookie" not in first.seen[1].headers

    asyncio.run(run())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_was_posted_is_not_sent_on(status: int) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Location": "/other"})

    async def run() -> None:
        async with Spot(answer).open() as spot, outbound(public=(spot.place,)) as client:
            with pytest.raises(BadAnswer, match="sends on"):
                await client.request("POST", spot.url, body=b"words")
            assert len(spot.seen) == 1

    asyncio.run(run())


def test_nothing_else_opens_connections_for_http() -> None:
    clients = {
        "aiohttp",
        "httpx",
        "httpx2",
        "niquests",
        "requests",
        "urllib3",
        "urllib.request",
        "http.client",
        "pycurl",
    }
    found: list[str] = []
    for path in SOURCE.rglob("*.py"):
        # The supervisor asks its own web processes whether they are ready, by the port that it gave them.
        if path.is_relative_to(SOURCE / "outbound") or path == SOURCE / "cli" / "serve.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found += [
                f"{path.relative_to(SOURCE)}:{node.lineno}: {name}"
                for name in names
                if name in clients or name.split(".")[0] in clients
            ]
    assert found == []
