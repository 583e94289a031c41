"""Structured logs to standard error: JSON, or text on a terminal. Secrets never get in."""

import logging
import re
import sys
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog

from parvis.settings import Logs

_SECRET = re.compile(r"(?i)authorization|cookie|token|password|secret|code_verifier|^code$")
# As parameters, in JSON and in Python's own writing of it; in headers; in the address of a database.
_IN_TEXT = re.compile(
    r"""(?ix)
    ( (?: token | secret | password ) ["']? \s* [=:] \s* ["']?
    | \b code (?: _verifier )? (?: = | ["'] \s* : \s* ["']? )
    | \b (?: bearer | basic ) \s+
    | :// [^:@/\s]* : (?= [^@/\s]+ @ ) )
    [^&\s"',}@]+
    """
)


def scrub(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Values under names of secrets are left out, however deep, and so is what looks like one inside a text."""
    for name, value in list(event.items()):
        event[name] = _clean(name, value)
    return event


def _clean(name: str, value: Any) -> Any:
    if _SECRET.search(name):
        return "…"
    if isinstance(value, str):
        return _IN_TEXT.sub(r"\1…", value)
    if isinstance(value, Mapping):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", inner) for inner in value]
    return value


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


@contextmanager
def for_command() -> Generator[None]:
    """For as long as one command runs: warnings and worse, to standard error. What a command prints is read by programs."""
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, scrub, structlog.dev.ConsoleRenderer(colors=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def _foreign(last: list[Any]) -> list[Any]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
