"""Polarity, mixed feelings and dominance, on artworks whose votes can be counted by eye."""

import numpy as np
import pandas as pd
import pytest

from stages.dataset_report.statistics import by_group, dominance, mixed_feelings, polarities, shares

#                   am aw co ex an di fe sa el
COUNTS = np.array([[3, 0, 0, 0, 0, 0, 2, 0, 0],
                   [0, 1, 1, 1, 0, 0, 0, 0, 2],
                   [0, 0, 3, 0, 0, 0, 0, 3, 0],
                   [0, 0, 5, 0, 0, 0, 0, 0, 0]])  # fmt: skip


def test_votes_by_polarity() -> None:
    assert polarities(COUNTS).tolist() == [[3, 2, 0], [3, 0, 2], [3, 3, 0], [5, 0, 0]]
    assert shares(polarities(COUNTS)) == pytest.approx([14 / 21, 5 / 21, 2 / 21])


def test_mixed_feelings() -> None:
    assert mixed_feelings(COUNTS) == {"positive_and_negative": 0.5, "two_polarities": 0.75}


def test_half_of_the_votes_dominate_and_a_tie_goes_to_the_first() -> None:
    found = dominance(COUNTS)
    assert (found["artworks"], found["share"]) == (3, 0.75)
    assert found["by_emotion"]["contentment"] == {"artworks": 2, "share_of_annotations": 2 / 9}
    assert found["by_emotion"]["amusement"] == {"artworks": 1, "share_of_annotations": 1 / 3}
    assert found["by_emotion"]["sadness"] == {"artworks": 0, "share_of_annotations": 0.0}
    # Nobody chose it.
    assert found["by_emotion"]["anger"] == {"artworks": 0, "share_of_annotations": 0.0}


def test_figures_of_a_group_and_artworks_without_one() -> None:
    found = by_group(COUNTS, pd.Series(["sea", None, "sea", "city"], dtype=object))
    assert list(found) == ["city", "sea"]
    sea = found["sea"]
    assert (sea["artworks"], sea["annotations"], sea["dominance"]) == (2, 11, 1.0)
    assert sea["emotions"]["amusement"] == pytest.approx(3 / 11)
    assert sea["polarities"] == {
        "positive": pytest.approx(6 / 11),
        "negative": pytest.approx(5 / 11),
        "else": 0.0,
    }
    assert sea["polarity_entropy"] == pytest.approx(-(6 / 11) * np.log(6 / 11) - (5 / 11) * np.log(5 / 11))
    assert found["city"]["polarity_entropy"] == 0.0
