"""The whole judgement of a sample, chance included."""

import json
import random
import time

import numpy as np
import pandas as pd
import pytest

from stages.metrics.interface import Context
from stages.metrics.judge import judge, nest
from stages.metrics.overlap import bleu
from stages.metrics.pairing import Sample
from stages.metrics.shuffle import shuffled
from stages.metrics.tables import SCHEMA, captions_file, load_captions_scored, load_metrics, metrics_file, save


def sample(hypotheses: list[str], references: list[list[str]]) -> Sample:
    names = [f"painting-{number:03}" for number in range(len(hypotheses))]
    return Sample(pd.DataFrame({"art_style": "Realism", "painting": names}), hypotheses, references)


PERFECT = sample(
    ["the sea is very calm", "a man looks like stone"], [["the sea is very calm"], ["a man looks like stone", "a sky"]]
)


def test_numbers_and_their_order() -> None:
    corpus = judge([PERFECT], shuffles=4, seed=1).corpus
    assert list(corpus) == [
        *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "similes", "length"),
        *("distinct", "shuffled", "captions", "references"),
    ]
    assert corpus["bleu_4"] == pytest.approx(1.0)
    assert corpus["similes"] == 0.5
    assert corpus["distinct"] == {"captions": 1.0, "tokens": 10}
    assert corpus["captions"] == 2
    assert corpus["references"] == 1.5


def test_shuffled_captions_score_the_mean_of_right_and_swapped() -> None:
    score = bleu(Context(PERFECT.references))
    names = ["bleu_1", "bleu_4"]
    right, swapped = score(PERFECT.hypotheses).corpus, score(PERFECT.hypotheses[::-1]).corpus
    generator = np.random.default_rng(5)
    kept = np.mean([generator.permutation(2)[0] == 0 for _ in range(10)])
    assert 0 < kept < 1
    found = shuffled(score, PERFECT.hypotheses, names, shuffles=10, seed=5)
    assert found == pytest.approx({name: kept * right[name] + (1 - kept) * swapped[name] for name in names})


def test_rounds_are_averaged_and_all_captions_kept() -> None:
    silent = sample(["x x x x x", "y"], PERFECT.references)
    judged = judge([PERFECT, silent], shuffles=2, seed=1)
    assert judged.corpus["rouge_l"] == pytest.approx(0.5)
    assert judged.corpus["captions"] == 2
    assert judged.captions["caption"].tolist() == PERFECT.hypotheses + silent.hypotheses


def test_files_are_the_same_bytes_for_the_same_captions(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = []
    for _ in range(2):
        judged = judge([PERFECT], shuffles=3, seed=1)
        save(judged.corpus, judged.captions, "captions")
        written.append((metrics_file("captions").read_bytes(), captions_file("captions").read_bytes()))
    assert written[0] == written[1]
    assert load_metrics("captions")["bleu_1"] == json.loads(written[0][0])["bleu_1"]
    table = load_captions_scored("captions")
    assert list(table) == SCHEMA.names
    assert table["simile"].tolist() == [False, True]


def test_dotted_names_become_groups() -> None:
    assert nest({"a": 1, "b.c": 2, "b.d": 3}) == {"a": 1, "b": {"c": 2, "d": 3}}


def test_a_full_test_split_is_judged_in_seconds() -> None:
    generator = random.Random(3)
    words = [f"word{number}" for number in range(200)]
    texts = [" ".join(generator.choices(words, k=12)) for _ in range(400 * 6)]
    whole = sample(texts[:400], [texts[400 + 5 * number : 405 + 5 * number] for number in range(400)])
    started = time.perf_counter()
    judge([whole], shuffles=20, seed=1)
    assert time.perf_counter() - started < 10
