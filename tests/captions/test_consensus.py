"""The most central of some sampled captions."""

import torch

from stages.captions.consensus import most_central
from stages.captions.hypotheses import Hypothesis


def _samples(*captions: list[int]) -> list[Hypothesis]:
    return [
        Hypothesis(words, -float(number), torch.zeros(len(words) + 1, 1), True) for number, words in enumerate(captions)
    ]


def test_the_caption_most_similar_to_all_samples_is_the_first() -> None:
    # Similarities to all four, itself included: 1 + 2/3 + 2/3 + 0, 2/3 + 1 + 1 + 0 (twice), and 1.
    samples = _samples([5, 6, 7], [5, 6, 8], [5, 6, 8], [9])
    found = most_central(samples, 4)
    assert [sample.words for sample in found] == [[5, 6, 8], [5, 6, 7], [9]]
    assert found[0] is samples[1]
    assert most_central(samples, 1) == found[:1]


def test_order_counts() -> None:
    # "a c b" shares two words in order with "a b c" and with "c b a", which share one.
    samples = _samples([5, 6, 7], [7, 6, 5], [5, 7, 6])
    assert most_central(samples, 1)[0].words == [5, 7, 6]


def test_captions_without_a_word_are_captions() -> None:
    assert [sample.words for sample in most_central(_samples([], [4], []), 2)] == [[4], []]
