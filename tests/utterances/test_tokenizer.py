"""The tokenizer for new text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.errors import UserError
from stages.utterances import clean_rules
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import Resources
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

TABLES = {"contractions": {"it's": "it is"}, "sentences": {"Thesea": "the sea"}, "tokens": {"colour": ["color"]}}


def reload(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer.json")
    return Tokenizer.load(tmp_path / "tokenizer.json")


def test_the_corrections_of_the_corpus_are_applied(tmp_path):
    tokenizer = reload(Tokenizer(CleanRules(), {"paintng": "painting"}), tmp_path)
    texts = ["The paintng's sky isn\u2019t calm", "", "paintnng"]
    expected = [["the", "painting", "'s", "sky", "is", "not", "calm"], [], ["paintnng"]]
    assert tokenizer.tokens(texts) == expected
    assert tokenizer.tokens([]) == []


def test_the_rules_of_artemis_keep_their_tables(tmp_path):
    tokenizer = reload(Tokenizer(ArtemisRules(Resources(**TABLES)), {"seae": "sea"}), tmp_path)
    texts = ["Thesea", "the portrait's colour", "a seae", "it\u2019s"]
    expected = [["the", "sea"], ["the", "portrait", "is", "color"], ["a", "sea"], ["it", "\u2019", "s"]]
    assert tokenizer.tokens(texts) == expected
    assert tokenizer.record() == {"rules": "artemis", **TABLES, "corrections": {"seae": "sea"}}


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_without_corrections_it_equals_the_clean_rules(texts):
    assert Tokenizer(CleanRules(), {}).tokens(texts) == [clean_rules.tokens(text) for text in texts]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"rules": "other", "corrections": {}}', '{"rules": "clean"}'])
def test_another_file_is_an_error(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(UserError, match=r"tokenizer\.json: not a tokenizer .*`dvc repro utterances`"):
        Tokenizer.load(tmp_path / "tokenizer.json")


def test_a_missing_file_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = r"data/utterances/deep_nets/tokenizer\.json: no such file; `dvc repro utterances@deep_nets`"
    with pytest.raises(UserError, match=message):
        Tokenizer.load(tokenizer_path("deep_nets"))
