"""Evaluation of a sample: with all references, leaving one out, beside metrics that are not available."""

import numpy as np
import pandas as pd
import pytest

from stages.metrics.evaluate import Evaluation, Resampling, evaluate
from stages.metrics.interface import NONE, Context, Metric, Score, Unavailable, mean
from stages.metrics.overlap import ROUGE_L
from stages.metrics.pairing import Sample
from stages.metrics.suite import Suite, suite

RESAMPLING = Resampling(shuffles=4, resamples=50, seed=1)
FAST = suite(meteor="none")


def sample(texts: list[str], references: list[list[str]], styles: str | list[str] = "Realism") -> Sample:
    names = [f"painting-{number:03}" for number in range(len(texts))]
    artworks = pd.DataFrame({"art_style": styles, "painting": names})
    return Sample(artworks, [[text] for text in texts], references, np.full(len(texts), NONE))


PERFECT = sample(
    ["the sea is very calm", "a man looks like stone"],
    [["the sea is very calm", "the sea is very calm"], ["a man looks like stone", "a sky", "a man looks like stone"]],
)


def evaluated(captions: Sample, metrics: Suite = FAST) -> Evaluation:
    return evaluate(captions, Context(captions.references), metrics, RESAMPLING)


def test_slow_metrics_get_a_fifth_of_the_shuffles() -> None:
    def prepare(_: Context) -> Score:
        raise AssertionError

    numbers = {
        shuffles: Resampling(100, seed=1).shuffles_of(
            Metric((mean("x"),), prepare, against="references", shuffles=shuffles)
        )
        for shuffles in ("all", "few", "none")
    }
    assert numbers == {"all": 100, "few": 20, "none": 0}
    assert Resampling(100, seed=1).shuffles_of(Metric((mean("x"),), prepare)) == 0


def test_caption_is_scored_with_every_choice_of_one_reference_fewer() -> None:
    # Precision and recall 2/2 with the first reference, 0 with the second: either may be left out.
    values = evaluated(sample(["a sea"], [["a sea", "b c"]])).corpus()
    assert values["rouge_l"] == pytest.approx(0.5)
    assert values["all_references.rouge_l"] == pytest.approx(1.0)


def test_sampled_novelty_needs_training_utterances() -> None:
    context = Context(PERFECT.references, training=["the sea is calm", "a man"])
    values = evaluate(PERFECT, context, FAST, RESAMPLING).corpus()
    # Longest: "the sea is calm" of the first caption, "a man" of the second.
    assert values["novelty_sampled.lcs_max"] == pytest.approx(3.0)
    assert "novelty_sampled.lcs_max" not in evaluated(PERFECT).corpus()


def test_human_utterances_are_scored_with_the_others_of_their_picture() -> None:
    texts = [["a sea", "a sea", "b c"]]
    humans = Sample(pd.DataFrame({"art_style": ["R"], "painting": ["p"]}), texts, texts, np.array([NONE]), human=True)
    values = evaluated(humans).corpus()
    assert values["rouge_l"] == pytest.approx(2 / 3)
    assert not [name for name in values if name.startswith("all_references")]


def test_unavailable_metric_is_named_and_the_others_are_computed() -> None:
    def prepare(_: Context) -> Score:
        raise Unavailable("there is no such machine")

    evaluation = evaluated(PERFECT, Suite((Metric((mean("oracle"),), prepare), ROUGE_L)))
    assert evaluation.unavailable == {"oracle": "there is no such machine"}
    assert list(evaluation.corpus()) == ["rouge_l", "all_references.rouge_l"]
