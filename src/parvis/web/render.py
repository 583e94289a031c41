"""Pages from templates: one Jinja environment per language, with the filters and functions templates may use.

Every template sees, beside its own context (named at its top): `_`, `ngettext`, `locale`, `site`, `asset(path)`, `me`,
`csrf`, `here` (path and query of this page), `theme` (auto, light, dark), `unread` (notifications), `staff` (whether `me`
moderates), `notice` (a sentence to show once, or None).
"""

import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

import msgspec
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from parvis.web.assets import Assets

LOCALES = ("en", "fr")
WEB = Path(__file__).parent
_BREAK = re.compile(r"</(?:p|li|blockquote|h\d|pre)>|<br[^>]*>")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What pages say about the network."""

    title: str
    description: str
    domain: str
    sign_up: Literal["open", "approval", "invitation", "closed"] = "open"
    languages: tuple[str, ...] = ("en", "fr")
    """Codes offered for posts."""
    max_characters: int = 1000
    max_media: int = 4
    max_description: int = 1500
    media_types: str = "image/jpeg,image/png,image/webp,image/gif,image/avif,image/heic"


class Templates:
    """Renders a page in a language."""

    def __init__(self, environments: Mapping[str, Environment], words: Mapping[str, Translations]) -> None:
        self._environments = environments
        self._words = words

    def translate(self, locale: str, text: str) -> str:
        """A text of `words.py` in a language."""
        return self._words[locale].ugettext(text)

    def render(
        self,
        name: str,
        *,
        locale: str,
        me: Any = None,
        csrf: str = "",
        here: str = "/",
        theme: str = "auto",
        unread: int = 0,
        staff: bool = False,
        notice: str | None = None,
        **context: Any,
    ) -> str:
        """The page as HTML. `name` is a path under `templates/`."""
        template = self._environments[locale].get_template(name)
        return template.render(
            me=me, csrf=csrf, here=here, theme=theme, unread=unread, staff=staff, notice=notice, **context
        )


def choose_locale(accept_language: str, own: str | None = None) -> str:
    """The member's own language if it is one of ours, else the best of the header, else English."""
    if own and own.split("-")[0] in LOCALES:
        return own.split("-")[0]
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        code, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), place, code.split("-")[0].lower()))
        except ValueError:
            continue
    return next((code for weight, _, code in sorted(wanted) if weight < 0 and code in LOCALES), "en")


def build_templates(
    assets: Assets,
    site: Site,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    templates_dir: Path = WEB / "templates",
    locale_dir: Path = WEB / "locale",
) -> Templates:
    """Build the environments; nothing is read from disk at a request once a template was compiled."""
    words = {code: _translations(locale_dir / code / "LC_MESSAGES" / "parvis.po", code) for code in LOCALES}
    environments = {code: _environment(code, words[code], assets, site, now, templates_dir) for code in LOCALES}
    return Templates(environments, words)


def _environment(
    code: str, translations: Translations, assets: Assets, site: Site, now: Callable[[], datetime], templates_dir: Path
) -> Environment:
    env = Environment(
        loader=FileSystemLoader(templates_dir),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    locale = Locale.parse(code)
    when = _When(locale, translations.ugettext, now)
    # Jinja types these by the entries that it brings itself.
    shared: dict[str, Any] = env.globals  # type: ignore[assignment]
    filters: dict[str, Any] = env.filters  # type: ignore[assignment]
    shared.update(locale=code, locales=LOCALES, site=site, asset=assets.url)
    filters.update(
        when=when,
        date=when.day,
        moment=when.full,
        number=partial(_number, locale),
        exact=partial(format_decimal, locale=locale),
        language=partial(_language, locale),
        emojify=emojify,
        focus=focus,
        plain=plain,
    )
    return env


def _translations(file: Path, code: str) -> Translations:
    with file.open("rb") as source:
        catalog = read_po(source, locale=code, domain="parvis")
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, domain="parvis")


class _When:
    """Moments as people say them, in a `<time>` that holds the exact one."""

    def __init__(
        self,
        locale: Locale,
        gettext: Callable[[str], str],
        now: Callable[[], datetime],
    ) -> None:
        self._locale = locale
        self._gettext = gettext
        self._now = now
        self._long = lru_cache(4096)(self._format)

    def __call__(self, moment: str | datetime) -> Markup:
        at = _moment(moment)
        exact = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, self._long(at), self._short(at))

    def full(self, moment: str | datetime) -> Markup:
        """Date and time in full."""
        at = _moment(moment)
        exact = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        return Markup('<time datetime="{}" data-clock>{}</time>').format(exact, self._long(at))

    def day(self, moment: str | datetime) -> Markup:
        """The date alone."""
        at = _moment(moment)
        return Markup('<time datetime="{}">{}</time>').format(
            at.date().isoformat(), format_date(at, "long", locale=self._locale)
        )

    def _format(self, at: datetime) -> str:
        day = format_date(at, "long", locale=self._locale)
        return f"{day}, {format_time(at, 'short', locale=self._locale)} UTC"

    def _short(self, at: datetime) -> str:
        now = self._now()
        seconds = int((now - at).total_seconds())
        if seconds < 60:
            return self._gettext("now")
        if seconds < 3600:
            return self._gettext("%(n)d min") % {"n": seconds // 60}
        if seconds < 86_400:
            return self._gettext("%(n)d h") % {"n": seconds // 3600}
        if seconds < 7 * 86_400:
            return self._gettext("%(n)d d") % {"n": seconds // 86_400}
        return format_date(at, "d MMM" if at.year == now.year else "d MMM y", locale=self._locale)


def _moment(moment: str | datetime) -> datetime:
    at = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _number(locale: Locale, number: int) -> str:
    if abs(number) < 10_000:
        return format_decimal(number, locale=locale)
    return format_compact_decimal(number, locale=locale, fraction_digits=1)


def _language(locale: Locale, code: str) -> str:
    try:
        return str(Locale.parse(code, sep="-").get_display_name(locale) or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def emojify(text: str, emojis: list[Any]) -> Markup:
    """Custom emoji in a text: `:name:` becomes its picture. Text that is not yet safe is escaped first."""
    safe = escape(text)
    for emoji in emojis:
        code = emoji["shortcode"] if isinstance(emoji, dict) else emoji.shortcode
        address = emoji["url"] if isinstance(emoji, dict) else emoji.url
        picture = Markup('<img class="emoji" src="{}" alt=":{}:" title=":{}:" loading="lazy">')
        safe = Markup(str(safe).replace(f":{code}:", picture.format(address, code, code)))  # noqa: S704 (both are safe)
    return safe


def plain(html: str) -> str:
    """The words of a piece of HTML, on one line."""
    return Markup(_BREAK.sub(" ", html)).striptags()  # noqa: S704 (no HTML comes out: it is escaped again)


def focus(meta: Any) -> str:
    """Classes that keep a picture's focal point in view when it is cropped: steps of a tenth, without inline style."""
    if not meta:
        return ""
    point = meta.get("focus") if isinstance(meta, dict) else getattr(meta, "focus", None)
    if not point:
        return ""
    x, y = (point["x"], point["y"]) if isinstance(point, dict) else (point.x, point.y)
    return f"fx-{round((x + 1) * 5)} fy-{round((1 - y) * 5)}"
