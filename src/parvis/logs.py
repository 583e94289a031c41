"""Structured logs to standard error: JSON, or text on a terminal. Secrets never get in."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from parvis.settings import Logs

_SECRET = re.compile(
    r"(?i)(authorization|access_token|client_secret|password|code_verifier|refresh_token|cookie|token)"
)
_IN_TEXT = re.compile(
    r"(?i)((?:access_token|client_secret|password|token|code|code_verifier)=)[^&\s\"']+|(bearer\s+)[A-Za-z0-9._~+/=-]+"
)


def scrub(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Values under names of secrets are left out, and so is what looks like one inside a text."""
    for name, value in list(event.items()):
        if _SECRET.search(name):
            event[name] = "…"
        elif isinstance(value, str):
            event[name] = _IN_TEXT.sub(lambda match: (match[1] or match[2]) + "…", value)
    return event


def set_up(settings: Logs) -> None:
    """For this process. Tracebacks show no local variables: they hold texts, addresses and keys of members."""
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    as_text = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [scrub, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if as_text
        else [structlog.processors.format_exc_info, scrub, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries' own logs (uvicorn, procrastinate, psycopg) go the same way.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_foreign(last)))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


def _foreign(last: list[Any]) -> list[Any]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
