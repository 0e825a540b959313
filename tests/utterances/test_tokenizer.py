from pathlib import Path

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


def again(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "tokenizer.json")
    return Tokenizer.load(tmp_path / "tokenizer.json")


def test_the_corrections_of_the_corpus_are_made_again(tmp_path):
    tokenizer = again(Tokenizer(CleanRules(), {"paintng": "painting"}), tmp_path)
    said = ["The paintng's sky isn\u2019t calm", "", "paintnng"]
    told = [["the", "painting", "'s", "sky", "is", "not", "calm"], [], ["paintnng"]]
    assert tokenizer.tokens(said) == told
    assert tokenizer.tokens([]) == []


def test_the_rules_of_artemis_come_with_their_tables(tmp_path):
    tokenizer = again(Tokenizer(ArtemisRules(Resources(**TABLES)), {"seae": "sea"}), tmp_path)
    said = ["Thesea", "the portrait's colour", "a seae", "it\u2019s"]
    told = [["the", "sea"], ["the", "portrait", "is", "color"], ["a", "sea"], ["it", "\u2019", "s"]]
    assert tokenizer.tokens(said) == told
    assert tokenizer.record() == {"rules": "artemis", **TABLES, "corrections": {"seae": "sea"}}


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_without_corrections_clean_is_text_py(said):
    assert Tokenizer(CleanRules(), {}).tokens(said) == [clean_rules.tokens(one) for one in said]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"rules": "other", "corrections": {}}', '{"rules": "clean"}'])
def test_no_tokenizer_is_one_sentence(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(UserError, match=r"tokenizer\.json: not a tokenizer \(.*\); `dvc repro utterances` writes it"):
        Tokenizer.load(tmp_path / "tokenizer.json")


def test_a_profile_that_was_not_made_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        Tokenizer.load(tokenizer_path("deep_nets"))
    path = Path("data/utterances/deep_nets/tokenizer.json")
    assert str(caught.value) == f"{path}: not made yet; `dvc repro utterances@deep_nets` makes it"
