"""Pairing of captions with pictures and references, and the human utterances as a system."""

import numpy as np
import pandas as pd
import pytest

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.metrics.interface import CAPTIONS, NONE, Pairings
from stages.metrics.pairing import (
    Sample,
    first_captions,
    human_sample,
    leave_one_out,
    per_picture,
    stack,
    system_sample,
    tokenize_sample,
    unshuffled,
    with_all_references,
)


def utterances(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["painting", "utterance_spelled", "split"])
    return frame.assign(art_style="Realism")


def captions(rows: list[tuple[str, str, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["painting", "caption", "config", "rank"])
    return frame.assign(art_style="Realism", grounding_emotion=None)


UTTERANCES = utterances(
    [
        *(("b", "b one", "test"), ("a", "a one", "test"), ("b", "b two", "test"), ("a", "a two", "test")),
        ("c", "c one", "train"),
    ]
)


def test_captions_are_joined_with_the_references_of_their_artwork() -> None:
    sample = system_sample(
        captions([("b", "of b", 0, 0), ("a", "of a", 0, 0)]), UTTERANCES, ARTEMIS, "captions.parquet"
    )
    assert sample.artworks["painting"].tolist() == ["a", "b"]
    assert sample.scored == [["of a"], ["of b"]]
    assert sample.references == [["a one", "a two"], ["b one", "b two"]]


def test_only_the_first_caption_is_scored_and_further_ones_are_kept() -> None:
    table = captions([("a", "second", 0, 1), ("b", "of b", 0, 0), ("a", "first", 0, 0)])
    sample = system_sample(
        table.assign(grounding_emotion=["awe", None, "awe"]), UTTERANCES, ARTEMIS, "captions.parquet"
    )
    assert sample.texts == [["first", "second"], ["of b"]]
    assert sample.scored == [["first"], ["of b"]]
    assert sample.grounding.tolist() == [1, NONE]


def test_artwork_with_one_reference_is_left_out() -> None:
    sample = system_sample(
        captions([("c", "of c", 0, 0), ("a", "of a", 0, 0)]), UTTERANCES, ARTEMIS, "captions.parquet"
    )
    assert sample.artworks["painting"].tolist() == ["a"]
    with pytest.raises(UserError, match=r"captions.parquet: no artwork has two utterances"):
        system_sample(captions([("c", "of c", 0, 0)]), UTTERANCES, ARTEMIS, "captions.parquet")


def test_first_captions_keep_their_row_numbers() -> None:
    first = first_captions(
        captions([("b", "worse", 0, 1), ("b", "best", 0, 0), ("a", "other", 1, 0), ("a", "first", 0, 2)])
    )
    assert first["caption"].tolist() == ["first", "best"]
    assert first.index.tolist() == [3, 1]


def test_empty_table_of_captions_is_an_error() -> None:
    with pytest.raises(UserError, match=r"captions.parquet: holds no caption"):
        system_sample(captions([]), UTTERANCES, ARTEMIS, "captions.parquet")


def test_artworks_without_references_are_an_error_that_names_the_first() -> None:
    with pytest.raises(UserError, match=r"captions.parquet: 1 of 2 artworks.* Realism/z"):
        system_sample(captions([("a", "of a", 0, 0), ("z", "of z", 0, 0)]), UTTERANCES, ARTEMIS, "captions.parquet")


def test_human_sample_has_the_pictures_with_several_utterances() -> None:
    rows = [("a", f"a{number}", "test") for number in range(3)] + [("b", "b0", "test"), ("c", "c0", "val")]
    humans = human_sample(utterances(rows), "test")
    assert humans.artworks["painting"].tolist() == ["a"]
    assert humans.scored == humans.references == [["a0", "a1", "a2"]]
    # Five rounds take the three utterances cyclically.
    assert humans.rounds() == [["a0"], ["a1"], ["a2"], ["a0"], ["a1"]]


def test_split_without_two_utterances_per_artwork_is_an_error() -> None:
    with pytest.raises(UserError, match=r"captions.split is 'train', where no artwork has two utterances"):
        human_sample(UTTERANCES, "train")


ARTWORKS = pd.DataFrame({"art_style": "R", "painting": ["p", "q"]})
REFERENCES = [["p0", "p1"], ["q0", "q1", "q2"]]
SYSTEM = Sample(ARTWORKS, [["of p", "more of p"], ["of q"]], REFERENCES, np.full(2, NONE))
HUMANS = Sample(ARTWORKS, REFERENCES, REFERENCES, np.full(2, NONE), human=True)


def rows_of(pairings: Pairings) -> list[tuple[str, int, int]]:
    rows = zip(pairings.text, pairings.picture, pairings.dropped, strict=True)
    return [(pairings.texts[text], int(picture), int(dropped)) for text, picture, dropped in rows]


def test_system_is_paired_with_all_references_or_every_choice_of_one_fewer() -> None:
    order = unshuffled(SYSTEM)
    assert rows_of(with_all_references(SYSTEM, order)) == [("of p", 0, NONE), ("of q", 1, NONE)]
    expected = [("of p", 0, 0), ("of p", 0, 1), ("of q", 1, 0), ("of q", 1, 1), ("of q", 1, 2)]
    assert rows_of(leave_one_out(SYSTEM, order)) == expected


def test_human_utterances_are_compared_with_all_but_themselves() -> None:
    expected = [("p0", 0, 0), ("p1", 0, 1), ("q0", 1, 0), ("q1", 1, 1), ("q2", 1, 2)]
    assert rows_of(leave_one_out(HUMANS, unshuffled(HUMANS))) == expected


def test_shuffled_captions_are_compared_with_the_references_of_the_new_picture() -> None:
    swapped = np.array([1, 0])
    assert rows_of(leave_one_out(SYSTEM, swapped))[:3] == [("of q", 0, 0), ("of q", 0, 1), ("of p", 1, 0)]
    # The third utterance about q has no reference at its position among the two about p: counted cyclically.
    assert rows_of(leave_one_out(HUMANS, swapped)) == [
        *(("q0", 0, 0), ("q1", 0, 1), ("q2", 0, 0)),
        *(("p0", 1, 0), ("p1", 1, 1)),
    ]


def test_every_picture_has_the_same_weight() -> None:
    pairings = leave_one_out(SYSTEM, unshuffled(SYSTEM))
    means = per_picture({"x": np.array([1.0, 3, 5, 6, 7])}, pairings.picture, 2)
    assert means["x"].tolist() == [2, 6]
    assert means[CAPTIONS].tolist() == [1, 1]


def test_arrangements_are_stacked_row_by_row() -> None:
    together, rows = stack([with_all_references(SYSTEM, np.array(order)) for order in ([0, 1], [1, 0])], 2)
    assert rows_of(together) == [("of p", 0, NONE), ("of q", 1, NONE), ("of q", 0, NONE), ("of p", 1, NONE)]
    assert rows.tolist() == [0, 1, 2, 3]


def test_all_texts_are_tokenized_in_one_call() -> None:
    calls = []

    def upper(texts: list[str]) -> list[str]:
        calls.append(len(texts))
        return [text.upper() for text in texts]

    sample = tokenize_sample(SYSTEM, upper)
    assert calls == [8]
    assert sample.texts == [["OF P", "MORE OF P"], ["OF Q"]]
    assert sample.references == [["P0", "P1"], ["Q0", "Q1", "Q2"]]
