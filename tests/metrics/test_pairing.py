"""Which caption meets which references, and how the humans are made into a system."""

import pandas as pd
import pytest

from stages.common.errors import UserError
from stages.metrics.pairing import first_captions, leave_one_out, pair


def utterances(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["painting", "utterance_spelled", "split"])
    return frame.assign(art_style="Realism")


def captions(rows: list[tuple[str, str, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["painting", "caption", "config", "rank"])
    return frame.assign(art_style="Realism")


SPOKEN = utterances([("b", "b one", "test"), ("a", "a one", "test"), ("b", "b two", "test"), ("c", "c one", "train")])


def test_captions_meet_all_references_of_their_artwork() -> None:
    sample = pair(captions([("b", "of b", 0, 0), ("a", "of a", 0, 0)]), SPOKEN, "captions.parquet")
    assert sample.artworks["painting"].tolist() == ["a", "b"]
    assert sample.hypotheses == ["of a", "of b"]
    assert sample.references == [["a one"], ["b one", "b two"]]


def test_one_caption_per_artwork_and_its_row_number() -> None:
    chosen = first_captions(
        captions([("b", "worse", 0, 1), ("b", "best", 0, 0), ("a", "other", 1, 0), ("a", "first", 0, 2)])
    )
    assert chosen["caption"].tolist() == ["first", "best"]
    assert chosen.index.tolist() == [3, 1]


def test_no_captions_is_an_error() -> None:
    with pytest.raises(UserError, match=r"captions.parquet: holds no caption"):
        pair(captions([]), SPOKEN, "captions.parquet")


def test_artworks_without_references_are_an_error_that_names_one() -> None:
    with pytest.raises(UserError, match=r"1 of 2 artworks, the first of them Realism/z, have no utterance"):
        pair(captions([("a", "of a", 0, 0), ("z", "of z", 0, 0)]), SPOKEN, "captions.parquet")


def test_each_reference_is_judged_by_the_others() -> None:
    rows = [("a", f"a{number}", "test") for number in range(3)] + [
        ("b", "b0", "test"),
        ("c", "c0", "val"),
        ("c", "c1", "val"),
    ]
    rounds = leave_one_out(utterances(rows), "test")
    # Three references are counted around in five rounds; one reference alone has no judge.
    assert [sample.hypotheses for sample in rounds] == [["a0"], ["a1"], ["a2"], ["a0"], ["a1"]]
    assert rounds[1].references == [["a0", "a2"]]
    assert rounds[0].artworks["painting"].tolist() == ["a"]


def test_a_split_without_two_utterances_per_artwork_is_an_error() -> None:
    with pytest.raises(UserError, match=r"captions.split is 'train', where no artwork has two utterances"):
        leave_one_out(SPOKEN, "train")
