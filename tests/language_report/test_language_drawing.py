"""Tables and charts of the language, with and without what a person may give."""

from typing import Any

from stages.language_report.drawing import genres, glance, others, parts, scale, tagger
from stages.wording.parts_of_speech import PARTS

COUNTS = dict.fromkeys(PARTS, 1.5)
OURS: dict[str, Any] = {
    "utterances": 12,
    "pictures": 3,
    "mean_tokens": 15.9,
    "concreteness": {"mean": 2.81, "median": 2.78, "shares": [0.5, 0.5]},
    "subjectivity": {"mean": 0.47, "median": 0.5, "shares": [0.25, 0.75]},
    "abstract": 0.315,
    "parts": COUNTS,
    "distinct": COUNTS,
    "distinct_per_utterance": COUNTS,
}
FOUND: dict[str, Any] = {
    "tagger": "NLTK",
    "missing": ["sentiment"],
    "sets": {"utterances": OURS, "COCO": OURS | {"mean_tokens": 10.5}},
    "by_genre": {"still_life": {"subjectivity": {"mean": 0.465, "median": 0.5}, "parts": COUNTS, "distinct": COUNTS}},
}


def test_sets_stand_side_by_side_and_what_is_missing_is_a_dash() -> None:
    table = glance(FOUND)
    assert list(table) == ["utterances", "COCO"]
    assert table.loc["tokens per caption"].tolist() == [15.9, 10.5]
    assert table.loc["with an abstract word", "COCO"] == "31.5 %"
    assert table.loc["sentiment, mean"].tolist() == [None, None]
    assert table.loc["neutral", "COCO"] == "–"  # noqa: RUF001


def test_a_scale_is_drawn_for_all_sets_or_its_absence_told() -> None:
    chart = scale(FOUND, "concreteness", "concreteness")
    assert "percent in the fullest bin: utterances 50.00, COCO 50.00" in chart
    assert "VADER&#39;s lexicon is not in" in scale(FOUND, "sentiment", "sentiment")


def test_the_tagger_is_named() -> None:
    assert "NLTK&#39;s averaged perceptron, as in ArtEmis" in tagger(FOUND)
    assert "TextBlob" in tagger({"tagger": "TextBlob"})


def test_other_captions_are_there_or_not() -> None:
    assert "same rules for text" in others(FOUND)
    assert "No other captions were given" in others({"sets": {"utterances": OURS}})


def test_parts_of_speech_of_all_sets_and_by_genre() -> None:
    assert parts(FOUND).count("<table>") == 3
    drawn = genres(FOUND)
    assert '<th scope="row">still life</th><td>0.465</td><td>0.500</td>' in drawn
    assert drawn.count("<table>") == 3
    assert "No genre is known" in genres({"by_genre": {}})
