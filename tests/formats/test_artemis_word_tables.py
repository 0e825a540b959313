import json

import pytest

from formats.artemis.word_tables import glove_words, literal, take
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.utterances.resource_files import SYNONYMS, load_masterpieces, load_resources

FILES = {
    "artemis/language/language_preprocessing.py": 'raise SystemExit\ncontractions_dict = {"can\'t": "cannot"}\n',
    "artemis/language/spelling.py": (
        'sentence_spelling_dictionary = {"Thesea": "the sea"}\n'
        'token_spelling_dictionary: dict = {"colour": "color", "im": ["i", "am"]}\n'
        'missing_from_glove_but_are_actual_words = {"sereneness", "agfacolor"}\n'
    ),
    "artemis/analysis/paintings_meta_data.py": 'masterpieces_for_test = set(["mona-lisa"])\n',
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


def test_what_is_taken_is_what_the_rules_read(clone, tmp_path):
    told = take(clone, folder=tmp_path / "resources")
    assert (
        "1 contractions, 1 sentences, 2 tokens, 2 words, 2 words of GloVe, 1 masterpieces, 2 classes of emotions"
        in told
    )
    resources = load_resources(tmp_path / "resources")
    assert resources.contractions == {"can't": "cannot"}
    assert resources.tokens == {"colour": ["color"], "im": ["i", "am"]}
    assert resources.good_words == {"the", "sea", "sereneness", "agfacolor"}
    assert load_masterpieces(tmp_path / "resources") == ["mona-lisa"]
    assert read_json(tmp_path / "resources" / SYNONYMS) == [["bored", "boring"], ["shy"]]


def test_glove_vectors_will_do(clone, tmp_path):
    (clone / "artemis/data/glove.6B.100d.vocabulary.txt").unlink()
    (tmp_path / "glove.6B.50d.txt").write_text("the 0.1 -0.2\nsky 0.3 0.4\n")
    take(clone, tmp_path / "glove.6B.50d.txt", tmp_path / "resources")
    assert glove_words(tmp_path / "resources" / "glove_words.txt") == ["the", "sky"]


def test_another_folder_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"language_preprocessing\.py: there is no such file; give the folder"):
        take(tmp_path)


def test_a_computed_table_is_not_run(tmp_path):
    (tmp_path / "tables.py").write_text("words = open('x').read()\nother = 1\n")
    with pytest.raises(UserError, match="words is computed, and this tool runs no foreign code"):
        literal(tmp_path / "tables.py", "words")
    with pytest.raises(UserError, match="there is no names"):
        literal(tmp_path / "tables.py", "names")


def test_other_tables_are_one_sentence(clone, tmp_path):
    take(clone, folder=tmp_path / "resources")
    (tmp_path / "resources" / "artemis_spelling.json").write_text(json.dumps({"tokens": {}}))
    with pytest.raises(UserError, match=r"artemis_spelling\.json: not ArtEmis' spelling tables"):
        load_resources(tmp_path / "resources")
