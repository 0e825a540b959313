"""BLEU, ROUGE-L and CIDEr-D: by hand, against pycocoevalcap, and against the stored scores of the ArtEmis code."""

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
from pycocoevalcap.rouge.rouge import Rouge, my_lcs

from stages.metrics.bootstrap import corpus_values, totals
from stages.metrics.interface import NONE, Columns, Context, Metric, Trials
from stages.metrics.ngrams import Array
from stages.metrics.overlap import BLEU, CIDER, ROUGE_L, _positions, lcs_length
from stages.metrics.pairing import per_picture

PARITY = Path(__file__).parents[3] / "shared/parity"
METRICS = (BLEU, ROUGE_L, CIDER)
WORDS = ["the", "a", "sea", "sky", "is", "calm", "dark", "and", "sad", "man", "looks", "like"]

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
pictures = st.lists(st.tuples(sentences, st.lists(sentences, min_size=1, max_size=4)), min_size=1, max_size=5)


def columns(metric: Metric, captions: list[str], references: list[list[str]]) -> Columns:
    trials = Trials.plain(captions)
    return per_picture(metric.prepare(Context(references))(trials), trials.picture, len(captions))


def scores(captions: list[str], references: list[list[str]]) -> tuple[dict[str, float], dict[str, Array]]:
    """Of all three metrics the corpus values, and those of each caption."""
    corpus, each = {}, {}
    for metric in METRICS:
        found = columns(metric, captions, references)
        corpus |= corpus_values(metric.values, totals(found))
        each |= corpus_values(metric.values, found)
    return {name: float(value) for name, value in corpus.items()}, each


def by_pycocoevalcap(captions: list[str], references: list[list[str]]) -> tuple[dict[str, float], dict[str, Array]]:
    bleu, cider = BleuScorer(n=4), CiderScorer(n=4)
    for caption, own in zip(captions, references, strict=True):
        bleu += (caption, own)
        cider += (caption, own)
    bleus, bleus_each = bleu.compute_score(option="closest")
    ciders, ciders_each = cider.compute_score()
    rouge = [Rouge().calc_score([caption], own) for caption, own in zip(captions, references, strict=True)]
    names = [f"bleu_{order}" for order in range(1, 5)]
    corpus = {**dict(zip(names, bleus, strict=True)), "rouge_l": np.mean(rouge), "cider": ciders}
    return corpus, {**dict(zip(names, bleus_each, strict=True)), "rouge_l": rouge, "cider": ciders_each}


def same(found: tuple[dict, dict], expected: tuple[dict, dict], tolerance: float) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.keys() == theirs.keys()
        for name in ours:
            assert np.allclose(ours[name], theirs[name], rtol=0, atol=tolerance), name


@given(pictures)
@settings(max_examples=150, deadline=None)
def test_any_captions_score_as_pycocoevalcap_says(said: list[tuple[str, list[str]]]) -> None:
    captions, references = [caption for caption, _ in said], [own for _, own in said]
    same(scores(captions, references), by_pycocoevalcap(captions, references), 1e-12)


@given(pictures, st.randoms())
@settings(max_examples=100, deadline=None)
def test_a_reference_left_out_is_as_if_it_had_never_been_there(
    said: list[tuple[str, list[str]]], generator: random.Random
) -> None:
    # Text and picture are free of each other; CIDEr's document frequencies are fixed, so it is not compared.
    references = [[*own, own[0]] for _, own in said]
    texts = [caption for caption, _ in said]
    picture = generator.randrange(len(said))
    dropped = generator.randrange(len(references[picture]))
    trial = Trials(texts, *(np.array([n]) for n in (generator.randrange(len(texts)), picture, dropped)))
    left = [own for place, own in enumerate(references[picture]) if place != dropped]
    for metric in (BLEU, ROUGE_L):
        found = metric.prepare(Context(references))(trial)
        expected = metric.prepare(Context([left]))(Trials.plain([texts[trial.text[0]]]))
        assert {name: column[0] for name, column in found.items()} == pytest.approx(
            {name: column[0] for name, column in expected.items()}, abs=1e-12
        )


def test_cider_without_a_reference_is_the_mean_over_the_others() -> None:
    references = [["a dark sea", "a sad man", "the sky"], ["a sky", "a sea"]]
    trials = Trials(["a sad sea"], *(np.array(row) for row in ([0] * 4, [0] * 4, [NONE, 0, 1, 2])))
    whole, *without = CIDER.prepare(Context(references))(trials)["cider"].tolist()
    assert sum(without) / 3 == pytest.approx(whole)
    # Of the rare n-grams only the second reference has any.
    assert without[1] < without[0] == pytest.approx(without[2])


def test_leaving_out_the_only_reference_is_a_defect() -> None:
    trials = Trials(["a sea"], *(np.array([0]) for _ in range(3)))
    with pytest.raises(ValueError, match="only reference"):
        BLEU.prepare(Context([["a sea"]]))(trials)


def test_bleu_by_hand() -> None:
    found, each = scores(["the sea is sad"], [["the sea is calm and blue"]])
    # 3 of 4 words, 2 of 3 pairs, 1 of 2 triples; 4 tokens against 6: exp(1 - 6/4).
    short = math.exp(-0.5)
    expected = [3 / 4, math.sqrt(3 / 4 * 2 / 3), (3 / 4 * 2 / 3 / 2) ** (1 / 3)]
    assert [found[f"bleu_{order}"] for order in (1, 2, 3)] == pytest.approx([short * e for e in expected], abs=1e-8)
    # No common run of four tokens.
    assert found["bleu_4"] < 1e-3
    assert each["bleu_2"] == pytest.approx([found["bleu_2"]], abs=1e-9)


def test_a_word_counts_no_more_often_than_in_one_reference() -> None:
    assert scores(["the the the"], [["the sea the", "sea sea"]])[0]["bleu_1"] == pytest.approx(2 / 3, abs=1e-8)


def test_corpus_bleu_pools_the_counts() -> None:
    found, each = scores(["a b", "x x x d"], [["a b"], ["a b c d"]])
    assert found["bleu_1"] == pytest.approx(3 / 6, abs=1e-8)
    assert each["bleu_1"] == pytest.approx([1.0, 1 / 4], abs=1e-8)


def test_rouge_by_hand() -> None:
    # Longest common subsequences: "the is calm" (3 of 4 tokens; 3 of 6) and "sky is" (2 of 2 in the second).
    precision, recall = 3 / 4, 1.0
    expected = (1 + 1.44) * precision * recall / (recall + 1.44 * precision)
    assert scores(["the sky is calm"], [["the sea is so very calm", "sky is"]])[0]["rouge_l"] == pytest.approx(expected)


def test_an_empty_caption_scores_nothing() -> None:
    assert scores([""], [["the sea"]])[0] == dict.fromkeys(
        ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider"), 0
    )


def test_subsequence_length_equals_the_table_of_pycocoevalcap() -> None:
    generator = random.Random(7)
    for _ in range(300):
        one, other = (generator.choices(WORDS, k=generator.randint(1, 14)) for _ in range(2))
        assert lcs_length(one, _positions(other)) == my_lcs(one, other)


@pytest.mark.skipif(not PARITY.is_dir(), reason="the stored scores of pycocoevalcap and ArtEmis are not at hand")
@pytest.mark.parametrize("case", ["clipscore_good", "clipscore_bad", "coco_debug10", "nlg_eval_readme"])
def test_golden_scores(case: str) -> None:
    stored = json.loads((PARITY / "metrics/golden.json").read_text())[case]
    names = {"rouge_l": "ROUGE_L", "cider": "CIDEr"} | {f"bleu_{order}": f"Bleu_{order}" for order in range(1, 5)}
    expected = tuple({ours: stored[kind][theirs] for ours, theirs in names.items()} for kind in ("corpus", "per_item"))
    found = scores(stored["tokenized_hyp"], stored["tokenized_refs"])
    same(tuple({name: one[name] for name in names} for one in found), expected, 1e-9)


@pytest.mark.skipif(not PARITY.is_dir(), reason="the stored scores of pycocoevalcap and ArtEmis are not at hand")
def test_scores_of_the_artemis_code() -> None:
    sample = json.loads((PARITY / "reference_metrics/metric_sample.json").read_text())
    stored = json.loads((PARITY / "reference_metrics/metric_scores.json").read_text())
    found, each = scores(sample["hypothesis"], sample["references"])
    names = [f"bleu_{order}" for order in range(1, 5)]
    assert [found[name] for name in names] == pytest.approx(stored["pycoco_bleu"]["corpus"], abs=1e-12)
    assert np.allclose([each[name] for name in names], stored["pycoco_bleu"]["per_caption"], rtol=0, atol=1e-12)
    assert each["rouge_l"] == pytest.approx(stored["rouge"], abs=1e-12)
    summary = pd.read_csv(PARITY / "reference_metrics/apply_basic_evaluations.csv", index_col="metric")
    # ArtEmis' labels of BLEU are one too low, and its deviations those of a population; the others' are of a sample.
    told = {f"BLEU-{order - 1}": (f"bleu_{order}", 0) for order in range(1, 5)}
    for theirs, (ours, ddof) in (told | {"ROUGE": ("rouge_l", 1), "CIDER": ("cider", 1)}).items():
        assert [found[ours], each[ours].std(ddof=ddof)] == pytest.approx(summary.loc[theirs].tolist(), abs=1e-9)
    assert each["cider"] == pytest.approx(stored["cider"], abs=1e-12)
