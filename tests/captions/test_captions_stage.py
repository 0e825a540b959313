"""The stage captions the artworks of a split, under the emotions of the image classifier or of the annotations."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from stages.captions import __main__ as stage
from stages.captions import attention
from stages.captions.captioner import generate
from stages.captions.sampling import sampling_plan
from stages.common.artworks import ARTWORK
from stages.common.captions_table import load_captions
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.histograms.tables import save_histograms
from tests.captions.captioning import CAPTIONS, plan_of, save_biased_classifier
from tests.speaker.two_colours import pictures, save_study, saved, utterances

PIXELS = pictures(3).pixels
# Rows of the pictures blue-1, blue-2, red-1 and red-2, which the stage captions.
ROWS = [4, 5, 1, 2]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Made-up pictures, utterances and histograms in the working directory; returns the utterances."""
    monkeypatch.chdir(tmp_path)
    images = pictures(3)
    table = utterances(images, held_out=1)
    # Two utterances of each artwork, which is captioned once.
    save_study(images, pd.concat([table, table]))
    counts = [np.eye(len(ARTEMIS), dtype=np.int32)[label] * 2 + 1 for label in table["emotion_label"]]
    save_histograms(table[ARTWORK].assign(counts=counts), ARTEMIS)
    return table


@pytest.fixture
def conditions(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """The conditions of each batch that the stage captions."""
    batches: list[np.ndarray] = []
    monkeypatch.setattr(stage, "generate", lambda *given: batches.append(given[2]) or generate(*given))
    return batches


def _run(**changed: Any) -> str:
    YAML().dump({"device": "cpu", "captions": CAPTIONS | changed}, Path("params.yaml"))
    return stage.main()


def test_the_stage(study: pd.DataFrame) -> None:
    trained = saved(Path("data/speaker"))
    message = _run()
    table, maps = load_captions(stage.TABLE), attention.load()
    assert table["painting"].tolist() == ["blue-1", "blue-2", "red-1", "red-2"]
    assert message == f"4 captions, {table['caption'].nunique()} distinct, by beam search of size 3"
    assert table["grounding_emotion"].isna().all()
    assert table["emotion_source"].isna().all()
    # Row i of the table has the i-th maps, of its own picture.
    names = list(table["art_style"] + "/" + table["painting"])
    for row, (array, (expected,)) in enumerate(
        zip(maps, generate(trained, PIXELS[ROWS], None, names, plan_of()), strict=True)
    ):
        assert table["caption"][row] == expected.caption
        assert table["log_probability"][row] == pytest.approx(expected.log_probability, abs=1e-4)
        np.testing.assert_allclose(array, expected.attention, atol=1e-3)


def test_the_condition_is_the_most_frequent_emotion_of_the_annotations(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    assert _run(emotion_from="dataset", rule="greedy").endswith("by greedy search")
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].tolist() == ["sadness"] * 2 + ["excitement"] * 2
    assert set(table["emotion_source"]) == {"dataset"}


def test_the_condition_is_the_likeliest_emotion_by_the_image_classifier(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    save_biased_classifier("fear")
    _run()
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].tolist() == ["fear"] * 4
    assert set(table["emotion_source"]) == {"image_classifier"}


def test_the_condition_is_the_distribution_of_the_annotations(
    study: pd.DataFrame, conditions: list[np.ndarray]
) -> None:
    saved(Path("data/speaker"), grounded=True, emo_from="artwork")
    _run(emotion_from="dataset")
    # Three votes for its emotion, one for each of the others.
    sad, excited = (np.where(np.arange(9) == ARTEMIS.ids[name], 3, 1) / 11 for name in ("sadness", "excitement"))
    np.testing.assert_allclose(conditions[0][:, 0], np.array([sad, sad, excited, excited]), rtol=1e-6)
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].tolist() == ["sadness"] * 2 + ["excitement"] * 2
    assert set(table["emotion_source"]) == {"dataset"}


def test_the_condition_is_the_distribution_by_the_image_classifier(
    study: pd.DataFrame, conditions: list[np.ndarray]
) -> None:
    saved(Path("data/speaker"), grounded=True, emo_from="artwork")
    save_biased_classifier("fear", by=2.0)
    _run()
    shares = conditions[0][:, 0]
    assert shares.sum(1) == pytest.approx(np.ones(4), abs=1e-5)
    assert ((shares[:, ARTEMIS.ids["fear"]] > 0.3) & (shares[:, ARTEMIS.ids["fear"]] < 0.8)).all()
    assert load_captions(stage.TABLE)["grounding_emotion"].tolist() == ["fear"] * 4


def test_a_speaker_also_trained_without_emotions_may_get_none(study: pd.DataFrame) -> None:
    trained = saved(Path("data/speaker"), grounded=True, emo_dropout=0.1)
    _run(emotion_from="none")
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].isna().all()
    assert table["emotion_source"].isna().all()
    names = list(table["art_style"] + "/" + table["painting"])
    captions = generate(trained, PIXELS[ROWS], None, names, plan_of())
    assert table["caption"].tolist() == [caption.caption for (caption,) in captions]


def test_a_speaker_that_needs_an_emotion_without_one_is_an_error(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    with pytest.raises(UserError, match=r"^params.yaml: captions.emotion_from is none, but .* speaker.emo_dropout"):
        _run(emotion_from="none")


def test_all_nine_emotions_start_with_the_likeliest(study: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(Path("data/speaker"), grounded=True)
    save_biased_classifier("fear")
    monkeypatch.setattr(stage, "sampling_plan", lambda config: sampling_plan(config, candidates=2))
    message = _run(emotion_from="all", rule="multinomial")
    assert message.startswith("72 captions, ")
    table = load_captions(stage.TABLE)
    assert table["rank"].tolist() == list(range(18)) * 4
    for _, captions in table.groupby("painting"):
        assert captions["grounding_emotion"].tolist()[:2] == ["fear", "fear"]
        assert set(captions["grounding_emotion"]) == set(ARTEMIS.names)
    assert set(table["emotion_source"]) == {"person"}
    assert len(attention.load()) == 72


def test_several_configs(study: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(Path("data/speaker"))
    configs = [{"sampling_rule": "beam", "beam_size": 2}, {"sampling_rule": "argmax", "max_utterance_len": 2}]
    Path("configs.json").write_text(json.dumps(configs))
    monkeypatch.setattr(stage, "sampling_plan", lambda config: sampling_plan(config, candidates=2))
    assert _run(configs="configs.json").endswith("by 2 configs")
    table = load_captions(stage.TABLE)
    assert table[["config", "rank"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0]] * 4
    assert table.loc[table["config"] == 1, "caption"].str.split().str.len().max() <= 2
    written = read_json(stage.CONFIGS)
    values = [(config["rule"], config["beam_size"], config["max_length"]) for config in written]
    assert values == [("beam", 2, 5), ("greedy", 3, 2)]


def test_pictures_are_captioned_in_batches(study: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(Path("data/speaker"))
    results, sizes = [], []
    monkeypatch.setattr(stage, "generate", lambda *given: sizes.append(len(given[1])) or generate(*given))
    monkeypatch.setattr(stage, "sampling_plan", lambda config: sampling_plan(config, candidates=2))
    for size in (32, 3):
        monkeypatch.setattr(stage, "BATCH", size)
        _run(rule="multinomial")
        results.append((load_captions(stage.TABLE)["caption"].tolist(), [len(maps) for maps in attention.load()]))
    assert results[0] == results[1]
    assert sizes == [4, 3, 1]


def test_a_split_without_pictures_is_an_error(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"))
    with pytest.raises(UserError, match=r"^params.yaml: captions.split is 'rest', but no artwork of that split has"):
        _run(split="rest")
