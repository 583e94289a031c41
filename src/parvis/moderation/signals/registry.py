"""Detectors of others: packages that name a factory in the entry-point group `parvis.detectors`.

A plug-in runs in the server's processes and may do what the server may: installing one is trusting it. What cannot be used is
refused at the start, by name, rather than missed later.
"""

import inspect
import re
from collections.abc import Collection
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NoReturn

from parvis.kernel.errors import ParvisError
from parvis.moderation.types import Detector, Signal, SignalKind
from parvis.settings import Settings

GROUP = "parvis.detectors"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WITH_CHOICES = (SignalKind.TEXT, SignalKind.LIST)


class PluginError(ParvisError):
    """A detector that is a plug-in cannot be used"""


def load_plugins(settings: Settings, taken: Collection[str] = ()) -> list[Detector]:
    """The detectors of all packages that are installed, by name. Each factory is called with the settings.

    `taken` are the names of the detectors that are there already. PluginError names the plug-in, its package and its fault.
    """
    found: dict[str, Detector] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        if entry.name in found or entry.name in taken:
            _refuse(entry, "there is another detector of this name")
        found[entry.name] = _load(entry, settings)
    return list(found.values())


def _load(entry: EntryPoint, settings: Settings) -> Detector:
    if not _NAME.fullmatch(entry.name):
        _refuse(entry, "its name is not of small letters, digits and underscores")
    try:
        factory = entry.load()
    except Exception as error:  # importing others' code can fail in any way
        _refuse(entry, f"{entry.value} cannot be loaded: {_say(error)}", error)
    try:
        detector = factory(settings)
    except Exception as error:
        _refuse(entry, f"{entry.value} failed: {_say(error)}", error)
    fault = _fault(detector, entry.name)
    if fault:
        _refuse(entry, fault)
    return detector


def _fault(detector: Any, name: str) -> str:
    """What is wrong with a detector, or ''."""
    if getattr(detector, "name", None) != name:
        return f"its detector is named {getattr(detector, 'name', None)!r}; it must be named as the entry point"
    if not isinstance(getattr(detector, "waits", None), bool):
        return "its detector's `waits` is neither True nor False"
    if not inspect.iscoroutinefunction(getattr(detector, "detect", None)):
        return "its detector has no `async def detect(self, subject)`"
    signals = getattr(detector, "signals", None)
    if not isinstance(signals, tuple) or not signals:
        return "its detector's `signals` is not a tuple of at least one Signal"
    names: set[str] = set()
    for signal in signals:  # pyright: ignore[reportUnknownVariableType] (whatever a plug-in gives)
        fault = _signal_fault(signal, name)
        if fault:
            return fault
        if signal.name in names:
            return f"it gives the signal {signal.name} twice"
        names.add(signal.name)
    return ""


def _signal_fault(signal: Any, name: str) -> str:
    if not isinstance(signal, Signal) or not isinstance(signal.kind, SignalKind):  # pyright: ignore[reportUnnecessaryIsInstance]
        return "its detector's `signals` holds something that is no Signal"
    family, _, rest = signal.name.partition(".")
    if family != name or not _NAME.fullmatch(rest):
        return f"its signal {signal.name!r} is not named as in {name}.count"
    if not (signal.english.strip() and signal.french.strip()):
        return f"its signal {signal.name} does not say what it is in English and in French"
    if signal.choices and signal.kind not in _WITH_CHOICES:
        return f"its signal {signal.name} has choices, but is no text or list"
    return ""


def _refuse(entry: EntryPoint, fault: str, error: Exception | None = None) -> NoReturn:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"
    raise PluginError(f"The detector plug-in {entry.name!r} of {package} cannot be used: {fault}.") from error


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300].rstrip(".")
