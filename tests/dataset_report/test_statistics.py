"""Lengths, votes and synonyms, on data small enough to count by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.dataset_report.statistics import (
    UNCLASSIFIED,
    by_group,
    classes_of,
    dominance,
    lengths,
    load_synonyms,
    mean_lengths,
    mixed_feelings,
    polarities,
    shares,
)

SYNONYMS = [["bored", "boring"], ["curious", "wonder"], ["surprised"], ["surprised", "surprising"]]
#                   am aw co ex an di fe sa el
COUNTS = np.array([[3, 0, 0, 0, 0, 0, 2, 0, 0],
                   [0, 1, 1, 1, 0, 0, 0, 0, 2],
                   [0, 0, 3, 0, 0, 0, 0, 3, 0],
                   [0, 0, 5, 0, 0, 0, 0, 0, 0]])  # fmt: skip


def test_votes_by_polarity() -> None:
    assert polarities(COUNTS, ARTEMIS).tolist() == [[3, 2, 0], [3, 0, 2], [3, 3, 0], [5, 0, 0]]
    assert shares(polarities(COUNTS, ARTEMIS)) == pytest.approx([14 / 21, 5 / 21, 2 / 21])


def test_mixed_feelings() -> None:
    assert mixed_feelings(COUNTS, ARTEMIS) == {"positive_and_negative": 0.5, "two_polarities": 0.75}


def test_half_of_the_votes_are_dominant_and_a_tie_goes_to_the_first() -> None:
    result = dominance(COUNTS, ARTEMIS)
    assert (result["artworks"], result["share"]) == (3, 0.75)
    assert result["by_emotion"]["contentment"] == {"artworks": 2, "share_of_annotations": 2 / 9}
    assert result["by_emotion"]["amusement"] == {"artworks": 1, "share_of_annotations": 1 / 3}
    assert result["by_emotion"]["sadness"] == {"artworks": 0, "share_of_annotations": 0.0}
    # Without any votes.
    assert result["by_emotion"]["anger"] == {"artworks": 0, "share_of_annotations": 0.0}


def test_statistics_of_groups_leave_out_artworks_without_one() -> None:
    groups = by_group(COUNTS, pd.Series(["sea", None, "sea", "city"], dtype=object), ARTEMIS)
    assert list(groups) == ["city", "sea"]
    sea = groups["sea"]
    assert (sea["artworks"], sea["annotations"], sea["dominance"]) == (2, 11, 1.0)
    assert sea["emotions"]["amusement"] == pytest.approx(3 / 11)
    assert sea["polarities"] == {
        "positive": pytest.approx(6 / 11),
        "negative": pytest.approx(5 / 11),
        "else": 0.0,
    }
    assert sea["polarity_entropy"] == pytest.approx(-(6 / 11) * np.log(6 / 11) - (5 / 11) * np.log(5 / 11))
    assert groups["city"]["polarity_entropy"] == 0.0


def test_lengths_of_all_and_of_up_to_fifty_tokens() -> None:
    result = lengths(pd.Series([2, 4, 6, 200]))
    assert (result["mean"], result["median"], result["max"], result["total"]) == (53.0, 5.0, 200, 212)
    short = result["up_to_50"]
    assert (short["share"], short["mean"], short["median"]) == (0.75, 4.0, 4.0)
    assert short["deviation"] == pytest.approx((8 / 3) ** 0.5)
    assert len(result["counts"]) == 51
    assert [n for n, count in enumerate(result["counts"]) if count] == [2, 4, 6]


def test_mean_lengths_leave_out_rows_without_a_group() -> None:
    assert mean_lengths(pd.Series([1, 3, 9, 5]), pd.Series(["b", "b", None, "a"])) == {"b": 2.0, "a": 5.0}


def test_classes_of_something_else() -> None:
    utterances = [
        "this is boring",
        "i wonder and i am bored",
        "bored so bored",
        "nothing",
        "so surprised",
        "so surprising",
    ]
    classes = classes_of([text.split() for text in utterances], SYNONYMS)
    # Two words, the same word twice, none, and a word of two classes.
    assert classes == {UNCLASSIFIED: 4, "bored": 1, "surprised": 1}
    assert next(iter(classes)) == UNCLASSIFIED


def test_the_file_of_synonyms_is_optional(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.json"
    assert load_synonyms(path) is None
    path.write_text('[["bored", "boring"]]', encoding="utf-8")
    assert load_synonyms(path) == [["bored", "boring"]]
    path.write_text('["bored", "boring"]', encoding="utf-8")
    with pytest.raises(UserError, match=r"synonyms.json: not a list of lists"):
        load_synonyms(path)
