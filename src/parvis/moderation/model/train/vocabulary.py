"""A vocabulary for English and French from one made for English.

Every Latin piece of the base vocabulary stays with its embedding. The commonest French words are added; each begins as the
mean of the pieces of its English gloss (from a dictionary, see `translate.py`), so that French enters the model where its
meaning already is, and falls back to the mean of its own pieces where it has no gloss. The idea is WECHSEL's (Minixhofer et
al. 2022) with a dictionary in place of aligned vectors.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from parvis.moderation.model.tokens import WordPiece, words

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_MARKS = "–—‘’“”•…€™«»"


def latin(base: Sequence[str]) -> list[str]:
    """The pieces of a base vocabulary that can occur in Latin text, the four special ones first."""
    kept = [piece for piece in base if not piece.startswith("[") or piece == "["]
    return [*_SPECIAL, *(piece for piece in kept if all(ord(c) < 0x250 or c in _MARKS for c in piece))]


def extend(
    base: Sequence[str], embeddings: np.ndarray, french: Sequence[str], glosses: Mapping[str, str], most: int
) -> tuple[list[str], np.ndarray]:
    """The new vocabulary and its embeddings (pieces by dimensions, float32).

    `french` are words, commonest first; `glosses` gives English for some of them.
    """
    reader = WordPiece(base)
    number = {piece: at for at, piece in enumerate(base)}
    vocabulary = latin(base)
    have = set(vocabulary)
    rows = [embeddings[number[piece]] for piece in vocabulary]
    for word in french:
        if len(vocabulary) >= most:
            break
        for part in words(word, 4):
            folded = part.text
            if folded in have or not folded.isalpha() or len(folded) < 2:
                continue
            pieces = [piece for each in words(glosses.get(word, ""), 6) for piece in reader.pieces(each.text)]
            pieces = [piece for piece in pieces if piece != reader.unknown] or list(reader.pieces(folded))
            have.add(folded)
            vocabulary.append(folded)
            rows.append(embeddings[pieces].mean(axis=0))
    return vocabulary, np.stack(rows).astype(np.float32)
