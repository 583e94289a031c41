"""Which words weighed: each word of the window that scored highest is left out in turn, and what the category's logit loses
is what the word weighed (occlusion, Zeiler and Fergus 2014; Li et al. 2016 for text)."""

import msgspec
import numpy as np

from parvis.moderation.model import CATEGORIES
from parvis.moderation.model.run import Model

_BATCH = 16


class Weighed(msgspec.Struct, frozen=True):
    """A word of the text as written (start and end in characters) and what it weighed, the heaviest being 1."""

    start: int
    end: int
    weight: float


def explain(model: Model, text: str, category: str, most: int = 8) -> list[Weighed]:
    """The `most` words of a text that spoke for a category, heaviest first; none for a text without words."""
    windows = model.windows(text)
    if not windows:
        return []
    column = CATEGORIES.index(category)
    scores = np.concatenate(
        [
            model.logits([w.folded for w in windows[at : at + _BATCH]])[:, column]
            for at in range(0, len(windows), _BATCH)
        ]
    )
    best = int(scores.argmax())
    words = windows[best].words
    without = [[word.text for word in words[:at] + words[at + 1 :]] for at in range(len(words))]
    left = np.concatenate([model.logits(without[at : at + _BATCH])[:, column] for at in range(0, len(without), _BATCH)])
    loss = scores[best] - left
    heaviest = float(loss.max())
    if heaviest <= 0:
        return []
    order = [int(at) for at in np.argsort(-loss)[:most] if loss[at] > 0.1 * heaviest]
    return [Weighed(words[at].start, words[at].end, float(loss[at]) / heaviest) for at in order]
