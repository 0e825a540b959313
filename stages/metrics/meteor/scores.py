"""METEOR's score from 23 counts, of one caption or summed over many (Denkowski and Lavie, 2014, section 3).

The content and function words of the caption and of the reference, and the matched ones m of each kind of match,
have weights: `DELTA` for a content word and 1 - `DELTA` for a function word, `WEIGHTS` for the kinds. With the
weighted precision P and recall R,

    F = P R / (ALPHA P + (1 - ALPHA) R)
    score = F (1 - GAMMA (chunks / matches) ^ BETA)
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]

# The parameters for English, tuned to rank systems (table 2 of the paper).
ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
KINDS = ("exact", "stem", "synonym", "paraphrase")
# Weight of a match of each kind.
WEIGHTS = (1.0, 0.6, 0.8, 0.6)

# The counts in their order: words and function words of caption and reference; for each kind of match the content words
# of caption and reference, then their function words; the chunks; the matched words of caption and reference.
NAMES = (
    *("words", "reference_words", "function_words", "reference_function_words"),
    *(
        f"{kind}.{name}"
        for kind in KINDS
        for name in ("content", "reference_content", "function", "reference_function")
    ),
    *("chunks", "matched", "reference_matched"),
)
CHUNKS = NAMES.index("chunks")


def score(counts: Counts | Array) -> Array:
    """The score of the counts of each caption, (..., 23) -> (...); 0 without a match."""
    return formula(addable(counts))


def pooled(counts: Counts | Array) -> float:
    """METEOR's corpus value: the score of the sum of the captions' counts, (N, 23)."""
    return float(formula(addable(counts).sum(axis=0)))


def addable(counts: Counts | Array) -> Array:
    """The counts as they are summed over captions: no chunk where all words of both sides are matched in one."""
    added = counts.astype(float)
    whole = (counts[..., CHUNKS] == 1) & np.all(counts[..., 0:2] == counts[..., 21:23], axis=-1)
    added[whole, CHUNKS] = 0
    return added


def formula(counts: Array) -> Array:
    """The score of addable counts, or of sums of them, (..., 23) -> (...)."""
    # Always added in this order, so that references with equal scores stay equal.
    weighted = [counts[..., 4 + 4 * kind : 6 + 4 * kind] * weight * DELTA for kind, weight in enumerate(WEIGHTS)]
    weighted += [counts[..., 6 + 4 * kind : 8 + 4 * kind] * weight * (1 - DELTA) for kind, weight in enumerate(WEIGHTS)]
    length = DELTA * (counts[..., 0:2] - counts[..., 2:4]) + (1 - DELTA) * counts[..., 2:4]
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = np.moveaxis(sum(weighted) / length, -1, 0)
        f_mean = 1 / ((1 - ALPHA) / precision + ALPHA / recall)
        fragmentation = counts[..., CHUNKS] / (counts[..., 21:23].sum(axis=-1) / 2)
        return np.nan_to_num(np.maximum(f_mean * (1 - GAMMA * fragmentation**BETA), 0.0))
