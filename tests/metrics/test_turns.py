"""Which caption stands before which picture, judged by which references."""

import numpy as np
import pandas as pd

from stages.metrics.interface import CAPTIONS, NONE
from stages.metrics.pairing import Sample, by_all, in_place, in_tokens, leaving_one_out, per_picture, stacked

ARTWORKS = pd.DataFrame({"art_style": "R", "painting": ["p", "q"]})
REFERENCES = [["p0", "p1"], ["q0", "q1", "q2"]]
SYSTEM = Sample(ARTWORKS, [["of p", "more of p"], ["of q"]], REFERENCES, np.full(2, NONE))
PEOPLE = Sample(ARTWORKS, REFERENCES, REFERENCES, np.full(2, NONE), human=True)


def told(trials) -> list[tuple[str, int, int]]:
    rows = zip(trials.text, trials.picture, trials.dropped, strict=True)
    return [(trials.texts[text], int(picture), int(dropped)) for text, picture, dropped in rows]


def test_a_system_is_judged_by_all_or_by_every_choice_of_one_fewer() -> None:
    order = in_place(SYSTEM)
    assert told(by_all(SYSTEM, order)) == [("of p", 0, NONE), ("of q", 1, NONE)]
    expected = [("of p", 0, 0), ("of p", 0, 1), ("of q", 1, 0), ("of q", 1, 1), ("of q", 1, 2)]
    assert told(leaving_one_out(SYSTEM, order)) == expected


def test_people_are_judged_by_all_but_themselves() -> None:
    expected = [("p0", 0, 0), ("p1", 0, 1), ("q0", 1, 0), ("q1", 1, 1), ("q2", 1, 2)]
    assert told(leaving_one_out(PEOPLE, in_place(PEOPLE))) == expected


def test_before_other_pictures_the_references_are_those_of_the_picture() -> None:
    swapped = np.array([1, 0])
    assert told(leaving_one_out(SYSTEM, swapped))[:3] == [("of q", 0, 0), ("of q", 0, 1), ("of p", 1, 0)]
    # The third utterance about q has no counterpart among the two about p: counted around.
    assert told(leaving_one_out(PEOPLE, swapped)) == [
        *(("q0", 0, 0), ("q1", 0, 1), ("q2", 0, 0)),
        *(("p0", 1, 0), ("p1", 1, 1)),
    ]


def test_each_picture_weighs_the_same() -> None:
    trials = leaving_one_out(SYSTEM, in_place(SYSTEM))
    found = per_picture({"x": np.array([1.0, 3, 5, 6, 7])}, trials.picture, 2)
    assert found["x"].tolist() == [2, 6]
    assert found[CAPTIONS].tolist() == [1, 1]


def test_arrangements_are_stacked_row_by_row() -> None:
    together, rows = stacked([by_all(SYSTEM, np.array(order)) for order in ([0, 1], [1, 0])], 2)
    assert told(together) == [("of p", 0, NONE), ("of q", 1, NONE), ("of q", 0, NONE), ("of p", 1, NONE)]
    assert rows.tolist() == [0, 1, 2, 3]


def test_all_texts_are_tokenized_together() -> None:
    asked = []

    def upper(texts: list[str]) -> list[str]:
        asked.append(len(texts))
        return [text.upper() for text in texts]

    found = in_tokens(SYSTEM, upper)
    assert asked == [8]
    assert found.texts == [["OF P", "MORE OF P"], ["OF Q"]]
    assert found.references == [["P0", "P1"], ["Q0", "Q1", "Q2"]]
