"""The score from its counts, by hand."""

import numpy as np
import pytest

from stages.metrics.meteor.scores import CHUNKS, NAMES, addable, pooled, score


def counts(**numbers: int) -> np.ndarray:
    row = np.zeros(len(NAMES), np.int32)
    for name, number in numbers.items():
        row[NAMES.index(name.replace("__", "."))] = number
    return row


# "the calm sea" for "the sea is calm": "the" and "is" are function words; three chunks of one word.
SEA = counts(
    words=3,
    reference_words=4,
    function_words=1,
    reference_function_words=2,
    exact__content=2,
    exact__reference_content=2,
    exact__function=1,
    exact__reference_function=1,
    chunks=3,
    matched=3,
    reference_matched=3,
)
# "boats" for "ships".
SYNONYM = counts(
    words=1,
    reference_words=1,
    synonym__content=1,
    synonym__reference_content=1,
    chunks=1,
    matched=1,
    reference_matched=1,
)
# "a a" for "a".
TWICE = counts(
    words=2,
    reference_words=1,
    function_words=2,
    reference_function_words=1,
    exact__function=1,
    exact__reference_function=1,
    chunks=1,
    matched=1,
    reference_matched=1,
)


def test_there_are_23_counts() -> None:
    assert (len(NAMES), CHUNKS, NAMES[4], NAMES[19]) == (23, 20, "exact.content", "paraphrase.reference_function")


def test_score_by_hand() -> None:
    recall = 1.75 / 2
    assert score(SEA) == pytest.approx(recall / (0.85 + 0.15 * recall) * (1 - 0.6))
    # All words are matched in one chunk: no fragmentation, and the weight of a synonym.
    assert score(SYNONYM) == pytest.approx(0.8)
    assert score(TWICE) == pytest.approx(0.4 * 0.5 / (0.85 * 0.5 + 0.15))


def test_nothing_scores_zero() -> None:
    only_words = counts(words=3, reference_words=2)
    assert score(np.stack([counts(), only_words, counts(words=2), counts(reference_words=2)])).tolist() == [0, 0, 0, 0]


def test_the_chunk_of_a_wholly_matched_caption_is_not_added() -> None:
    assert addable(np.stack([SEA, SYNONYM, TWICE]))[:, CHUNKS].tolist() == [3, 0, 1]
    total = (SEA + SYNONYM).astype(float)
    total[CHUNKS] = 3
    assert pooled(np.stack([SEA, SYNONYM])) == pytest.approx(float(score(total)))
    assert pooled(SYNONYM[None]) == score(SYNONYM)
    assert pooled(np.zeros((0, 23), np.int32)) == 0
