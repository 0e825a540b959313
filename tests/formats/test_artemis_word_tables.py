"""Import of ArtEmis' word tables from a clone."""

import json

import pytest

from formats.artemis.word_tables import convert, literal
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.text_classifier.glove import glove_words
from stages.utterances.resource_files import SYNONYMS, load_resources

FILES = {
    "artemis/language/language_preprocessing.py": 'raise SystemExit\ncontractions_dict = {"can\'t": "cannot"}\n',
    "artemis/language/spelling.py": (
        'sentence_spelling_dictionary = {"Thesea": "the sea"}\n'
        'token_spelling_dictionary: dict = {"colour": "color", "im": ["i", "am"]}\n'
        'missing_from_glove_but_are_actual_words = {"sereneness", "agfacolor"}\n'
    ),
    "artemis/emotions.py": 'LARGER_EMOTION_VOCAB = [("bored", "boring"), ("shy",)]\n',
    "artemis/data/glove.6B.100d.vocabulary.txt": "the\nsea\n",
    "artemis/data/symspell_frequency_dictionary_en_82_765.txt": "the 9\n",
}


@pytest.fixture
def clone(tmp_path):
    """Files as a clone has them, of which none can be imported."""
    for name, content in FILES.items():
        (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clone" / name).write_text(content)
    return tmp_path / "clone"


def test_the_tables_are_those_that_the_rules_read(clone, tmp_path):
    summary = convert(clone, folder=tmp_path / "resources")
    assert "1 contractions, 1 sentences, 2 tokens, 2 words, 2 words of GloVe, 2 classes of emotions" in summary
    resources = load_resources(tmp_path / "resources")
    assert resources.contractions == {"can't": "cannot"}
    assert resources.tokens == {"colour": ["color"], "im": ["i", "am"]}
    assert resources.good_words == {"the", "sea", "sereneness", "agfacolor"}
    assert read_json(tmp_path / "resources" / SYNONYMS) == [["bored", "boring"], ["shy"]]


def test_the_words_of_glove_vectors(clone, tmp_path):
    (clone / "artemis/data/glove.6B.100d.vocabulary.txt").unlink()
    (tmp_path / "glove.6B.50d.txt").write_text("the 0.1 -0.2\nsky 0.3 0.4\n")
    convert(clone, tmp_path / "glove.6B.50d.txt", tmp_path / "resources")
    assert glove_words(tmp_path / "resources" / "glove_words.txt") == ["the", "sky"]


def test_another_folder(tmp_path):
    with pytest.raises(UserError, match=r"language_preprocessing\.py: there is no such file; give the folder"):
        convert(tmp_path)


def test_a_computed_table_is_not_run(tmp_path):
    (tmp_path / "tables.py").write_text("words = open('x').read()\nother = 1\n")
    with pytest.raises(UserError, match="words is computed, and foreign code is not run"):
        literal(tmp_path / "tables.py", "words")
    with pytest.raises(UserError, match="there is no names"):
        literal(tmp_path / "tables.py", "names")


def test_other_tables(clone, tmp_path):
    convert(clone, folder=tmp_path / "resources")
    (tmp_path / "resources" / "artemis_spelling.json").write_text(json.dumps({"tokens": {}}))
    with pytest.raises(UserError, match=r"artemis_spelling\.json: not the spelling tables of ArtEmis"):
        load_resources(tmp_path / "resources")
