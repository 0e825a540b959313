"""What changes with the emotion, on captions that can be compared by eye."""

import pandas as pd
import pytest

from stages.common.emotions import EMOTIONS
from stages.speakers_report.captions import ONE, PLAIN, alike, by_emotion, changes, overlap, some, why_not
from stages.speakers_report.gallery import Said
from stages.speakers_report.gallery import by_emotion as said_by_emotion


def captions(*rows: tuple[str, str | None, str], config: int = 0) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["painting", "grounding_emotion", "caption"])
    return frame.assign(art_style="A", config=config, rank=range(len(rows)))


NINE = captions(
    ("x", "fear", "a b"), ("x", "awe", "a c"), ("x", "fear", "second best"), ("y", "awe", "a c d"), ("y", "fear", "e")
)


def test_the_best_caption_from_each_emotion() -> None:
    other = captions(("x", "awe", "by another config"), config=1)
    table = by_emotion(pd.concat([other, NINE]))
    assert table.columns.tolist() == list(EMOTIONS)
    assert table.loc[("A", "x")].dropna().to_dict() == {"awe": "a c", "fear": "a b"}


def test_with_one_emotion_or_none_it_is_told_what_to_do() -> None:
    plain, one = captions(("x", None, "a")), captions(("x", "awe", "a"), ("y", "fear", "b"))
    assert by_emotion(plain).empty
    assert by_emotion(one).empty
    assert changes(by_emotion(one)).empty
    assert (why_not(plain), why_not(one)) == (PLAIN, ONE)


def test_how_far_words_depend_on_emotion_and_picture() -> None:
    found = alike(by_emotion(NINE))
    assert found["distinct"] == 1
    # x: a b and a c share one word of three; y: none of four.
    assert found["same_picture"] == pytest.approx((1 / 3 + 0) / 2)
    # awe: a c and a c d share two of three; fear: none. Each pair is counted from both sides.
    assert found["same_emotion"] == pytest.approx((2 / 3 + 0) / 2)
    assert changes(by_emotion(NINE))["value"].tolist() == ["100.0 %", "16.7 %", "33.3 %"]
    assert len(changes(by_emotion(NINE.head(3)))) == 2


def test_overlap_is_that_of_sets_of_words() -> None:
    assert overlap("a a b", "b c") == 1 / 3
    assert overlap("", "") == 1


def test_some_artworks_in_the_order_asked_for() -> None:
    asked = pd.DataFrame({"art_style": "A", "painting": ["z", "y", "x"]})
    chosen = some(by_emotion(NINE), asked, 1)
    assert chosen["painting"].tolist() == ["y"]
    assert said_by_emotion(chosen) == [[Said("awe", "a c d"), Said("fear", "e")]]
