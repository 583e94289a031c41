"""An adapter: any text classifier behind an OpenAI-compatible endpoint. Its scores are signals like any others.

What is sent are the texts of a subject and which field each is: nothing of who wrote them.
"""

import asyncio
import time

from parvis.moderation.signals.dialects import KNOWN, Chat, Dialect, EndpointError, Moderations
from parvis.moderation.types import Findings, Passage, Signal, SignalKind, Subject, Value
from parvis.outbound.client import Outbound
from parvis.outbound.errors import OutboundError
from parvis.settings import Settings, SettingsError

_LARGEST_ANSWER = 256 * 1024
_FAILURES = 5  # in a row, before it is left alone
_LONGEST_REST_S = 300
_SAYS = {
    "hate": ("an attack on a protected group", "d'une attaque contre un groupe protégé"),
    "dehumanisation": ("people likened to vermin, filth or disease", "de personnes réduites à de la vermine"),
    "incitement": ("a call for violence", "d'un appel à la violence"),
    "threat": ("a threat", "d'une menace"),
    "harassment": ("abuse aimed at a person", "d'injures adressées à une personne"),
    "glorification": ("praise of violence", "d'un éloge de la violence"),
    "spam": ("unwanted advertising or a scam", "de publicité indésirable ou d'arnaque"),
    "minors": ("sexual content with minors", "de contenu sexuel avec des mineurs"),
    "sexual": ("explicit sexual content", "de contenu sexuel explicite"),
    "self_harm": ("encouragement to harm oneself", "d'incitation à se faire du mal"),
    "violence": ("graphic violence", "de violence explicite"),
    "illicit": ("help with serious crime", "d'aide à un crime grave"),
}


class EndpointDetector:
    """`endpoint.<category>`: the score of each category, the highest over all texts of a subject."""

    name = "endpoint"
    waits = True
    signals = tuple(
        Signal(
            f"endpoint.{category}",
            SignalKind.SHARE,
            f"the score of the endpoint for {_SAYS[category][0]}",
            f"le score, selon le service externe, {_SAYS[category][1]}",
        )
        for category in KNOWN
    )

    def __init__(
        self,
        client: Outbound,
        dialect: Dialect,
        base: str,
        *,
        key: str,
        limit_s: float,
        characters: int,
        rest_s: float,
    ) -> None:
        """`base` is its address without the call's path; one call takes `limit_s` at most and sends `characters` at most;
        after failures in a row it is left alone for `rest_s`."""
        self._client = client
        self._dialect = dialect
        self._url = base.rstrip("/") + dialect.path
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._limit_s = limit_s
        self._characters = characters
        self._rest_s = rest_s
        self._failures = 0
        self._until = 0.0

    async def detect(self, subject: Subject) -> Findings:
        """See the class. EndpointError or OutboundError where there is no usable answer."""
        passages = _bounded(subject.passages, self._characters)
        if not passages:
            return Findings()
        if time.monotonic() < self._until:
            raise EndpointError("The endpoint failed and is left alone for a while")
        try:
            body = await self._ask(passages)
            found = self._dialect.read(body, len(passages))
        except (EndpointError, OutboundError, asyncio.CancelledError):  # cancelled: whoever asked gave up waiting
            self._failures += 1
            if self._failures >= _FAILURES:
                self._rest(self._rest_s)
            raise
        self._failures = 0
        values: dict[str, Value] = {f"endpoint.{category}": round(share, 4) for category, share in found.items()}
        return Findings(values)

    async def _ask(self, passages: list[Passage]) -> bytes:
        reply = await self._client.request(
            "POST",
            self._url,
            headers=self._headers,
            body=self._dialect.ask(passages),
            types=("application/json",),
            most_bytes=_LARGEST_ANSWER,
            timeout_s=self._limit_s,
            own=True,
        )
        if reply.status == 200:
            return reply.body
        if reply.status == 429:
            wait = reply.headers.get("retry-after", "")
            self._rest(float(wait) if wait.isascii() and wait.isdigit() else self._rest_s)
            raise EndpointError("The endpoint is asked too often (429)")
        if reply.status in (401, 403):
            raise EndpointError(
                f"The endpoint does not accept the key ({reply.status}); see PARVIS_SECRETS_ENDPOINT_KEY"
            )
        raise EndpointError(f"The endpoint answered with the status {reply.status}")

    def _rest(self, seconds: float) -> None:
        self._until = time.monotonic() + min(seconds, _LONGEST_REST_S)
        self._failures = 0


def build_endpoint(settings: Settings, client: Outbound) -> EndpointDetector | None:
    """The detector that the settings ask for, or None. SettingsError says which of them is wrong."""
    ours = settings.moderation
    if not ours.endpoint_url:
        return None
    if ours.endpoint_ms > ours.detector_ms:
        raise SettingsError(
            f"Setting moderation.endpoint_ms ({ours.endpoint_ms}) is more than moderation.detector_ms"
            f" ({ours.detector_ms}), which ends every detector: raise that one too."
        )
    key = settings.secrets.endpoint_key
    try:
        own = client.is_own(ours.endpoint_url)
    except OutboundError as error:
        raise SettingsError(f"Setting moderation.endpoint_url: {ours.endpoint_url!r} is no address.") from error
    if not own and not ours.endpoint_url.lower().startswith("https://"):
        raise SettingsError(
            f"Setting moderation.endpoint_url: {ours.endpoint_url!r} is neither https nor a place that [outbound] allowed"
            " names: what members write would travel unencrypted."
        )
    if any(not " " < character < "\x7f" for character in key):
        raise SettingsError("The secret PARVIS_SECRETS_ENDPOINT_KEY holds a character that no key has.")
    chat = ours.endpoint_dialect == "chat"
    dialect = Chat(ours.endpoint_model) if chat else Moderations(ours.endpoint_model, ours.endpoint_categories)
    return EndpointDetector(
        client,
        dialect,
        ours.endpoint_url,
        key=key,
        limit_s=ours.endpoint_ms / 1000,
        characters=ours.endpoint_characters,
        rest_s=ours.endpoint_rest_s,
    )


def _bounded(passages: tuple[Passage, ...], characters: int) -> list[Passage]:
    """The texts that are not blank, as far as the bound allows."""
    found: list[Passage] = []
    for passage in passages:
        text = passage.text[:characters].encode("utf-8", "replace").decode()
        if text.strip():
            found.append(Passage(passage.field, text))
            characters -= len(text)
        if characters <= 0:
            break
    return found
