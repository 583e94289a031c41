"""The one client for calls to other servers.

Where it goes is checked at every hop and once more at the connection; how long it may take, how much may come back and of
which type is bounded. Nothing else in Parvis opens a connection for HTTP.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import structlog
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from parvis import VERSION
from parvis.outbound.addresses import Address, Policy, literal
from parvis.outbound.doors import Barred, Door, Names, Resolve
from parvis.outbound.errors import BadAnswer, Refused, TooSlow, Unreachable
from parvis.settings import OutboundSettings

log = structlog.get_logger()

_LONGEST_URL = 4096
_REDIRECTS = (301, 302, 303, 307, 308)
_SAFE_METHODS = ("GET", "HEAD")
# All others stay with the server that they were meant for.
_FOLLOW_ALONG = ("accept", "accept-language", "if-modified-since", "if-none-match")


class Reply(msgspec.Struct, frozen=True):
    """What came back. The body of anything but a success (200 to 299) is not read."""

    status: int
    url: str  # of the last hop
    headers: Mapping[str, str]  # by lower-case name
    body: bytes


class Outbound:
    """Calls other servers. One for a process; `close` it at the end."""

    def __init__(
        self,
        settings: OutboundSettings,
        origin: str,
        *,
        resolve: Resolve | None = None,
        public: Policy | None = None,
    ) -> None:
        """`origin` is our public address, for those who wonder who calls. `resolve` and `public` stand for the system's
        resolver and the public network: tests have networks of their own. SettingsError where an allowed host is none."""
        self._settings = settings
        self._names = Names(settings.resolver_threads)
        agent = f"Parvis/{VERSION} (+{origin})"
        find = resolve or self._names.resolve
        most, each = settings.connections, settings.connections_per_host
        # Two pools: a connection to a service of our own is never used for an address that somebody else chose.
        self._public = Door(public or Policy(), find, agent, most, each)
        self._own = Door(Policy(settings.allowed), find, agent, most, most)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        types: tuple[str, ...] = (),
        most_bytes: int | None = None,
        timeout_s: float | None = None,
        own: bool = False,
    ) -> Reply:
        """One call, redirects included (GET and HEAD only).

        `types` are the media types that a success may have (none: any); `most_bytes` bounds its body and `timeout_s` all of
        it, from the name to the last byte, where the settings' own bounds are too wide. `own` is for addresses that stand in
        the settings, never for one that a member or another server chose: for them `[outbound] allowed` counts.

        Raises `Refused` (an address that is not called), `Unreachable`, `TooSlow` or `BadAnswer`.
        """
        limit_s = self._settings.timeout_s if timeout_s is None else min(timeout_s, self._settings.timeout_s)
        host = "The other server"
        try:
            target = _parse(url)
            host = target.host or host
            async with asyncio.timeout(limit_s):
                return await self._follow(method, target, dict(headers or {}), body, types, most_bytes, own)
        except TimeoutError as error:
            raise TooSlow(f"{host} did not answer in full within {limit_s:g} s") from error

    def is_own(self, url: str) -> bool:
        """Whether `[outbound] allowed` names the place of this address, by number or by name. Refused where it is none."""
        target = _parse(url)
        return self._own.policy.names(target.raw_host or "", target.port or 0)

    async def close(self) -> None:
        """End every connection."""
        await self._public.close()
        await self._own.close()
        self._names.close()

    async def _follow(
        self,
        method: str,
        url: URL,
        headers: dict[str, str],
        body: bytes | None,
        types: tuple[str, ...],
        most_bytes: int | None,
        own: bool,
    ) -> Reply:
        most = self._settings.max_bytes if most_bytes is None else min(most_bytes, self._settings.max_bytes)
        door = self._own if own else self._public
        for _ in range(self._settings.redirects + 1):
            _check(url, door.policy)
            async with _asked(door, method, url, headers, body) as response:
                if response.status in _REDIRECTS:
                    url = _next(method, url, response)
                    door = self._public  # where another server sends us is never a place of the settings
                    headers = {name: value for name, value in headers.items() if name.lower() in _FOLLOW_ALONG}
                    continue
                content = b""
                if 200 <= response.status < 300 and method != "HEAD":
                    _check_kind(url, response, types)
                    content = await _read(url, response, most)
                found = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, str(url), found, content)
        raise BadAnswer(f"{url.host} sends on more than {self._settings.redirects} times")


def _parse(text: str) -> URL:
    """The address. One parser reads it here and in the connector, so the two cannot differ."""
    if len(text) > _LONGEST_URL or any(char <= " " or char in "\\\x7f" for char in text):
        raise Refused("This is not an address of the web")
    try:
        url = URL(text).with_fragment(None)
        usable = url.scheme in ("http", "https") and bool(url.host) and url.port is not None
    except ValueError as error:
        raise Refused("This is not an address of the web") from error
    if not usable or url.raw_user is not None or url.raw_password is not None:
        raise Refused("This is not an address of the web")
    return url


def _check(url: URL, policy: Policy) -> None:
    host, port = url.raw_host or "", url.port or 0
    try:
        address: Address | None = literal(host)
    except ValueError as error:
        raise _refusal(url) from error
    if address is not None and not policy.admits(address, port):
        raise _refusal(url)


def _refusal(url: URL) -> Refused:
    log.info("outbound_refused", host=url.host, port=url.port)
    return Refused(f"{url.host} (port {url.port}) is not on the public network, or not a port that this server calls")


@asynccontextmanager
async def _asked(
    door: Door, method: str, url: URL, headers: dict[str, str], body: bytes | None
) -> AsyncGenerator[aiohttp.ClientResponse]:
    """One hop. What the library and the system have to say becomes one of our errors."""
    try:
        async with door.session.request(method, url, headers=headers, data=body, allow_redirects=False) as response:
            try:
                yield response
            except BaseException:
                response.close()  # what is still to come is not waited for
                raise
    except aiohttp.ClientSSLError as error:
        raise Unreachable(f"{url.host} could not prove who it is (its certificate)") from error
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, Barred):
            raise _refusal(url) from error
        what = "has no address" if isinstance(error, aiohttp.ClientConnectorDNSError) else "could not be reached"
        raise Unreachable(f"{url.host} {what}") from error
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError) as error:
        raise BadAnswer(f"{url.host} broke off its answer") from error
    except aiohttp.InvalidURL as error:
        raise _refusal(url) from error
    except (aiohttp.ClientResponseError, HttpProcessingError) as error:
        raise BadAnswer(f"{url.host} did not answer as a web server does") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable(f"{url.host} could not be reached") from error


def _next(method: str, url: URL, response: aiohttp.ClientResponse) -> URL:
    if method not in _SAFE_METHODS:
        raise BadAnswer(f"{url.host} sends on what was meant for it")
    try:
        target = _parse(str(url.join(URL(response.headers.get("location", "")))))
    except (ValueError, Refused) as error:
        raise BadAnswer(f"{url.host} sends on to no address of the web") from error
    if url.scheme == "https" and target.scheme != "https":
        raise Refused(f"{url.host} sends on to a connection that is not encrypted")
    return target


def _check_kind(url: URL, response: aiohttp.ClientResponse, types: tuple[str, ...]) -> None:
    if types and response.content_type not in types:
        raise BadAnswer(f"{url.host} answered with another type of content than {' or '.join(types)}")
    # We said that we take none; one that comes nevertheless could unpack to any size.
    if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise BadAnswer(f"{url.host} answered in an encoding that was not asked for")


async def _read(url: URL, response: aiohttp.ClientResponse, most: int) -> bytes:
    if (response.content_length or 0) > most:
        raise BadAnswer(f"{url.host} answered with more than {most} bytes")
    parts: list[bytes] = []
    size = 0
    chunks: Any = response.content.iter_any()
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise BadAnswer(f"{url.host} answered with more than {most} bytes")
        parts.append(chunk)
    return b"".join(parts)
