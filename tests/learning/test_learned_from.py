"""What a command says of a classifier before its answers."""

import pytest

from stages.learning.learned_from import LearnedFrom, introduction

ARTEMIS = LearnedFrom("ArtEmis", embedded=False, pictures=512, utterances=3_100)
EMBEDDED = LearnedFrom("demo", embedded=True, pictures=512, utterances=3_100)


@pytest.mark.parametrize(
    ("data", "temperature", "weight", "start", "end"),
    [
        (
            *(ARTEMIS, 1.37, 0.0),
            "this text classifier learned from 3,100 utterances about 512 pictures of ArtEmis; ",
            "; its probabilities are calibrated (temperature 1.37)",
        ),
        (
            *(EMBEDDED, 0.9, 0.45),
            "this text classifier learned from 3,100 utterances about 512 pictures of the embedded corpus",
            "; its probabilities are calibrated (temperature 0.90, mixed with the TF-IDF baseline, weight 0.45)",
        ),
        (
            *(None, 1.0, 0.0),
            "nothing is known of what this text classifier learned from; ",
            "; its probabilities are not calibrated",
        ),
        (None, 2.0, 0.0, "nothing is known", "calibrated (temperature 2.00)"),
    ],
)
def test_an_introduction(data: LearnedFrom | None, temperature: float, weight: float, start: str, end: str) -> None:
    said = introduction("text classifier", "emotions of other sentences", data, temperature, weight)
    assert said.startswith(start)
    assert said.endswith(end)
    assert ("its emotions of other sentences mean nothing" in said) == (data is EMBEDDED)
