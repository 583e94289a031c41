"""A pool of connections that leads only where a policy admits it."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from parvis.outbound.addresses import Policy

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Finds a name's addresses, as text. OSError where it has none."""


class Barred(OSError):
    """A connection that the policy does not admit."""


class Names:
    """The system's resolver, in threads of its own: slow name servers hold up nothing else."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def resolve(self, host: str, port: int) -> list[str]:
        """See `Resolve`."""
        loop = asyncio.get_running_loop()
        kind = socket.SOCK_STREAM
        found = await loop.run_in_executor(self._threads, lambda: socket.getaddrinfo(host, port, type=kind))
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def close(self) -> None:
        """Let go of the threads; what still resolves is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Guard(AbstractResolver):
    """Resolves a name once for each connection and hands on only what was checked."""

    def __init__(self, policy: Policy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._vouched: set[tuple[str, int]] = set()  # of names that may have any address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._resolve(host, port)
        if self._policy.admits_name(host, port):
            self._vouched.update((address, port) for address in found)
        # One address that is not admitted spoils all: who mixes them wants us to try until we arrive there.
        elif not all(self._policy.admits(ip_address(address), port) for address in found):
            raise Barred
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in found
        ]

    def socket(self, info: Any) -> socket.socket:
        """The socket of one attempt. Whatever way an address came here, this is the last look at it."""
        family, kind, proto, _, (host, port, *_) = info
        if (host, port) not in self._vouched and not self._policy.admits(ip_address(host), port):
            raise Barred
        return socket.socket(family, kind, proto)

    async def close(self) -> None:
        self._vouched.clear()


class Door:
    """Connections by one policy. Without cookies, proxies of the environment, redirects, or unpacking."""

    def __init__(self, policy: Policy, resolve: Resolve, agent: str, most: int, most_each: int) -> None:
        """`most` connections at once, `most_each` to one host and port; more wait within their deadline."""
        self.policy = policy
        self._guard = _Guard(policy, resolve)
        self._agent = agent
        self._most = most
        self._most_each = most_each
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Made at the first call: it belongs to the loop that runs then."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self._guard,
                socket_factory=self._guard.socket,
                use_dns_cache=False,
                limit=self._most,
                limit_per_host=self._most_each,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                headers={"User-Agent": self._agent, "Accept-Encoding": "identity"},
                trust_env=False,
                auto_decompress=False,
            )
        return self._session

    async def close(self) -> None:
        """End every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
