"""Entropy by group, and the artworks of the lowest and the highest entropy."""

import numpy as np
import pandas as pd
import pytest

from stages.common.emotions import ARTEMIS
from stages.emotions_report.figures import by_group, compute, most_agreed, most_divisive, spread
from stages.histograms.tables import add_statistics, count_emotions


def test_spread_and_groups_in_ascending_order() -> None:
    entropies = pd.Series([0.0, 1.0, 0.25, 0.75])
    assert spread(entropies) == {"artworks": 4, "mean": 0.5, "median": 0.5}
    groups = by_group(entropies, pd.Series(["b", "b", None, "a"]))
    assert list(groups.items()) == [
        ("b", {"artworks": 2, "mean": 0.5, "median": 0.5}),
        ("a", {"artworks": 1, "mean": 0.75, "median": 0.75}),
    ]


def histograms(votes: dict[str, list[int]]) -> pd.DataFrame:
    counts = [np.array([*row, *[0] * (9 - len(row))], np.int32) for row in votes.values()]
    return add_statistics(pd.DataFrame({"art_style": "A", "painting": list(votes), "counts": counts}), ARTEMIS)


def test_ties_are_broken_by_votes_then_by_name() -> None:
    frame = histograms(
        {"five": [5], "mixed": [2, 1], "six": [0, 6], "other six": [6], "wide": [1, 1, 1], "two": [4, 2]}
    )
    assert most_agreed(frame, 3)["painting"].tolist() == ["other six", "six", "five"]
    # (4, 2) and (2, 1) have the same entropy.
    assert most_divisive(frame, 3)["painting"].tolist() == ["wide", "two", "mixed"]


ANNOTATIONS = pd.DataFrame(
    {
        "art_style": "A",
        "painting": ["x", "x", "y", "y", "z"],
        "emotion": ["awe", "awe", "fear", "awe", "anger"],
        "utterance": list("12345"),
        "has_picture": [True, True, True, True, False],
    }
)


def test_only_artworks_with_a_picture_are_chosen_with_all_their_utterances() -> None:
    no_genres = pd.DataFrame({"art_style": [], "painting": [], "genre": []})
    figures = compute(add_statistics(count_emotions(ANNOTATIONS, ARTEMIS), ARTEMIS), no_genres, ANNOTATIONS, ARTEMIS)
    assert figures["all"]["artworks"] == 3
    assert figures["by_genre"] == {}
    assert [artwork["painting"] for artwork in figures["agreed"]] == ["x", "y"]
    assert [artwork["painting"] for artwork in figures["divisive"]] == ["y", "x"]
    first = figures["divisive"][0]
    assert first["votes"] == {"awe": 1, "fear": 1}
    assert first["said"] == [["fear", "3"], ["awe", "4"]]
    assert first["entropy"] == pytest.approx(np.log(2))
