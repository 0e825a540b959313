"""ROUGE-L as pycocoevalcap defines it: best precision and best recall are taken over the references separately."""

from collections.abc import Sequence

import numpy as np

from stages.metrics.cells import Cells
from stages.metrics.interface import Columns, Context, Metric, Score, Trials, mean

# How much more recall weighs than precision in the F-measure (the COCO challenge's choice).
BETA = 1.2

# Of one sentence: where each token stands, as bits of an integer, and how many tokens there are.
Positions = tuple[dict[str, int], int]


def _rouge_l(context: Context) -> Score:
    references = [_positions(text.split(" ")) for own in context.references for text in own]
    sizes = np.array([length for _, length in references])

    def score(trials: Trials) -> Columns:
        cells = Cells(trials, context)
        split = [text.split(" ") for text in trials.texts]
        length = np.array(list(map(len, split)))
        asked = zip(cells.text[cells.pair].tolist(), cells.among_all.tolist(), strict=True)
        common = np.array([lcs_length(split[text], references[reference]) for text, reference in asked], float)
        precision = cells.max(common) / length[trials.text]
        recall = cells.max(common / sizes[cells.among_all])
        weighted = np.where(precision > 0, recall + BETA**2 * precision, 1.0)
        return {"rouge_l": (1 + BETA**2) * precision * recall / weighted}

    return score


def _positions(tokens: Sequence[str]) -> Positions:
    bits: dict[str, int] = {}
    for place, token in enumerate(tokens):
        bits[token] = bits.get(token, 0) | 1 << place
    return bits, len(tokens)


def lcs_length(tokens: Sequence[str], positions: Positions) -> int:
    """Length of the longest common subsequence, by Hyyrö's bit-parallel recurrence (2004).

    A zero bit in `row` says that the subsequence grows at that place of the reference.
    """
    places, length = positions
    full = row = (1 << length) - 1
    for token in tokens:
        if matched := row & places.get(token, 0):
            row = (row + matched | row - matched) & full
    return length - row.bit_count()


ROUGE_L = Metric((mean("rouge_l"),), _rouge_l, against="references")
