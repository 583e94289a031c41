"""Signal (a): the statistical model. The first stage answers at once; only what it does not clear waits for the network."""

import numpy as np

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.load import ModelError
from parvis.moderation.model.run import Model
from parvis.moderation.signals.batches import Batches
from parvis.moderation.types import Findings, Signal, SignalKind, Subject, Value

_SAYS = {
    "hate": ("an attack on a protected group", "d'une attaque contre un groupe protégé"),
    "dehumanisation": ("people likened to vermin, filth or disease", "de personnes réduites à de la vermine"),
    "incitement": ("a call for violence against people", "d'un appel à la violence contre des personnes"),
    "threat": ("a threat against somebody", "d'une menace contre quelqu'un"),
    "harassment": ("abuse aimed at a person", "d'injures adressées à une personne"),
    "glorification": ("praise of violence or of those who did it", "d'un éloge de la violence ou de ses auteurs"),
    "spam": ("unwanted advertising or a scam", "de publicité indésirable ou d'arnaque"),
}


class Judge:
    """Runs the network in a thread of its own, for all who wait together."""

    def __init__(self, model: Model, *, most: int, queue: int) -> None:
        """`most` windows go into one batch; Unavailable where more than `queue` wait."""
        self.model = model
        self._batches: Batches[list[str], np.ndarray] = Batches(
            lambda windows: list(model.probabilities(windows)), most=most, queue=queue, name="model"
        )

    async def judge(self, windows: list[list[str]]) -> np.ndarray:
        """Probabilities (windows by categories)."""
        return np.stack(await self._batches.run(windows))

    def close(self) -> None:
        """Let the thread go."""
        self._batches.close()


class ModelDetector:
    """`model.<category>`: the calibrated probability of each category, the highest over all texts of a subject."""

    name = "model"
    waits = True
    signals = tuple(
        Signal(
            f"model.{category}",
            SignalKind.SHARE,
            f"the model's probability of {english}",
            f"la probabilité, selon le modèle, {french}",
        )
        for category, (english, french) in _SAYS.items()
    )

    def __init__(self, judge: Judge | None, fault: str = "") -> None:
        """Without a judge every subject fails, with `fault` as the reason."""
        self._judge = judge
        self._fault = fault

    async def detect(self, subject: Subject) -> Findings:
        """See the class. ModelError where there is no model."""
        if self._judge is None:
            raise ModelError(self._fault)
        model = self._judge.model
        left = [window for passage in subject.passages for window in model.unclear(passage.text)]
        if not left:
            return Findings()
        found = (await self._judge.judge(left)).max(axis=0)
        values: dict[str, Value] = {
            f"model.{category}": round(float(share), 4) for category, share in zip(CATEGORIES, found, strict=True)
        }
        return Findings(values)
