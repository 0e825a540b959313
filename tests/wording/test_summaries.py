"""What is told of a set of captions and of its genres, on frames that can be counted by eye."""

import numpy as np
import pandas as pd
import pytest

from stages.wording.parts_of_speech import PARTS
from stages.wording.summary import BINS, by_group, summary

NONE = dict.fromkeys(PARTS, 0)
UTTERANCES = pd.DataFrame(
    {
        "tokens": [4, 6, 8],
        "concreteness": [1.0, np.nan, 4.0],
        "abstract": [True, False, False],
        "sentiment": [-0.5, 0.04, 0.9],
        "subjectivity": [0.0, 0.5, 1.0],
        **{part: [0, 0, 0] for part in PARTS},
        "noun": [1, 2, 6],
    }
)
ARTWORKS = pd.DataFrame({"utterances": [2, 1], **{part: [0, 0] for part in PARTS}, "noun": [3, 4]})


def test_figures_of_a_set() -> None:
    found = summary(UTTERANCES, ARTWORKS)
    assert (found["utterances"], found["pictures"], found["mean_tokens"]) == (3, 2, 6.0)
    assert found["concreteness"]["mean"] == found["concreteness"]["median"] == 2.5
    assert found["abstract"] == pytest.approx(1 / 3)
    # The distances from zero are 0.5, 0.04 and 0.9.
    assert found["sentiment"]["mean"] == pytest.approx(0.48)
    assert found["sentiment"]["median"] == 0.5
    assert found["neutral"] == pytest.approx(1 / 3)
    assert found["subjectivity"]["median"] == 0.5
    assert found["parts"] == {**NONE, "noun": 3.0}
    assert found["distinct"] == {**NONE, "noun": 3.5}
    assert found["distinct_per_utterance"] == {**NONE, "noun": (3 / 2 + 4) / 2}


def test_a_distribution_holds_every_value_once() -> None:
    shares = summary(UTTERANCES, ARTWORKS)["subjectivity"]["shares"]
    assert len(shares) == BINS
    assert sum(shares) == pytest.approx(1)
    assert shares[0] == shares[-1] == pytest.approx(1 / 3)


def test_what_was_not_measured_is_left_out() -> None:
    found = summary(UTTERANCES.assign(concreteness=np.nan, sentiment=np.nan), ARTWORKS)
    assert not {"concreteness", "abstract", "sentiment", "neutral"} & set(found)


def test_figures_by_genre_leave_out_rows_without_one() -> None:
    found = by_group(UTTERANCES, ARTWORKS, pd.Series(["sea", "sea", None]), pd.Series(["sea", None]))
    assert list(found) == ["sea"]
    assert found["sea"]["sentiment"] == {"mean": pytest.approx(0.27), "median": pytest.approx(0.27)}
    assert found["sea"]["concreteness"] == {"mean": 1.0, "median": 1.0}
    assert found["sea"]["parts"]["noun"] == 1.5
    assert found["sea"]["distinct"]["noun"] == 3.0


def test_without_genres_there_is_nothing_by_genre() -> None:
    nowhere = pd.Series([None, None, None], dtype=object)
    assert by_group(UTTERANCES, ARTWORKS, nowhere, nowhere[:2]) == {}
