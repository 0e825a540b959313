"""Concreteness, with a table of a few words; the expected scores are calculated by hand."""

import math
from pathlib import Path

import pandas as pd
import pytest

from stages.common.errors import UserError
from stages.wording import measures
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


HEADER = "Word,Conc.M,Dom_Pos\n"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("Word,Rating\nthe,1\n", "no column Conc.M"),
        ("Word;Conc.M;Dom_Pos\ndog;4.8;Noun\n", "commas"),
        ("word,Conc.M,Dom_Pos\ndog,4.8,Noun\n", "did you mean Word"),
        (HEADER, "rates no word"),
        ("", "empty"),
        (HEADER + "dog,4.8,Noun,\n", "line 2: 4 fields"),
        (HEADER + 'dog,"4,8",Noun\n', "line 2: Conc.M is '4,8'"),
        (HEADER + "dog,,Noun\n", "line 2: Conc.M is empty"),
        (HEADER + "dog,nan,Noun\n", "line 2: Conc.M is 'nan'"),
        (HEADER + ",4.8,Noun\n", "line 2: Word is empty"),
        (HEADER + '"dog,4.8,Noun\nsea,4.8,Noun\n', "line 2 is never closed"),
        ((HEADER + "fianc\u00e9,4.5,Noun\n").encode("latin-1"), "line 2: Word"),
        ((HEADER + "dog,4.8,Noun\n").encode("utf-16"), "UTF-16"),
        (b"PAR1", "Parquet"),
        (b"PK\x03\x04" + bytes(30), "spreadsheet"),
    ],
)
def test_a_table_at_fault_is_an_error(tmp_path: Path, content: str | bytes, named: str) -> None:
    path = tmp_path / "concreteness.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError) as error:
        load_concreteness(path)
    assert str(path) in str(error.value)
    assert named in str(error.value)


def test_a_byte_order_mark_a_line_end_in_quotes_and_a_missing_part_of_speech(tmp_path: Path) -> None:
    path = tmp_path / "concreteness.csv"
    text = '\ufeffWord,Note,Dom_Pos,Conc.M\r\nDog,"two\r\nlines\u2028",Noun,4.8\r\nart gallery,,,4.5\r\n'
    path.write_text(text, encoding="utf-8", newline="")
    table = load_concreteness(path)
    assert (table.words, table.pairs) == ({"dog": 4.8}, {"art gallery": 4.5})


def test_a_fault_is_told_before_processes_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "concreteness.csv").write_text(HEADER)
    monkeypatch.setattr(measures, "usable_cores", lambda: 2)
    monkeypatch.setattr(measures, "TEXTS_PER_PROCESS", 1)
    with pytest.raises(UserError, match="rates no word"):
        measures.measure_all(["a sea", "a dog"], tmp_path, "utterances")
