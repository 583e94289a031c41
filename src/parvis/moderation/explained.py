"""Which words weighed, for whoever reads a verdict: the author, a moderator, `parvis moderation explain`."""

import asyncio

import structlog

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.explain import explain
from parvis.moderation.policy.evaluate import Judgement
from parvis.moderation.screen import Screening
from parvis.moderation.signals.model import Judge
from parvis.moderation.types import Evidence, Subject

log = structlog.get_logger()

_LEAST = 0.5  # a category under this did not weigh


class Explainer:
    """Finds the words behind the model's figures. It costs some tens of milliseconds, in a thread."""

    def __init__(self, judge: Judge | None) -> None:
        """Without a judge there is nothing to explain."""
        self._judge = judge

    async def evidence(self, subject: Subject, screening: Screening, judgement: Judgement) -> tuple[Evidence, ...]:
        """The words of the passage that scored highest, for the category of the model that scored highest."""
        if self._judge is None:
            return ()
        found = {category: screening.values.get(f"model.{category}") for category in CATEGORIES}
        shares = {category: share if isinstance(share, float) else 0.0 for category, share in found.items()}
        category = max(shares, key=lambda name: shares[name])
        if shares[category] < _LEAST or not subject.passages:
            return ()
        model = self._judge.model
        column = CATEGORIES.index(category)

        def find() -> tuple[Evidence, ...]:
            scored = [
                (float(model.logits([window.folded for window in windows])[:, column].max()), at)
                for at, passage in enumerate(subject.passages)
                if (windows := model.windows(passage.text)[:16])
            ]
            if not scored:
                return ()
            best = max(scored)[1]
            return tuple(
                Evidence(f"model.{category}", best, word.start, word.end, round(word.weight, 3))
                for word in explain(model, subject.passages[best].text, category)
            )

        try:
            return await asyncio.to_thread(find)
        except Exception as error:  # whatever the network raises: the verdict stands without its words
            log.warning("not_explained", error=repr(error)[:300])
            return ()
