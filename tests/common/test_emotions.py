"""The nine labels in ArtEmis' order, on which ids in every table and model rest."""

from stages.common.emotions import EMOTIONS, IDS, polarity


def test_order_and_polarity() -> None:
    assert [IDS[emotion] for emotion in EMOTIONS] == list(range(9))
    assert IDS["amusement"] == 0
    assert IDS["something else"] == 8
    sides = [polarity(emotion) for emotion in EMOTIONS]
    assert sides == ["positive"] * 4 + ["negative"] * 4 + ["else"]
