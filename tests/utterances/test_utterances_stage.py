"""The stage on ten artworks."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from stages.annotations.tables import FOLDER, load_annotations, save_annotations, save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import check
from stages.utterances.__main__ import main
from stages.utterances.params import Params
from stages.utterances.spelling import spelling_path
from stages.utterances.tables import load_left_out, load_utterances, vocabulary_path
from stages.utterances.tokenizer import Tokenizer, tokenizer_path
from stages.utterances.vocabulary import Vocabulary

PARAMS = """
seed: 1
utterances:
  rules: clean
  spell_check: false
  first_sentence: false
  max_annotations: 0
  split_by: shares
  splits: {train: 0.6, val: 0.2}
  max_length_percentile: 100
  min_length: 4
  min_count: 2
  high_coverage: 41
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Ten artworks with three utterances each; the tenth has high coverage."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    texts = ["The sea looks like a dream.", "Null", "I can't see the null boat!"]
    rows = [("Cubism", f"painting-{n}", "awe", text, 41 if n == 9 else 3) for n in range(10) for text in texts]
    frame = pd.DataFrame(rows, columns=["art_style", "painting", "emotion", "utterance", "repetition"])
    save_emotions(ARTEMIS)
    save_annotations(frame.assign(record=range(1, 31), has_picture=True).astype({"repetition": "int32"}))
    write_json({"language": "en"}, FOLDER / "dataset.json")


def test_analysis_keeps_everything(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    assert main().startswith("30 utterances on 10 artworks, 16 words, 0 tokens corrected; dropped: 0 ")
    frame = load_utterances("analysis")
    assert frame["split"].value_counts().to_dict() == {"train": 18, "val": 6, "test": 6}
    assert frame["tokens"][2].tolist() == ["i", "can", "not", "see", "the", "null", "boat"]
    assert frame["utterance_spelled"][1] == "null"
    assert frame["tokens_encoded"][1].tolist()[:3] == [1, Vocabulary.load(vocabulary_path("analysis")).ids["null"], 2]
    assert {len(ids) for ids in frame["tokens_encoded"]} == {9}


def test_deep_nets_drops_short_utterances_and_moves_high_coverage_to_rest(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@deep_nets")
    summary = main()
    assert "20 utterances on 10 artworks" in summary
    assert "dropped: 10 utterances too short and 0 too long" in summary
    frame = load_utterances("deep_nets")
    assert frame["painting"].tolist()[-2:] == ["painting-9"] * 2
    assert frame["split"].tolist()[-2:] == ["rest"] * 2
    others = load_left_out("deep_nets")
    assert len(others) == 10
    assert others["utterance_spelled"].unique().tolist() == ["null"]
    # With the split of their artworks, and all that a classifier needs.
    both = frame.drop_duplicates(["art_style", "painting"]).merge(others, on=["art_style", "painting"])
    assert (both["split_x"] == both["split_y"]).all()
    assert others["tokens"].str.len().tolist() == [1] * 10
    assert others.columns.tolist() == [name for name in frame if name != "tokens_encoded"]


def test_two_runs_write_the_same_bytes(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@deep_nets")
    contents = []
    for _ in range(2):
        main()
        contents.append([path.read_bytes() for path in sorted(Path("data/utterances/deep_nets").iterdir())])
    assert len(contents[0]) == 5
    assert contents[0] == contents[1]


def test_splits_must_leave_a_share_for_testing():
    values = YAML(typ="safe").load(PARAMS.replace("val: 0.2", "val: 0.5"))
    with pytest.raises(UserError, match=r"utterances\.splits: train and val add up to 1\.1; allowed"):
        check(Params, values)


def test_an_unknown_profile_is_an_error(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@other")
    with pytest.raises(UserError, match=r"'other'.*profile"):
        main()


def test_rules_without_their_resources_are_an_error(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    Path("params.yaml").write_text(PARAMS.replace("rules: clean", "rules: artemis"))
    files = r"artemis_spelling\.json, glove_words\.txt, symspell_82_765\.txt"
    message = rf"data/raw/resources: missing {files}, .*utterances\.rules: artemis; .*artemis import word-tables"
    with pytest.raises(UserError, match=message):
        main()


def test_first_sentences_of_two_annotations(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    params = PARAMS.replace("max_annotations: 0", "max_annotations: 2")
    Path("params.yaml").write_text(params.replace("first_sentence: false", "first_sentence: true"))
    frame = load_annotations()
    save_annotations(frame.assign(utterance=frame["utterance"].replace("Null", "Null. And void.")))
    main()
    frame = load_utterances("analysis")
    assert len(frame) == 20
    assert frame["utterance_spelled"].tolist() == ["the sea looks like a dream", "null"] * 10


def test_the_report_of_the_spelling(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    Path("params.yaml").write_text(PARAMS.replace("spell_check: false", "spell_check: true"))
    frame = load_annotations()
    frame.loc[:1, "utterance"] = ["A beautifull, beautifull boat", "qwxzqwxz 4th :)"]
    save_annotations(frame)
    assert "2 tokens corrected" in main()
    report = pq.read_table(spelling_path("analysis"))
    assert report.to_pydict() == {
        "token": ["beautifull", "qwxzqwxz"],
        "correction": ["beautiful", None],
        "count": [2, 1],
    }


PLAIN = PARAMS.replace("rules: clean", "rules: plain").replace("min_length: 4", "min_length: 2")


def test_text_in_another_language(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@deep_nets")
    Path("params.yaml").write_text(PLAIN.replace("first_sentence: false", "first_sentence: true"))
    write_json({"language": "zh-Hans"}, FOLDER / "dataset.json")
    frame = load_annotations()
    save_annotations(frame.assign(utterance=["海很平静。天空。", "「你好！」他说。", "海。"] * 10))  # noqa: RUF001
    assert "20 utterances on 10 artworks" in main()
    frame = load_utterances("deep_nets")
    assert frame["utterance"].tolist()[:2] == ["海很平静。", "「你好！」"]  # noqa: RUF001
    assert frame["utterance_spelled"].tolist()[:2] == ["海 很 平 静", "你 好"]
    assert Tokenizer.load(tokenizer_path("deep_nets")).tokens(["大海!"]) == [["大", "海"]]
    assert pq.read_table(spelling_path("deep_nets")).num_rows == 0


def test_rules_of_english_refuse_another_language(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    write_json({"language": "de"}, FOLDER / "dataset.json")
    with pytest.raises(UserError, match=r"language is de, but utterances\.rules is clean"):
        main()


def test_plain_rules_have_no_spelling_to_check():
    values = YAML(typ="safe").load(PLAIN.replace("spell_check: false", "spell_check: true"))
    with pytest.raises(UserError, match=r"utterances: rules is plain.*set spell_check to false"):
        check(Params, values)
