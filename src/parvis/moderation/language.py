"""Which language a text is in, where that is asked: by a condition of the house rules, or for a case that somebody will open.

What tells the languages apart takes 0.7 s of processor time to load and 75 MiB, and a short text some 30 µs. So it is
loaded in a thread when it is first asked for, and goes again where nobody asked for long.
"""

import asyncio
import functools
import re
import time
from collections.abc import Callable

import structlog

from parvis.moderation.types import Subject
from parvis.settings import Moderation

log = structlog.get_logger()

UNKNOWN = "und"
"""The code of ISO 639 for a language that cannot be told."""

_RETRY_S = 60.0
_NOISE = re.compile(r"https?://\S*|[@#]\w[\w.@-]*|:\w+:")
# Varieties that a rule for the language means too; what holds no language at all.
_FOLDED = {"yue": "zh", "wuu": "zh", "ary": "ar", "arz": "ar", "sdh": "ku", "uzs": "uz", "zxx": UNKNOWN}

Find = Callable[[str], tuple[str, float]]
"""The likeliest language of a text, and its probability."""


@functools.lru_cache(1)
def load_finder() -> Find:
    """What finds languages, read from its package: 140 of them, by sequences of bytes. OSError, ValueError or LZMAError where
    its file is damaged or gone."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # here: it takes memory that few processes need

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).classify


class Languages:
    """Finds the language of subjects."""

    def __init__(self, settings: Moderation, load: Callable[[], Find] = load_finder) -> None:
        """`load` is called in a thread."""
        self._settings = settings
        self._load = load
        self._find: Find | None = None
        self._loading: asyncio.Task[Find] | None = None
        self._retry_at = 0.0
        self._used_at = 0.0
        self._kept = False

    async def of(self, subject: Subject, *, keep: bool = False) -> str | None:
        """The language of a subject's texts together, as in `fr`; `und` where it is less probable than `language_percent` or
        there is no text; None where it could not be had within `language_ms`. With `keep` what finds it stays in memory."""
        s = self._settings
        self._kept = self._kept or keep
        find = await self._ready()
        if find is None:
            return None
        words = " ".join(_NOISE.sub(" ", passage.text[: s.language_characters]) for passage in subject.passages)
        words = words[: s.language_characters].strip()
        if not words:
            return UNKNOWN
        name, share = find(words)
        return _FOLDED.get(name, name) if share >= s.language_percent / 100 else UNKNOWN

    async def close(self) -> None:
        """The process ends: nobody waits for it any more."""
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait((self._loading,))

    async def _ready(self) -> Find | None:
        self._used_at = time.monotonic()
        if self._find is not None:
            return self._find
        if self._loading is None:
            if self._used_at < self._retry_at:
                return None
            self._loading = asyncio.create_task(asyncio.to_thread(self._load))
            self._loading.add_done_callback(self._loaded)
        # Who waits for it may be cancelled; the others still get it.
        await asyncio.wait((self._loading,), timeout=self._settings.language_ms / 1000)
        return self._find

    def _loaded(self, task: asyncio.Task[Find]) -> None:
        self._loading = None
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("language_finder_unusable", error=repr(error)[:300])
            self._retry_at = time.monotonic() + _RETRY_S
            return
        self._find = task.result()
        self._look_again(self._settings.language_s)

    def _look_again(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._let_go)

    def _let_go(self) -> None:
        """Forget it where nobody asked for long."""
        left = self._used_at + self._settings.language_s - time.monotonic()
        if self._kept:
            return
        if left > 0:
            self._look_again(left)
            return
        self._find = None
        load_finder.cache_clear()
