"""BLEU and ROUGE-L: cases by hand, equality with pycocoevalcap and with the stored scores of the ArtEmis code."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from pycocoevalcap.rouge.rouge import Rouge, my_lcs

from stages.metrics.interface import Context
from stages.metrics.overlap import _positions, bleu, lcs_length, rouge_l

REFERENCE_SCORES = Path(__file__).parents[3] / "shared/parity/reference_metrics"
WORDS = ["the", "a", "sea", "sky", "is", "calm", "dark", "and", "sad", "man", "looks", "like"]


def sentence(generator: random.Random) -> str:
    return " ".join(generator.choices(WORDS, k=generator.randint(1, 14)))


def test_bleu_by_hand() -> None:
    scores = bleu(Context([["the sea is calm and blue"]]))(["the sea is sad"])
    # 3 of 4 words, 2 of 3 pairs, 1 of 2 triples; 4 tokens against 6: exp(1 - 6/4).
    short = math.exp(-0.5)
    expected = [3 / 4, math.sqrt(3 / 4 * 2 / 3), (3 / 4 * 2 / 3 / 2) ** (1 / 3)]
    found = [scores.corpus[f"bleu_{order}"] for order in (1, 2, 3)]
    assert found == pytest.approx([short * value for value in expected], abs=1e-8)
    # No common run of four tokens.
    assert scores.corpus["bleu_4"] < 1e-3
    assert scores.per_caption["bleu_2"] == pytest.approx([found[1]], abs=1e-9)


def test_a_word_counts_no_more_often_than_in_one_reference() -> None:
    scores = bleu(Context([["the sea the", "sea sea"]]))(["the the the"])
    assert scores.corpus["bleu_1"] == pytest.approx(2 / 3, abs=1e-8)


def test_corpus_bleu_pools_the_counts() -> None:
    scores = bleu(Context([["a b"], ["a b c d"]]))(["a b", "x x x d"])
    assert scores.corpus["bleu_1"] == pytest.approx(3 / 6, abs=1e-8)
    assert scores.per_caption["bleu_1"] == pytest.approx([1.0, 1 / 4], abs=1e-8)


def test_references_are_prepared_once_for_many_captions() -> None:
    score = bleu(Context([["the sea"], ["a sky"]]))
    right, swapped = score(["the sea", "a sky"]), score(["a sky", "the sea"])
    assert right.corpus["bleu_1"] == pytest.approx(1.0)
    assert swapped.corpus["bleu_1"] < 1e-6
    assert score(["the sea", "a sky"]).corpus == right.corpus


def test_rouge_by_hand() -> None:
    # Longest common subsequences: "the is calm" (3 of 4 tokens; 3 of 6) and "sky is" (2 of 2 in the second).
    score = rouge_l(Context([["the sea is so very calm", "sky is"]]))(["the sky is calm"])
    precision, recall = 3 / 4, 1.0
    expected = (1 + 1.44) * precision * recall / (recall + 1.44 * precision)
    assert score.per_caption["rouge_l"] == pytest.approx([expected], abs=1e-12)
    assert score.corpus["rouge_l"] == pytest.approx(expected, abs=1e-12)


def test_an_empty_caption_scores_nothing() -> None:
    context = Context([["the sea"]])
    assert rouge_l(context)([""]).corpus["rouge_l"] == 0.0
    assert bleu(context)([""]).corpus["bleu_1"] == 0.0


def test_subsequence_length_equals_the_table_of_pycocoevalcap() -> None:
    generator = random.Random(7)
    for _ in range(300):
        one, other = sentence(generator).split(), sentence(generator).split()
        assert lcs_length(one, _positions(other)) == my_lcs(one, other)


def test_rouge_equals_pycocoevalcap() -> None:
    generator = random.Random(8)
    captions = [sentence(generator) for _ in range(60)]
    references = [[sentence(generator) for _ in range(generator.randint(1, 6))] for _ in captions]
    expected = [Rouge().calc_score([caption], own) for caption, own in zip(captions, references, strict=True)]
    assert rouge_l(Context(references))(captions).per_caption["rouge_l"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.skipif(not REFERENCE_SCORES.is_dir(), reason="the stored scores of the ArtEmis code are not at hand")
def test_scores_of_the_artemis_code() -> None:
    sample = json.loads((REFERENCE_SCORES / "metric_sample.json").read_text())
    stored = json.loads((REFERENCE_SCORES / "metric_scores.json").read_text())
    context = Context(sample["references"])
    found = bleu(context)(sample["hypothesis"])
    assert list(found.corpus.values()) == pytest.approx(stored["pycoco_bleu"]["corpus"], abs=1e-12)
    assert np.allclose(list(found.per_caption.values()), stored["pycoco_bleu"]["per_caption"], rtol=0, atol=1e-12)
    assert rouge_l(context)(sample["hypothesis"]).per_caption["rouge_l"] == pytest.approx(stored["rouge"], abs=1e-12)
