"""The whole judgement of a sample: by all references, leaving one out, beside chance, with intervals."""

import json

import numpy as np
import pandas as pd
import pytest

from stages.metrics.evaluate import HEADLINE, Effort, Judgement, Suite, details, headline, judge, pictures, suite
from stages.metrics.interface import NONE, Context, Metric, Score, Unavailable, mean
from stages.metrics.overlap import ROUGE_L
from stages.metrics.pairing import Sample
from stages.metrics.tables import (
    details_file,
    load_details,
    load_metrics,
    metrics_file,
    nest,
    pictures_file,
    read_pictures,
    save_metrics,
    save_pictures,
)

EFFORT = Effort(shuffles=20, slow_shuffles=0, resamples=50, seed=1)


def sample(texts: list[str], references: list[list[str]], styles: str | list[str] = "Realism") -> Sample:
    names = [f"painting-{number:03}" for number in range(len(texts))]
    artworks = pd.DataFrame({"art_style": styles, "painting": names})
    return Sample(artworks, [[text] for text in texts], references, np.full(len(texts), NONE))


PERFECT = sample(
    ["the sea is very calm", "a man looks like stone"],
    [["the sea is very calm", "the sea is very calm"], ["a man looks like stone", "a sky", "a man looks like stone"]],
)


QUICK = suite(meteor=False)


def judged(of: Sample, by: Suite = QUICK) -> Judgement:
    return judge(of, Context(of.references), by, EFFORT)


def test_numbers_and_their_order() -> None:
    found = headline(judged(PERFECT), PERFECT)
    assert list(found) == [
        *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider"),
        *("similes", "length", "distinct.captions", "distinct.tokens", "shuffled.bleu_4", "shuffled.rouge_l"),
        *("all_references.bleu_1", "all_references.bleu_4", "all_references.rouge_l", "all_references.references"),
        *("captions", "references"),
    ]
    assert found["bleu_4"] == pytest.approx(1.0)
    assert found["similes"] == 0.5
    assert found["distinct.tokens"] == 10
    assert (found["captions"], found["references"], found["all_references.references"]) == (2, 1.5, 2.5)


def test_the_headline_can_be_read_at_a_glance() -> None:
    # With the three counts.
    assert len(HEADLINE) + 3 <= 25


def test_a_caption_is_judged_by_every_choice_of_one_reference_fewer() -> None:
    # Precision and recall 2/2 with the first reference, 0 with the second: either may be left out.
    one = sample(["a sea"], [["a sea", "b c"]])
    found = judged(one).corpus()
    assert found["rouge_l"] == pytest.approx(0.5)
    assert found["all_references.rouge_l"] == pytest.approx(1.0)


def test_novelty_as_artemis_samples_it_stands_among_the_whole_sets() -> None:
    context = Context(PERFECT.references, training=["the sea is calm", "a man"])
    found = judge(PERFECT, context, QUICK, EFFORT).corpus()
    # Longest: "the sea is calm" of the first caption, "a man" of the second.
    assert found["novelty_sampled.lcs_max"] == pytest.approx(3.0)
    assert "novelty_sampled.lcs_max" not in judged(PERFECT).corpus()


def test_people_are_judged_by_the_others_of_their_picture() -> None:
    texts = [["a sea", "a sea", "b c"]]
    humans = Sample(pd.DataFrame({"art_style": ["R"], "painting": ["p"]}), texts, texts, np.array([NONE]), human=True)
    found = judged(humans).corpus()
    assert found["rouge_l"] == pytest.approx(2 / 3)
    assert not [name for name in found if name.startswith("all_references")]


def test_what_cannot_be_had_is_named_and_the_rest_is_there() -> None:
    def prepare(_: Context) -> Score:
        raise Unavailable("there is no such machine")

    found = judged(PERFECT, Suite((Metric((mean("oracle"),), prepare), ROUGE_L)))
    assert found.unavailable == {"oracle": "there is no such machine"}
    assert list(found.corpus()) == ["rouge_l", "all_references.rouge_l"]


def test_files_are_the_same_bytes_for_the_same_captions(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    written = []
    for _ in range(2):
        found = judged(PERFECT)
        labels = {"style": PERFECT.artworks["art_style"]}
        save_metrics(headline(found, PERFECT), details(found, PERFECT, labels, EFFORT), "captions")
        save_pictures(pictures(found, PERFECT), "captions")
        written.append([file("captions").read_bytes() for file in (metrics_file, details_file, pictures_file)])
    assert written[0] == written[1]
    assert load_metrics("captions")["bleu_1"] == json.loads(written[0][0])["bleu_1"]
    assert load_details("captions")["values"]["rouge_l"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    table = read_pictures(pictures_file("captions"))
    assert table["caption"].tolist() == ["the sea is very calm", "a man looks like stone"]
    assert table["simile"].tolist() == [0, 1]
    assert table["bleu_4"].tolist() == pytest.approx([1, 1])


def test_dotted_names_become_groups() -> None:
    assert nest({"a": 1, "b.c": 2, "b.d": 3}) == {"a": 1, "b": {"c": 2, "d": 3}}
