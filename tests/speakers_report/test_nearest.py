"""The training utterance that is most like a caption."""

from stages.speakers_report.captions import Nearest, nearest

TRAINING = ["a calm and grey sea", "the sea is calm", "the fire is wild", "the sea is calm"]


def test_the_longest_common_subsequence_decides_then_the_order() -> None:
    found = nearest(["the grey sea is calm", "the fire", "unheard", "the fire"], TRAINING)
    assert found == {
        "the grey sea is calm": Nearest("the sea is calm", 4, 5),
        "the fire": Nearest("the fire is wild", 2, 2),
        "unheard": Nearest("a calm and grey sea", 0, 1),
    }
