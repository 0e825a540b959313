"""Instruments, with made-up data, and with the real data where they are at hand."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from stages.wording import instruments
from stages.wording.instruments import describe_instruments, load_instruments, load_tagger, load_vader, subjectivity

REAL = Path(__file__).parents[3] / "shared/resources/nltk_data"
needs_nltk_data = pytest.mark.skipif(not REAL.is_dir(), reason="needs ../shared/resources/nltk_data")


def test_without_data_only_subjectivity_and_textblobs_tagger_are_left(tmp_path: Path) -> None:
    loaded = load_instruments(tmp_path)
    assert (loaded.concreteness, loaded.sentiment) == (None, None)
    assert [tag for _, tag in loaded.tag(["the", "dog", "barks"])] == ["DT", "NN", "VBZ"]
    assert describe_instruments(tmp_path) == {"tagger": "TextBlob", "missing": ["concreteness", "sentiment"]}


def test_subjectivity_of_a_fact_and_an_opinion() -> None:
    # The check in ArtEmis' own notebook.
    assert subjectivity("the painting is red") == 0.0
    assert subjectivity("the painting is nice") == 1.0


def test_vader_reads_its_packed_lexicon(tmp_path: Path) -> None:
    (tmp_path / "sentiment").mkdir()
    with ZipFile(tmp_path / instruments.LEXICON, "w") as archive:
        archive.writestr(instruments.LEXICON_MEMBER, "calm\t2.0\t0\t[]\ngloomy\t-2.0\t0\t[]\n")
    score = load_vader(tmp_path)
    # A sum s of valences becomes s / sqrt(s^2 + 15).
    assert score("a calm sea") == pytest.approx(2 / 19**0.5, abs=1e-4)
    assert score("a gloomy sea") == pytest.approx(-2 / 19**0.5, abs=1e-4)
    assert score("a sea") == 0.0


@needs_nltk_data
def test_the_real_lexicon() -> None:
    assert load_vader(REAL)("the sea is very calm and i am happy") == 0.7425


def test_textblobs_tagger_tags_every_token(tmp_path: Path) -> None:
    assert len(load_tagger(tmp_path)(["dog", "'s", "(", "a/b"])) == 4


def test_nltks_tagger_reads_its_weights(tmp_path: Path) -> None:
    # Of equal scores NLTK takes the alphabetically last tag.
    contents = {
        "weights": {"i word dog": {"A": 1.0, "Z": 1.0, "M": 0.5}},
        "tagdict": {"the": "DT"},
        "classes": [*"AMZ"],
    }
    for name, content in contents.items():
        path = tmp_path / "nltk_data" / instruments.TAGGER.format(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        assert describe_instruments(tmp_path)["tagger"] == "TextBlob"
        path.write_text(json.dumps(content), encoding="utf-8")
    assert describe_instruments(tmp_path)["tagger"] == "NLTK"
    assert load_tagger(tmp_path / "nltk_data")(["the", "dog"]) == [("the", "DT"), ("dog", "Z")]


@needs_nltk_data
@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("the man looks like he is thinking about me", "DT NN VBZ IN PRP VBZ VBG IN PRP"),
        ("it reminds me of my grandmother 's house by the sea in 1999", "PRP VBZ PRP IN PRP$ NN POS NN IN DT NN IN CD"),
        (
            "i do n't know what to make of these well-known shapes and colors",
            "NNS VBP RB VB WP TO VB IN DT JJ NNS CC NNS",
        ),
        ("sad", "NN"),
    ],
)
def test_tags_with_the_real_weights(text: str, tags: str) -> None:
    assert " ".join(tag for _, tag in load_tagger(REAL)(text.split())) == tags
