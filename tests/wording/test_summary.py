"""Summaries of a caption set and of its groups; the expected figures are calculated by hand."""

import numpy as np
import pandas as pd
import pytest

from stages.wording.parts_of_speech import PARTS
from stages.wording.tables import BINS, by_group, summarize

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
    result = summarize(UTTERANCES, ARTWORKS)
    assert (result["utterances"], result["pictures"], result["mean_tokens"]) == (3, 2, 6.0)
    assert result["concreteness"]["mean"] == result["concreteness"]["median"] == 2.5
    assert result["abstract"] == pytest.approx(1 / 3)
    # The absolute values are 0.5, 0.04 and 0.9.
    assert result["sentiment"]["mean"] == pytest.approx(0.48)
    assert result["sentiment"]["median"] == 0.5
    assert result["neutral"] == pytest.approx(1 / 3)
    assert result["subjectivity"]["median"] == 0.5
    assert result["parts"] == {**NONE, "noun": 3.0}
    assert result["distinct"] == {**NONE, "noun": 3.5}
    assert result["distinct_per_utterance"] == {**NONE, "noun": (3 / 2 + 4) / 2}


def test_the_bins_of_a_distribution_hold_every_value() -> None:
    shares = summarize(UTTERANCES, ARTWORKS)["subjectivity"]["shares"]
    assert len(shares) == BINS
    assert sum(shares) == pytest.approx(1)
    assert shares[0] == shares[-1] == pytest.approx(1 / 3)


def test_missing_measures_are_left_out() -> None:
    result = summarize(UTTERANCES.assign(concreteness=np.nan, sentiment=np.nan), ARTWORKS)
    assert not {"concreteness", "abstract", "sentiment", "neutral"} & set(result)


def test_figures_by_group_without_rows_that_have_none() -> None:
    result = by_group(UTTERANCES, ARTWORKS, pd.Series(["sea", "sea", None]), pd.Series(["sea", None]))
    assert list(result) == ["sea"]
    assert result["sea"]["sentiment"] == {"mean": pytest.approx(0.27), "median": pytest.approx(0.27)}
    assert result["sea"]["concreteness"] == {"mean": 1.0, "median": 1.0}
    assert result["sea"]["parts"]["noun"] == 1.5
    assert result["sea"]["distinct"]["noun"] == 3.0


def test_without_groups_there_are_no_figures() -> None:
    groups = pd.Series([None, None, None], dtype=object)
    assert by_group(UTTERANCES, ARTWORKS, groups, groups[:2]) == {}
