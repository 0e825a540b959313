"""The best and the worst captions, on four pictures whose order can be seen."""

import numpy as np
import pandas as pd

from stages.speakers_report.captions import extremes

PICTURES = pd.DataFrame(
    {
        "art_style": "A",
        "painting": list("wxyz"),
        "caption": ["said of w", "said of x", "said of y", "said of z"],
        "bleu_4": [0.0, 0.0, 0.5, 0.0],
        "meteor": [np.nan] * 4,
        "rouge_l": [0.25, 0.125, 0.375, 0.5],
        "alignment.cross_entropy": [1.0, 2.0, 4.0, np.nan],
    }
)


def test_the_best_by_each_metric_with_all_that_say_so() -> None:
    found = extremes(PICTURES, 1, best=True)
    assert found[["painting", "caption"]].to_numpy().tolist() == [
        ["y", "said of y"],
        ["z", "said of z"],
        ["w", "said of w"],
    ]
    # An error is best where it is lowest; what is missing is nobody's best.
    assert found["why"].tolist() == [
        {"BLEU-4": 0.5},
        {"ROUGE-L": 0.5},
        {"cross-entropy of people's emotions, nats": 1.0},
    ]


def test_of_equal_ones_the_next_metric_decides() -> None:
    worst = extremes(PICTURES, 1, best=False)
    assert worst["painting"].tolist() == ["x", "y"]
    assert worst["why"].tolist() == [
        {"BLEU-4": 0.0, "ROUGE-L": 0.125},
        {"cross-entropy of people's emotions, nats": 4.0},
    ]
    assert extremes(PICTURES, 2, best=False)["painting"].tolist() == ["x", "w", "y"]
