"""A client of the application inside the test's own process: no socket, the ASGI interface itself."""

import asyncio
import json as json_module
import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

_LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json_module.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def link(self) -> dict[str, str]:
        """`Link` by rel, without scheme and host: to be called as it is."""
        found = {}
        for url, rel in _LINK.findall(self.headers.get("link", "")):
            parts = urlsplit(url)
            found[rel] = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return found


class Client:
    """Calls the application, as a visitor or with a token. `loop` is where the application runs."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop, token: str | None = None) -> None:
        self.app = app
        self.loop = loop
        self.token = token

    def get(self, path: str, **options: Any) -> Answer:
        """GET; see `call` for the options."""
        return self.loop.run_until_complete(self.call("GET", path, **options))

    def post(self, path: str, **options: Any) -> Answer:
        """POST."""
        return self.loop.run_until_complete(self.call("POST", path, **options))

    def put(self, path: str, **options: Any) -> Answer:
        """PUT."""
        return self.loop.run_until_complete(self.call("PUT", path, **options))

    def patch(self, path: str, **options: Any) -> Answer:
        """PATCH."""
        return self.loop.run_until_complete(self.call("PATCH", path, **options))

    def delete(self, path: str, **options: Any) -> Answer:
        """DELETE."""
        return self.loop.run_until_complete(self.call("DELETE", path, **options))

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Any = None,
        json: Any = None,
        form: Any = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        address: str = "192.0.2.1",
    ) -> Answer:
        """One request. `query` and `form` are mappings or lists of pairs; `files` are name → (file name, bytes, type)
        and make the form a multipart one."""
        sent = {"host": "parvis.test", **({"authorization": f"Bearer {self.token}"} if self.token else {})}
        body = b""
        if files is not None:
            boundary = secrets.token_hex(8)
            body = _multipart(form or {}, files, boundary)
            sent["content-type"] = f"multipart/form-data; boundary={boundary}"
        elif json is not None:
            body = json_module.dumps(json).encode()
            sent["content-type"] = "application/json"
        elif form is not None:
            body = urlencode(form, doseq=True).encode()
            sent["content-type"] = "application/x-www-form-urlencoded"
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        path, _, given = path.partition("?")
        full_query = "&".join(part for part in (given, urlencode(query or {}, doseq=True)) if part)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": full_query.encode(),
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
            "client": (address, 50000),
            "server": ("parvis.test", 80),
        }
        return await self._exchange(scope, body)

    async def _exchange(self, scope: dict[str, Any], body: bytes) -> Answer:
        parts: list[bytes] = []
        start: dict[str, Any] = {}
        pending = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return pending.pop() if pending else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        headers: dict[str, str] = {}
        for name, value in start["headers"]:
            key = name.decode().lower()
            headers[key] = f"{headers[key]}, {value.decode('latin-1')}" if key in headers else value.decode("latin-1")
        return Answer(start["status"], headers, b"".join(parts))


def _multipart(form: Any, files: Mapping[str, tuple[str, bytes, str]], boundary: str) -> bytes:
    lines: list[bytes] = []
    for name, value in form.items() if isinstance(form, Mapping) else form:
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, (filename, data, kind) in files.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
        lines.append(
            head.encode("utf-8", "surrogateescape") + f"Content-Type: {kind}\r\n\r\n".encode() + data + b"\r\n"
        )
    return b"".join(lines) + f"--{boundary}--\r\n".encode()
