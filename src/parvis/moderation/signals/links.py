"""The detector of links: how many there are, and which of them are listed, shortened or deceptive."""

from parvis.moderation.signals.domains import Domains
from parvis.moderation.signals.hosts import Finder
from parvis.moderation.types import Evidence, Findings, Signal, SignalKind, Subject

SHORTENER = "shortener"
USUAL = ("malware", "phishing", "scam", "spam", "terrorism", "minors", "illegal")
"""Categories that a rule may speak of although nothing is listed under them yet."""


class Links:
    """Finds links. `most` is how many characters of a passage are looked at."""

    name = "links"
    waits = False

    def __init__(self, domains: Domains, most: int = 50_000) -> None:
        self._domains = domains
        self._finder = Finder()
        self._most = most
        choices = tuple(sorted({*USUAL, *domains.categories} - {SHORTENER}))
        self.signals = (
            Signal("links.count", SignalKind.COUNT, "Different links in the text", "Liens différents dans le texte"),
            Signal(
                "links.listed",
                SignalKind.LIST,
                "Lists that hold a link of the text, or its domain",
                "Listes qui contiennent un lien du texte, ou son domaine",
                choices,
            ),
            Signal(
                "links.shortened", SignalKind.COUNT, "Links that hide where they lead", "Liens qui cachent leur but"
            ),
            Signal(
                "links.mismatched",
                SignalKind.COUNT,
                "Links that show another site than they lead to",
                "Liens qui montrent un autre site que celui où ils mènent",
            ),
        )

    async def detect(self, subject: Subject) -> Findings:
        """What is known of the subject's links."""
        addresses: set[str] = set()
        shortened: set[str] = set()
        deceptive: set[str] = set()
        listed: set[str] = set()
        evidence: list[Evidence] = []
        for number, passage in enumerate(subject.passages):
            for link in self._finder.find(passage.text[: self._most]):
                categories = self._domains.of(link.host, link.address)
                if not (link.sure or categories):
                    continue
                addresses.add(link.address)
                if SHORTENER in categories:
                    shortened.add(link.address)
                    evidence.append(Evidence("links.shortened", number, link.start, link.end, 0.5, link.host))
                if link.deceives:
                    deceptive.add(link.address)
                    evidence.append(Evidence("links.mismatched", number, link.start, link.end, 1.0, link.host))
                bad = [category for category in categories if category != SHORTENER]
                listed.update(bad)
                if bad:
                    evidence.append(Evidence("links.listed", number, link.start, link.end, 1.0, ", ".join(bad)))
        if not addresses:
            return Findings()
        return Findings(
            {
                "links.count": len(addresses),
                "links.listed": tuple(sorted(listed)),
                "links.shortened": len(shortened),
                "links.mismatched": len(deceptive),
            },
            tuple(evidence),
        )
