"""BLEU, ROUGE-L and CIDEr-D by hand, against pycocoevalcap, and against the stored scores of the ArtEmis code."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocoevalcap.bleu.bleu_scorer import BleuScorer
from pycocoevalcap.cider.cider_scorer import CiderScorer
from pycocoevalcap.rouge.rouge import Rouge

from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.interface import NONE, Columns, Context, Metric, Pairings
from stages.metrics.ngrams import Array
from stages.metrics.overlap import BLEU, CIDER, ROUGE_L
from stages.metrics.pairing import per_picture

PARITY = Path(__file__).parents[3] / "shared/parity"
METRICS = (BLEU, ROUGE_L, CIDER)
WORDS = ["the", "a", "sea", "sky", "is", "calm", "dark", "and", "sad", "man", "looks", "like"]

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
pictures = st.lists(st.tuples(sentences, st.lists(sentences, min_size=1, max_size=4)), min_size=1, max_size=5)


def columns(metric: Metric, captions: list[str], references: list[list[str]]) -> Columns:
    pairings = Pairings.in_order(captions)
    return per_picture(metric.prepare(Context(references))(pairings), pairings.picture, len(captions))


def scores(captions: list[str], references: list[list[str]]) -> tuple[dict[str, float], dict[str, Array]]:
    """The corpus values of all three metrics, and the values of each caption."""
    corpus, each = {}, {}
    for metric in METRICS:
        scored = columns(metric, captions, references)
        corpus |= corpus_values(metric.values, totals(scored))
        each |= corpus_values(metric.values, scored)
    return {name: float(value) for name, value in corpus.items()}, each


def by_pycocoevalcap(captions: list[str], references: list[list[str]]) -> tuple[dict[str, float], dict[str, Array]]:
    bleu, cider = BleuScorer(n=4), CiderScorer(n=4)
    for caption, texts in zip(captions, references, strict=True):
        bleu += (caption, texts)
        cider += (caption, texts)
    bleus, bleus_each = bleu.compute_score(option="closest")
    ciders, ciders_each = cider.compute_score()
    rouge = [Rouge().calc_score([caption], texts) for caption, texts in zip(captions, references, strict=True)]
    names = [f"bleu_{order}" for order in range(1, 5)]
    corpus = {**dict(zip(names, bleus, strict=True)), "rouge_l": np.mean(rouge), "cider": ciders}
    return corpus, {**dict(zip(names, bleus_each, strict=True)), "rouge_l": rouge, "cider": ciders_each}


def assert_same(scored: tuple[dict, dict], expected: tuple[dict, dict], tolerance: float) -> None:
    for ours, theirs in zip(scored, expected, strict=True):
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert np.allclose(ours[name], theirs[name], rtol=0, atol=tolerance), name


@given(pictures)
@settings(max_examples=150, deadline=None)
def test_scores_equal_those_of_pycocoevalcap(items: list[tuple[str, list[str]]]) -> None:
    captions, references = [caption for caption, _ in items], [texts for _, texts in items]
    assert_same(scores(captions, references), by_pycocoevalcap(captions, references), 1e-12)


@given(pictures, st.randoms())
@settings(max_examples=100, deadline=None)
def test_leaving_a_reference_out_equals_scoring_without_it(
    items: list[tuple[str, list[str]]], generator: random.Random
) -> None:
    # Any text with any picture. CIDEr-D is not compared: its document frequencies include all references.
    references = [[*texts, texts[0]] for _, texts in items]
    texts = [caption for caption, _ in items]
    picture = generator.randrange(len(items))
    dropped = generator.randrange(len(references[picture]))
    pairing = Pairings(texts, *(np.array([n]) for n in (generator.randrange(len(texts)), picture, dropped)))
    left = [text for number, text in enumerate(references[picture]) if number != dropped]
    for metric in (BLEU, ROUGE_L):
        scored = metric.prepare(Context(references))(pairing)
        expected = metric.prepare(Context([left]))(Pairings.in_order([texts[pairing.text[0]]]))
        assert {name: column[0] for name, column in scored.items()} == pytest.approx(
            {name: column[0] for name, column in expected.items()}, abs=1e-12
        )


def test_cider_without_a_reference_is_the_mean_over_the_others() -> None:
    references = [["a dark sea", "a sad man", "the sky"], ["a sky", "a sea"]]
    pairings = Pairings(["a sad sea"], *(np.array(row) for row in ([0] * 4, [0] * 4, [NONE, 0, 1, 2])))
    whole, *without = CIDER.prepare(Context(references))(pairings)["cider"].tolist()
    assert sum(without) / 3 == pytest.approx(whole)
    # Only the second reference shares rare n-grams.
    assert without[1] < without[0] == pytest.approx(without[2])


def test_leaving_out_the_only_reference_is_an_error() -> None:
    pairings = Pairings(["a sea"], *(np.array([0]) for _ in range(3)))
    with pytest.raises(ValueError, match="only reference"):
        BLEU.prepare(Context([["a sea"]]))(pairings)


def test_bleu_by_hand() -> None:
    corpus, each = scores(["the sea is sad"], [["the sea is calm and blue"]])
    # 3 of 4 words, 2 of 3 pairs, 1 of 2 triples; 4 tokens against 6: exp(1 - 6/4).
    short = math.exp(-0.5)
    expected = [3 / 4, math.sqrt(3 / 4 * 2 / 3), (3 / 4 * 2 / 3 / 2) ** (1 / 3)]
    assert [corpus[f"bleu_{order}"] for order in (1, 2, 3)] == pytest.approx([short * e for e in expected], abs=1e-8)
    # No common 4-gram.
    assert corpus["bleu_4"] < 1e-3
    assert each["bleu_2"] == pytest.approx([corpus["bleu_2"]], abs=1e-9)


def test_word_counts_at_most_as_often_as_in_one_reference() -> None:
    assert scores(["the the the"], [["the sea the", "sea sea"]])[0]["bleu_1"] == pytest.approx(2 / 3, abs=1e-8)


def test_corpus_bleu_pools_the_counts() -> None:
    corpus, each = scores(["a b", "x x x d"], [["a b"], ["a b c d"]])
    assert corpus["bleu_1"] == pytest.approx(3 / 6, abs=1e-8)
    assert each["bleu_1"] == pytest.approx([1.0, 1 / 4], abs=1e-8)


def test_rouge_by_hand() -> None:
    # Longest common subsequences: "the is calm" (3 of 4 tokens; 3 of 6) and "sky is" (2 of 2 in the second).
    precision, recall = 3 / 4, 1.0
    expected = (1 + 1.44) * precision * recall / (recall + 1.44 * precision)
    assert scores(["the sky is calm"], [["the sea is so very calm", "sky is"]])[0]["rouge_l"] == pytest.approx(expected)


def test_empty_caption_scores_zero() -> None:
    assert scores([""], [["the sea"]])[0] == dict.fromkeys(
        ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider"), 0
    )


def test_rouge_equals_that_of_pycocoevalcap_with_longer_sentences() -> None:
    # Longer than a machine word, and with empty tokens from double spaces.
    generator = random.Random(7)
    lines = [" ".join(generator.choices([*WORDS, ""], k=generator.randint(1, 100))) for _ in range(250)]
    captions, references = lines[:50], [lines[start : start + 4] for start in range(50, 250, 4)]
    each = columns(ROUGE_L, captions, references)["rouge_l"]
    expected = [Rouge().calc_score([caption], texts) for caption, texts in zip(captions, references, strict=True)]
    assert each == pytest.approx(expected, abs=1e-12)


@pytest.mark.skipif(not PARITY.is_dir(), reason="the stored scores of pycocoevalcap and ArtEmis are not in shared/")
@pytest.mark.parametrize("case", ["clipscore_good", "clipscore_bad", "coco_debug10", "nlg_eval_readme"])
def test_golden_scores(case: str) -> None:
    stored = json.loads((PARITY / "metrics/golden.json").read_text())[case]
    names = {"rouge_l": "ROUGE_L", "cider": "CIDEr"} | {f"bleu_{order}": f"Bleu_{order}" for order in range(1, 5)}
    expected = tuple({ours: stored[kind][theirs] for ours, theirs in names.items()} for kind in ("corpus", "per_item"))
    corpus, each = scores(stored["tokenized_hyp"], stored["tokenized_refs"])
    assert_same(tuple({name: values[name] for name in names} for values in (corpus, each)), expected, 1e-9)


@pytest.mark.skipif(not PARITY.is_dir(), reason="the stored scores of pycocoevalcap and ArtEmis are not in shared/")
def test_scores_of_the_artemis_code() -> None:
    sample = json.loads((PARITY / "reference_metrics/metric_sample.json").read_text())
    stored = json.loads((PARITY / "reference_metrics/metric_scores.json").read_text())
    corpus, each = scores(sample["hypothesis"], sample["references"])
    names = [f"bleu_{order}" for order in range(1, 5)]
    assert [corpus[name] for name in names] == pytest.approx(stored["pycoco_bleu"]["corpus"], abs=1e-12)
    assert np.allclose([each[name] for name in names], stored["pycoco_bleu"]["per_caption"], rtol=0, atol=1e-12)
    assert each["rouge_l"] == pytest.approx(stored["rouge"], abs=1e-12)
    summary = pd.read_csv(PARITY / "reference_metrics/apply_basic_evaluations.csv", index_col="metric")
    # ArtEmis' labels of BLEU are one too low. Its standard deviations are the population's for BLEU, else the sample's.
    labels = {f"BLEU-{order - 1}": (f"bleu_{order}", 0) for order in range(1, 5)}
    for theirs, (ours, ddof) in (labels | {"ROUGE": ("rouge_l", 1), "CIDER": ("cider", 1)}).items():
        assert [corpus[ours], each[ours].std(ddof=ddof)] == pytest.approx(summary.loc[theirs].tolist(), abs=1e-9)
    assert each["cider"] == pytest.approx(stored["cider"], abs=1e-12)
