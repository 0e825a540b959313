"""A saved speaker captions pictures, and the stage captions those of a split."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from ruamel.yaml import YAML

from stages.captions import __main__ as stage
from stages.captions import attention, speaking
from stages.captions.bans import Rules
from stages.captions.params import Captions
from stages.captions.speaking import Spoken, speak
from stages.common.emotions import EMOTIONS, IDS
from stages.common.errors import UserError
from stages.features.backbones import Backbone
from stages.histograms.tables import save_histograms
from stages.image_classifier import classifier
from stages.images import packed
from stages.speaker.speaker import Trained, load
from stages.utterances.captions_table import load_captions
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.speaker.two_colours import SIZE, VOCABULARY, pictures, save_study, saved, utterances

PLACES = 2  # on each side of the grid
DIALS: dict[str, Any] = {
    "split": "train",
    "rule": "beam",
    "beam_size": 3,
    "temperature": 1.0,
    "max_length": 5,
    "emotion_from": "image_classifier",
}


def _spoken(trained: Trained, emotions: list[int] | None = None, **dials: Any) -> list[Spoken]:
    told = None if emotions is None else np.array(emotions)
    return list(speak(trained, pictures(3).pixels, told, Captions(**{**DIALS, **dials})))


@pytest.mark.parametrize("rule", ["beam", "greedy"])
def test_captions_of_a_saved_speaker(tmp_path: Path, rule: str) -> None:
    saved(tmp_path)
    spoken = _spoken(load(tmp_path), rule=rule)
    assert len(spoken) == 6
    for caption, emotion, log_probability, maps in spoken:
        words = caption.split()
        assert set(words) <= set(VOCABULARY.words) - set(SPECIALS)
        assert len(words) <= 5
        assert emotion is None
        assert log_probability < 0
        # One map for each word, and one for the end where it was reached within five words.
        assert len(maps) in ({len(words) + 1} if len(words) < 5 else {5, 6})
        assert maps.shape[1:] == (PLACES, PLACES)
        assert maps.sum((1, 2)) == pytest.approx(np.ones(len(maps)), abs=1e-5)


def test_batches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = saved(tmp_path, grounded=True)
    emotions = [0, 1, 2, 6, 7, 8]
    together = _spoken(trained, emotions)
    monkeypatch.setattr(speaking, "BATCH", 4)
    for one, wanted in zip(_spoken(trained, emotions), together, strict=True):
        assert one[:2] == wanted[:2]
        assert one.log_probability == pytest.approx(wanted.log_probability, abs=1e-4)
    assert [one.emotion for one in together] == [EMOTIONS[emotion] for emotion in emotions]


def test_what_may_not_be_said_in_the_ids_of_a_vocabulary() -> None:
    rules = speaking.rules_of(Vocabulary([*SPECIALS, "sea", "and", "sky"]))
    assert rules == Rules(start=1, end=2, banned=(0, 1, 3), conjunction=5)
    assert speaking.rules_of(Vocabulary([*SPECIALS, "sea"])).conjunction == -1


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Made-up pictures, utterances and histograms in the working directory; returns the utterances."""
    monkeypatch.chdir(tmp_path)
    images = pictures(3)
    table = utterances(images, held_out=1)
    # Two utterances of each artwork, which is captioned once.
    save_study(images, pd.concat([table, table]))
    counts = [np.eye(len(EMOTIONS), dtype=np.int32)[label] * 2 + 1 for label in table["emotion_label"]]
    save_histograms(table[packed.KEY].assign(counts=counts))
    return table


def _stage(**dials: Any) -> str:
    YAML().dump({"device": "cpu", "captions": DIALS | dials}, Path("params.yaml"))
    return stage.main()


def test_the_stage(study: pd.DataFrame) -> None:
    trained = saved(Path("data/speaker"))
    made = _stage()
    table, maps = load_captions(stage.TABLE), attention.load()
    assert table["painting"].tolist() == ["blue-1", "blue-2", "red-1", "red-2"]
    assert made == f"4 captions, {table['caption'].nunique()} distinct, by beam search of size 3"
    assert table["grounding_emotion"].isna().all()
    # Row i of the table looked with the i-th maps, at its own picture.
    pixels = pictures(3).pixels[[4, 5, 1, 2]]
    for row, (one, wanted) in enumerate(zip(maps, speak(trained, pixels, None, Captions(**DIALS)), strict=True)):
        assert table["caption"][row] == wanted.caption
        assert table["log_probability"][row] == pytest.approx(wanted.log_probability, abs=1e-4)
        np.testing.assert_allclose(one, wanted.attention, atol=1e-3)


def test_a_grounded_speaker_is_told_the_most_frequent_emotion(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    assert _stage(emotion_from="dataset", rule="greedy").endswith("by greedy search")
    assert load_captions(stage.TABLE)["grounding_emotion"].tolist() == ["sadness"] * 2 + ["excitement"] * 2


def test_a_grounded_speaker_is_told_what_the_classifier_finds(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    biased_classifier("fear")
    _stage()
    assert load_captions(stage.TABLE)["grounding_emotion"].tolist() == ["fear"] * 4


def biased_classifier(emotion: str) -> None:
    """Save, in the working directory, an image classifier that finds one emotion in everything."""
    model = classifier.ImageClassifier(Backbone("test_resnet"))
    with torch.no_grad():
        model.head[-1].bias[IDS[emotion]] = 1e3
    classifier.save(model, SIZE, "squash")


def test_a_split_without_pictures_is_named(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"))
    with pytest.raises(
        UserError, match=r"^params.yaml: captions.split is 'rest', but no artwork of that split has a pic"
    ):
        _stage(split="rest")
