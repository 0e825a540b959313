import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from stages.annotations.tables import load_annotations, save_annotations
from stages.common.errors import UserError
from stages.common.params import check
from stages.utterances.__main__ import main
from stages.utterances.params import Params
from stages.utterances.tables import load_utterances, spelling_path, vocabulary_path
from stages.utterances.vocabulary import Vocabulary

PARAMS = """
utterances:
  rules: clean
  spell_check: false
  first_sentence: false
  max_annotations: 0
  masterpieces: false
  splits: {train: 0.6, val: 0.2, test: 0.2}
  seed: 1
  profiles:
    analysis: {max_length_percentile: 100, min_length: 0, min_count: 0, high_coverage: 0}
    deep_nets: {max_length_percentile: 100, min_length: 4, min_count: 2, high_coverage: 41}
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Ten artworks with three utterances each; the tenth counts as highly covered."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    said = ["The sea looks like a dream.", "Null", "I can't see the null boat!"]
    rows = [("Cubism", f"painting-{n}", "awe", text, 41 if n == 9 else 3) for n in range(10) for text in said]
    frame = pd.DataFrame(rows, columns=["art_style", "painting", "emotion", "utterance", "repetition"])
    save_annotations(frame.assign(record=range(1, 31), has_picture=True).astype({"repetition": "int32"}))


def test_analysis_keeps_everything(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    assert main().startswith("30 utterances on 10 artworks, 16 words, 0 tokens corrected; left out: 0 ")
    frame = load_utterances("analysis")
    assert frame["split"].value_counts().to_dict() == {"train": 18, "val": 6, "test": 6}
    assert frame["tokens"][2].tolist() == ["i", "can", "not", "see", "the", "null", "boat"]
    assert frame["utterance_spelled"][1] == "null"
    assert frame["tokens_encoded"][1].tolist()[:3] == [1, Vocabulary.load(vocabulary_path("analysis")).ids["null"], 2]
    assert {len(ids) for ids in frame["tokens_encoded"]} == {9}


def test_deep_nets_leaves_out_what_is_short_and_sets_the_covered_aside(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@deep_nets")
    assert "20 utterances on 10 artworks" in (told := main())
    assert "left out: 10 utterances too short and 0 too long" in told
    frame = load_utterances("deep_nets")
    assert frame["painting"].tolist()[-2:] == ["painting-9"] * 2
    assert frame["split"].tolist()[-2:] == ["rest"] * 2


def test_the_same_bytes_again(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@deep_nets")
    made = []
    for _ in range(2):
        main()
        made.append([path.read_bytes() for path in sorted(Path("data/utterances/deep_nets").iterdir())])
    assert len(made[0]) == 4
    assert made[0] == made[1]


def test_splits_must_add_up_to_one(study):
    values = {
        "utterances": {
            "rules": "clean",
            "spell_check": True,
            "first_sentence": False,
            "max_annotations": 0,
            "masterpieces": False,
            "splits": {"train": 0.8, "val": 0.1, "test": 0.2},
            "seed": 1,
            "profiles": {},
        }
    }
    with pytest.raises(UserError, match=r"utterances\.splits: train, val and test add up to 1\.1; allowed"):
        check(Params, values)


def test_a_variant_without_a_profile_is_one_sentence(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@other")
    with pytest.raises(UserError, match="'other' is no profile"):
        main()


def test_rules_without_their_resources_are_one_sentence(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    Path("params.yaml").write_text(PARAMS.replace("rules: clean", "rules: artemis"))
    said = (
        "data/raw/resources: artemis_spelling.json, glove_words.txt, symspell_82_765.txt missing, which "
        "utterances.rules: artemis needs; "
        "`python -m formats.artemis.word_tables <folder of an ArtEmis clone>` writes it"
    )
    with pytest.raises(UserError, match=said):
        main()


def test_few_short_utterances_and_a_masterpiece_in_the_test_split(study, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "utterances@analysis")
    changed = {"max_annotations: 0": "max_annotations: 2", "first_sentence: false": "first_sentence: true"}
    params = PARAMS.replace("masterpieces: false", "masterpieces: true")
    for old, new in changed.items():
        params = params.replace(old, new)
    Path("params.yaml").write_text(params)
    Path("data/raw/resources").mkdir(parents=True)
    Path("data/raw/resources/masterpieces.json").write_text(json.dumps([f"painting-{n}" for n in range(3)]))
    main()
    frame = load_utterances("analysis")
    assert len(frame) == 20
    assert set(frame.loc[frame["painting"] < "painting-3", "split"]) == {"test"}


def test_the_report_says_what_was_corrected(study, monkeypatch):
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
