"""Secrets are in no log; figures are for whom they are meant; every peer has an address of its own."""

import contextlib
import http.client
import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.cast import Town
from tests.site import ServedSite

from parvis import logs
from parvis.settings import Logs

SECRETS = ("s3cret-token", "s3cret-code", "s3cret-word", "s3cret-client")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged while a test runs."""
    out = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", out)
    logs.set_up(Logs(level="debug", format="json", requests=True))
    yield out
    root.handlers, _ = handlers, root.setLevel(level)
    structlog.reset_defaults()


def _log_everything() -> None:
    log = structlog.get_logger()
    for name in ("authorization", "Authorization", "access_token", "password", "client_secret", "cookie"):
        log.warning("request", **{name: "s3cret-token"})
    for text in (
        "GET /api/v1/streaming?access_token=s3cret-token&stream=user",
        "POST /oauth/token?code=s3cret-code&client_secret=s3cret-client",
        "Authorization: Bearer s3cret-token",
        "password=s3cret-word",
    ):
        log.error("failed", detail=text)
        logging.getLogger("uvicorn.error").warning(text)
        try:
            raise ValueError(text)
        except ValueError:
            log.exception("failed")
            logging.getLogger("uvicorn.error").exception("failed")


def test_no_log_holds_a_secret(written: io.StringIO) -> None:
    _log_everything()
    found = written.getvalue()
    assert found.count("\n") > 10
    for secret in SECRETS:
        assert secret not in found, [line for line in found.splitlines() if secret in line][:1]


def test_a_handler_that_fails_leaves_no_secret(
    town: Town, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(town.parvis.home, "read", fails)
    assert town.amina.get("/api/v1/timelines/home", query={"access_token": "s3cret-token"}).status == 500
    assert "RuntimeError" in written.getvalue()
    assert (town.amina.token or "") not in written.getvalue()
    assert "s3cret-token" not in written.getvalue()


def test_figures_are_not_for_strangers_whatever_they_claim(town: Town) -> None:
    town.visitor.get("/api/v1/instance")
    here = town.loop.run_until_complete(town.visitor.call("GET", "/metrics", address="127.0.0.1"))
    assert here.status == 200
    assert "parvis_requests" in here.text
    for headers in ({}, {"x-forwarded-for": "127.0.0.1"}, {"x-real-ip": "127.0.0.1"}, {"forwarded": "for=127.0.0.1"}):
        assert town.visitor.get("/metrics", headers=headers).status in (401, 403, 404)
    proxied = town.visitor.call("GET", "/metrics", address="127.0.0.1", headers={"x-forwarded-for": "192.0.2.7"})
    assert town.loop.run_until_complete(proxied).status in (401, 403, 404), "a proxy on this machine opens no door"


def test_each_peer_of_a_served_site_has_its_own_budget(tmp_path: Path) -> None:
    site = ServedSite(tmp_path / "data", PARVIS_LIMITS_ENABLED="yes")

    def left(source: str) -> int:
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", site.port, timeout=10, source_address=(source, 0))
        ) as peer:
            peer.request("GET", "/api/v1/instance")
            return int(peer.getresponse().headers["x-ratelimit-remaining"])

    try:
        site.start()
        first = [left("127.0.0.1") for _ in range(5)]
        assert first == sorted(first, reverse=True)
        assert len(set(first)) == 5
        assert left("127.0.0.9") > first[0]
    finally:
        site.stop()


@pytest.mark.parametrize(
    "values",
    [
        {"code": "s3cret-code"},
        {"secret": "s3cret-word"},
        {"form": {"username": "amina", "password": "s3cret-word"}},
        {"calls": [{"headers": {"Authorization": "s3cret-token"}}]},
        {"body": '{"password": "s3cret-word", "code":"s3cret-code"}'},
        {"body": "{'client_secret': 's3cret-client'}"},
        {"header": "Basic s3cret-client"},
        {"address": "postgresql://parvis:s3cret-word@db.test/parvis"},
    ],
)
def test_a_secret_is_found_however_deep(written: io.StringIO, values: dict[str, Any]) -> None:
    structlog.get_logger().warning("happened", status_code=418, **values)
    assert "s3cret" not in written.getvalue()
    assert "418" in written.getvalue(), "what is no secret stays readable"
