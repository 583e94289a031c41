"""Detectors of others: installed packages with entry points. The one in the how-to is run as it stands there."""

import asyncio
import importlib
import re
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from parvis.moderation.policy.check import examine
from parvis.moderation.policy.evaluate import compile_policy
from parvis.moderation.policy.known import Known
from parvis.moderation.screen import Screener
from parvis.moderation.signals.registry import PluginError, load_plugins
from parvis.moderation.types import Detector, Passage, Subject
from parvis.settings import Settings

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "write-a-detector.md"
Install = Callable[..., None]

WHOLE = """
from parvis.moderation.types import Findings, Signal, SignalKind

class Detector:
    name = "mine"
    waits = False
    signals = (Signal("mine.count", SignalKind.COUNT, "things", "des choses"),)

    async def detect(self, subject):
        return Findings({"mine.count": 2})

def build(settings):
    return Detector()
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a package where installers put them: a module, and beside it what its metadata say."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def put(module: str, code: str, package: str, version: str, points: dict[str, str]) -> None:
        (site / f"{module}.py").write_text(code, encoding="utf-8")
        info = site / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        lines = "".join(f"{name} = {value}\n" for name, value in points.items())
        (info / "entry_points.txt").write_text(f"[parvis.detectors]\n{lines}")
        monkeypatch.delitem(sys.modules, module, raising=False)
        importlib.invalidate_caches()

    return put


def subject(*texts: str) -> Subject:
    return Subject(kind="post", id=1, account_id=2, at_ms=3, passages=tuple(Passage("text", text) for text in texts))


def fences(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", HOWTO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def phones(install: Install) -> Detector:
    """The package of the how-to, installed."""
    (code,) = fences("python")
    project = tomllib.loads(fences("toml")[0])
    (module,) = project["tool"]["setuptools"]["py-modules"]
    about = project["project"]
    install(module, code, about["name"], about["version"], about["entry-points"]["parvis.detectors"])
    (found,) = load_plugins(Settings())
    return found


def test_the_how_to_s_package_is_found_and_measures(phones: Detector) -> None:
    screening = asyncio.run(
        Screener([phones], 400).measure(
            subject("call +33 6 12 34 56 78 or (no) 0123456789!", "room 12", "tel 01.23.45.67.89")
        )
    )
    assert screening.values == {"phones.count": 3}
    assert screening.failed == ()
    texts = ["call +33 6 12 34 56 78 or (no) 0123456789!", "room 12", "tel 01.23.45.67.89"]
    assert [texts[one.passage][one.start : one.end] for one in screening.evidence] == [
        "+33 6 12 34 56 78", "0123456789", "01.23.45.67.89",
    ]  # fmt: skip
    assert asyncio.run(phones.detect(subject("12", "1 234 567", "x" * 40))).values == {}


def test_the_how_to_s_package_takes_linear_time(phones: Detector) -> None:
    took: list[float] = []
    for size in (20_000, 200_000):
        began = time.perf_counter()
        for text in ("1" * size, "1 " * size, "+1(" * size, "1-." * size):
            asyncio.run(phones.detect(subject(text)))
        took.append(time.perf_counter() - began)
    assert took[1] < 40 * max(took[0], 0.002)


def test_the_how_to_s_rule_is_a_rule_without_a_fault(phones: Detector) -> None:
    known = Known(phones.signals)
    source = '[policy]\nname = "Mine"\n' + fences("toml")[1]
    policy, problems = examine(source, known, detectors=[phones.name])
    assert problems == []
    assert policy is not None
    judgement = compile_policy(policy, known).judge(
        {"kind": "post", "audience": "public", "language": "en", "phones.count": 1}
    )
    assert [match.rule for match in judgement.matches] == ["phone-numbers"]


def test_several_packages_come_in_the_order_of_their_names(install: Install) -> None:
    other = WHOLE.replace("mine", "also")
    install("mine_module", WHOLE, "mine-package", "1.0", {"mine": "mine_module:build"})
    install("also_module", other, "also-package", "2.0", {"also": "also_module:build"})
    assert [detector.name for detector in load_plugins(Settings())] == ["also", "mine"]


def test_the_factory_gets_the_settings(install: Install) -> None:
    code = WHOLE.replace("return Detector()", "assert settings.site.title == 'Here'; return Detector()")
    install("mine_module", code, "mine-package", "1.0", {"mine": "mine_module:build"})
    with pytest.raises(PluginError, match="AssertionError"):
        load_plugins(Settings())
    from parvis.settings import Site

    assert len(load_plugins(Settings(site=Site(title="Here")))) == 1


def test_without_plug_ins_there_are_none() -> None:
    assert load_plugins(Settings()) == []


@pytest.mark.parametrize(
    ("code", "point", "words"),
    [
        ("import nothing_of_this_name", "mine_module:build", "ModuleNotFoundError"),
        ("def build(:", "mine_module:build", "SyntaxError"),
        (WHOLE, "mine_module:make", "make"),
        (WHOLE, "other_module:build", "other_module"),
        ("build = 3", "mine_module:build", "TypeError"),
        ("def build(settings): raise OSError('no file /x/model')", "mine_module:build", "OSError: no file /x/model"),
        ("def build(): return None", "mine_module:build", "TypeError"),
        ("def build(settings): return None", "mine_module:build", "named None"),
        (WHOLE.replace('name = "mine"', 'name = "theirs"'), "mine_module:build", "named 'theirs'"),
        (WHOLE.replace("waits = False", "waits = None"), "mine_module:build", "waits"),
        (WHOLE.replace("async def", "def"), "mine_module:build", "async def detect"),
        (WHOLE.replace('choses"),)', 'choses"),) and []'), "mine_module:build", "signals"),
        (WHOLE.replace("signals = (", "signals = () and ("), "mine_module:build", "signals"),
        (WHOLE.replace("signals = (", "signals = (3, "), "mine_module:build", "no Signal"),
        (WHOLE.replace('"mine.count", S', '"text.length", S'), "mine_module:build", "'text.length'"),
        (WHOLE.replace('"mine.count", S', '"mine.The Count", S'), "mine_module:build", "'mine.The Count'"),
        (WHOLE.replace('"mine.count", S', '"mine", S'), "mine_module:build", "'mine'"),
        (WHOLE.replace('"des choses"', '" "'), "mine_module:build", "in French"),
        (WHOLE.replace('"des choses"', '"des choses", ("a",)'), "mine_module:build", "choices"),
        (WHOLE.replace("signals = (", "signals = 2 * ("), "mine_module:build", "twice"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(install: Install, code: str, point: str, words: str) -> None:
    install("mine_module", code, "mine-package", "1.4", {"mine": point})
    with pytest.raises(PluginError, match=r"'mine' of mine-package 1\.4 cannot be used") as caught:
        load_plugins(Settings())
    assert words in caught.value.message


def test_a_name_is_had_once(install: Install) -> None:
    install("mine_module", WHOLE, "mine-package", "1.0", {"mine": "mine_module:build"})
    with pytest.raises(PluginError, match="another detector"):
        load_plugins(Settings(), taken=["text", "mine"])
    install("two_module", WHOLE, "two-package", "1.0", {"mine": "two_module:build"})
    with pytest.raises(PluginError, match=r"two-package 1\.0 cannot be used: there is another"):
        load_plugins(Settings())


def test_a_name_must_fit_a_rule(install: Install) -> None:
    install("mine_module", WHOLE, "mine-package", "1.0", {"Mine-1": "mine_module:build"})
    with pytest.raises(PluginError, match="small letters"):
        load_plugins(Settings())


def test_one_that_fails_later_does_not_stop_the_others(install: Install) -> None:
    broken = WHOLE.replace('return Findings({"mine.count": 2})', "raise RuntimeError('lost')").replace("mine", "lost")
    install("mine_module", WHOLE, "mine-package", "1.0", {"mine": "mine_module:build"})
    install("lost_module", broken, "lost-package", "1.0", {"lost": "lost_module:build"})
    screening = asyncio.run(Screener(load_plugins(Settings()), 400).measure(subject("x")))
    assert (screening.values, screening.failed) == ({"mine.count": 2}, ("lost",))
