"""Which caption meets which references, and how the humans are made into a system."""

import pandas as pd
import pytest

from stages.common.errors import UserError
from stages.metrics.interface import NONE
from stages.metrics.pairing import first_captions, pair, people


def utterances(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["painting", "utterance_spelled", "split"])
    return frame.assign(art_style="Realism")


def captions(rows: list[tuple[str, str, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["painting", "caption", "config", "rank"])
    return frame.assign(art_style="Realism", grounding_emotion=None)


SPOKEN = utterances(
    [
        *(("b", "b one", "test"), ("a", "a one", "test"), ("b", "b two", "test"), ("a", "a two", "test")),
        ("c", "c one", "train"),
    ]
)


def test_captions_meet_all_references_of_their_artwork() -> None:
    sample = pair(captions([("b", "of b", 0, 0), ("a", "of a", 0, 0)]), SPOKEN, "captions.parquet")
    assert sample.artworks["painting"].tolist() == ["a", "b"]
    assert sample.spoken == [["of a"], ["of b"]]
    assert sample.references == [["a one", "a two"], ["b one", "b two"]]


def test_further_captions_are_kept_beside_the_first() -> None:
    said = captions([("a", "second", 0, 1), ("b", "of b", 0, 0), ("a", "first", 0, 0)])
    sample = pair(said.assign(grounding_emotion=["awe", None, "awe"]), SPOKEN, "captions.parquet")
    assert sample.texts == [["first", "second"], ["of b"]]
    assert sample.spoken == [["first"], ["of b"]]
    assert sample.asked.tolist() == [1, NONE]


def test_an_artwork_with_one_reference_is_left_out() -> None:
    sample = pair(captions([("c", "of c", 0, 0), ("a", "of a", 0, 0)]), SPOKEN, "captions.parquet")
    assert sample.artworks["painting"].tolist() == ["a"]
    with pytest.raises(UserError, match=r"captions.parquet: no artwork has two utterances"):
        pair(captions([("c", "of c", 0, 0)]), SPOKEN, "captions.parquet")


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


def test_people_speak_of_pictures_that_several_spoke_of() -> None:
    rows = [("a", f"a{number}", "test") for number in range(3)] + [("b", "b0", "test"), ("c", "c0", "val")]
    humans = people(utterances(rows), "test")
    assert humans.artworks["painting"].tolist() == ["a"]
    assert humans.spoken == humans.references == [["a0", "a1", "a2"]]
    # Three utterances are counted around in five rounds.
    assert humans.rounds() == [["a0"], ["a1"], ["a2"], ["a0"], ["a1"]]


def test_a_split_without_two_utterances_per_artwork_is_an_error() -> None:
    with pytest.raises(UserError, match=r"captions.split is 'train', where no artwork has two utterances"):
        people(SPOKEN, "train")
