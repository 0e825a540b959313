"""Concreteness, with a table of a few words; the expected scores are calculated by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest

from stages.common.errors import UserError
from stages.wording.instruments import concreteness_of, load_concreteness

RATINGS = {"Dog": 4.8, "idea": 1.6, "art gallery": 4.5, "gallery": 4.6, "is": 1.6, "as": 1.3, "art": 4.2}
TABLE = concreteness_of(pd.DataFrame({"Word": list(RATINGS), "Conc.M": list(RATINGS.values())}))


def test_words_are_lower_case_and_separate_from_pairs() -> None:
    assert TABLE.words["dog"] == 4.8
    assert TABLE.pairs == {"art gallery": 4.5}


def test_a_score_is_the_mean_of_all_rated_words() -> None:
    assert TABLE.score(["the", "dog", "is", "unrated"]) == pytest.approx((4.8 + 1.6) / 2)
    assert TABLE.score(["dog", "dog", "idea"]) == pytest.approx((4.8 + 4.8 + 1.6) / 3)


def test_each_occurrence_of_a_pair_counts_and_its_words_do_not() -> None:
    assert TABLE.score(["art", "gallery", "dog"]) == pytest.approx((4.5 + 4.8) / 2)
    assert TABLE.score(["art", "gallery", "and", "art", "gallery"]) == pytest.approx(4.5)


def test_a_pair_is_removed_from_longer_words_too() -> None:
    # `smart gallery` is no rated pair, but without the text `art gallery` only `sm` is left of it.
    assert TABLE.score(["art", "gallery", "smart", "gallery"]) == pytest.approx(4.5)


def test_without_a_rated_word_there_is_no_score() -> None:
    assert math.isnan(TABLE.score(["zebra"]))
    assert math.isnan(TABLE.score([]))


def test_the_lowest_percentile_of_the_ratings_is_abstract() -> None:
    frame = pd.DataFrame({"Word": [f"w{n}" for n in range(200)] + ["of course"], "Conc.M": [*range(200), -1]})
    table = concreteness_of(frame)
    # The first percentile of -1 ... 199 is 1.
    assert table.abstract == {"of course", "w0", "w1"}
    assert table.uses_abstract(["x", "w1"])
    assert table.uses_abstract(["of", "course"])
    assert not table.uses_abstract(["of", "w2", "course"])


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_table_is_read_without_its_articles(tmp_path: Path, separator: str) -> None:
    rows = [["Word", "Bigram", "Conc.M", "Dom_Pos"], ["the", "0", "1.4", "Article"], ["null", "0", "2.5", "Noun"]]
    path = tmp_path / "concreteness.csv"
    path.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    assert load_concreteness(path).words == {"null": 2.5}


def test_a_table_without_ratings_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "concreteness.csv"
    path.write_text("Word,Rating\nthe,1\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"concreteness.csv: column Conc.M is missing"):
        load_concreteness(path)
