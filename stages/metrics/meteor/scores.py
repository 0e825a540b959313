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


def score(counts: Array) -> Array:
    """The score of each row of counts, (..., 23) -> (...); 0 without a match."""
    # The products are added in this order, so that equal scores of two references stay equal.
    content = sum(counts[..., 4 + 4 * kind : 6 + 4 * kind] * weight * DELTA for kind, weight in enumerate(WEIGHTS))
    matched = content
    for kind, weight in enumerate(WEIGHTS):
        matched = matched + counts[..., 6 + 4 * kind : 8 + 4 * kind] * weight * (1 - DELTA)
    length = DELTA * (counts[..., 0:2] - counts[..., 2:4]) + (1 - DELTA) * counts[..., 2:4]
    with np.errstate(divide="ignore", invalid="ignore"):
        precision, recall = np.moveaxis(matched / length, -1, 0)
        f_mean = 1 / ((1 - ALPHA) / precision + ALPHA / recall)
        chunks = np.where(whole(counts), 0.0, counts[..., CHUNKS])
        fragmentation = chunks / ((counts[..., 21] + counts[..., 22]) / 2)
        return np.nan_to_num(np.maximum(f_mean * (1 - GAMMA * fragmentation**BETA), 0.0))


def whole(counts: Array) -> npt.NDArray[np.bool_]:
    """True where all words of both sides are matched in one chunk, which has no fragmentation, (..., 23) -> (...)."""
    return (counts[..., CHUNKS] == 1) & np.all(counts[..., 0:2] == counts[..., 21:23], axis=-1)


def addable(counts: Array) -> Array:
    """The counts as they are summed over captions: no chunk where all words are matched in one."""
    added = counts.copy()
    added[whole(counts), CHUNKS] = 0
    return added


def pooled(counts: Array) -> float:
    """METEOR's corpus value: the score of the sum of the captions' counts, (N, 23)."""
    return float(score(addable(counts).sum(axis=0)))
