"""The true p(emotion | picture): tilted by motif and palette, with a lean of each picture.

    p(e | picture) = (1 - LEAN) * tilt(e | motif, palette) + LEAN * [e is the picture's lean]

`tilt` is the product of three table entries, normalised over the nine emotions. The lean,
one emotion drawn for each picture from `BASE`, stands for all influences of a real picture
that a short description misses. Averaged over pictures of one motif and palette, the
second term is LEAN * BASE.
"""

from functools import cache

import numpy as np
from numpy.random import Generator

from stages.common.emotions import ARTEMIS
from stages.demo.descriptions import prior

LEAN = 0.12

# p(emotion) before the tilts.
BASE = {
    "amusement": 0.09,
    "awe": 0.18,
    "contentment": 0.27,
    "excitement": 0.11,
    "anger": 0.02,
    "disgust": 0.06,
    "fear": 0.09,
    "sadness": 0.1,
    "something else": 0.08,
}

# Factors of BASE; 1 for emotions that are not named.
MOTIF_TILT = {
    "boat": {"contentment": 2.2, "awe": 1.2, "disgust": 0.3},
    "lighthouse": {"awe": 2.6, "contentment": 1.3, "disgust": 0.3},
    "castle": {"awe": 3.0, "excitement": 1.6, "fear": 1.3, "disgust": 0.3},
    "waterfall": {"awe": 3.5, "excitement": 2.2, "sadness": 0.4},
    "horse": {"excitement": 4.5, "awe": 1.4},
    "windmill": {"contentment": 3.0, "amusement": 1.5},
    "deer": {"contentment": 2.0, "awe": 2.4},
    "path": {"contentment": 1.2, "awe": 1.4, "fear": 2.6, "something else": 2.0},
    "church": {"contentment": 2.0, "awe": 2.2},
    "fire": {"fear": 6.0, "anger": 22.0, "sadness": 2.5, "excitement": 1.2, "contentment": 0.06, "awe": 0.5},
    "graves": {"sadness": 7.0, "fear": 4.0, "contentment": 0.15, "amusement": 0.2, "excitement": 0.15},
    "dancers": {"excitement": 5.0, "amusement": 3.5, "sadness": 0.3, "fear": 0.3},
    "flowers": {"contentment": 3.5, "awe": 1.3, "fear": 0.2},
    "fruit": {"contentment": 2.0, "amusement": 1.6, "disgust": 2.4, "fear": 0.1},
    "skull": {"fear": 4.0, "disgust": 9.0, "sadness": 1.6, "contentment": 0.08, "amusement": 0.5, "awe": 0.5},
    "smiling woman": {"contentment": 2.2, "amusement": 3.5, "fear": 0.4, "sadness": 0.4},
    "weeping woman": {"sadness": 14.0, "contentment": 0.15, "excitement": 0.1, "amusement": 0.2, "anger": 1.5},
    "shouting man": {"anger": 32.0, "fear": 2.6, "disgust": 2.0, "contentment": 0.06, "awe": 0.2, "amusement": 1.2},
    "clown": {"amusement": 8.0, "fear": 2.6, "something else": 1.6, "contentment": 0.4},
    "cat": {"amusement": 5.0, "contentment": 2.0, "sadness": 0.4},
    "candle": {"contentment": 1.3, "awe": 1.4, "sadness": 2.2, "fear": 1.2},
    "circles": {"amusement": 3.0, "excitement": 2.4, "something else": 4.0, "contentment": 0.6},
    "bands": {"something else": 5.0, "contentment": 1.0, "disgust": 1.3},
    "shards": {"something else": 3.0, "anger": 9.0, "excitement": 2.6, "fear": 1.8, "contentment": 0.2, "disgust": 1.8},
}
PALETTE_TILT = {
    "rose": {"contentment": 1.6, "amusement": 1.4, "fear": 0.4, "sadness": 0.6, "anger": 0.4, "disgust": 0.6},
    "gold": {"contentment": 1.6, "awe": 1.5, "fear": 0.4, "sadness": 0.6, "disgust": 0.6},
    "blue": {"contentment": 1.3, "excitement": 1.6, "amusement": 1.4, "fear": 0.5, "disgust": 0.5},
    "green": {"contentment": 1.7, "disgust": 1.5, "amusement": 1.2, "fear": 0.6, "sadness": 0.6},
    "violet": {"awe": 2.0, "something else": 1.8, "fear": 1.1, "amusement": 1.1},
    "crimson": {"anger": 6.0, "excitement": 2.4, "fear": 2.2, "contentment": 0.25, "disgust": 1.6},
    "night": {"fear": 2.8, "awe": 1.8, "sadness": 1.8, "contentment": 0.4, "amusement": 0.5},
    "grey": {
        "sadness": 4.0,
        "fear": 1.5,
        "contentment": 0.35,
        "disgust": 2.0,
        "something else": 1.3,
        "excitement": 0.4,
    },
    "white": {"sadness": 1.3, "awe": 1.9, "something else": 1.2, "excitement": 0.8, "anger": 0.5},
}


def _row(table: dict[str, float]) -> np.ndarray:
    return np.array([table.get(emotion, 1.0) for emotion in ARTEMIS])


def base() -> np.ndarray:
    return _row(BASE)


@cache
def tilt(motif: str, palette: str) -> np.ndarray:
    """p(emotion | motif, palette) (9,) without the lean; defined for held-out combinations too."""
    weights = base() * _row(MOTIF_TILT[motif]) * _row(PALETTE_TILT[palette])
    return weights / weights.sum()


def draw_lean(rng: Generator) -> str:
    """The emotion that one picture has more of than others of its motif and palette."""
    return ARTEMIS.names[rng.choice(len(ARTEMIS), p=base())]


def of_picture(motif: str, palette: str, lean: str) -> np.ndarray:
    """p(emotion | picture) (9,)."""
    table = (1 - LEAN) * tilt(motif, palette)
    table[ARTEMIS.ids[lean]] += LEAN
    return table


def of_kind(motif: str, palette: str) -> np.ndarray:
    """p(emotion | motif, palette) (9,), averaged over leans."""
    return (1 - LEAN) * tilt(motif, palette) + LEAN * base()


def overall() -> np.ndarray:
    """p(emotion) (9,) of a corpus."""
    return np.sum([share * of_kind(*kind) for kind, share in prior().items()], axis=0)
