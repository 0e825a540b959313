"""A saved speaker captions pictures, and the stage captions those of a split."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from ruamel.yaml import YAML

from stages.captions import __main__ as stage
from stages.captions import attention, captioner
from stages.captions.captioner import Spoken, speak
from stages.captions.hypotheses import Rules
from stages.captions.params import Captions
from stages.captions.sampling import Manner, manner
from stages.common.captions_table import load_captions
from stages.common.emotions import EMOTIONS, IDS
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.histograms.tables import save_histograms
from stages.image_classifier import classifier
from stages.images import packed
from stages.learning.backbones import Backbone
from stages.speaker.checkpoint import Trained, load
from stages.speaker.registry import ARCHITECTURES
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.speaker.two_colours import SIZE, VOCABULARY, pictures, save_study, saved, utterances

RULES = ["beam", "greedy", "multinomial", "top_k", "top_p"]
every = pytest.mark.parametrize("arch", ARCHITECTURES)
PLACES = 2  # on each side of the grid
DIALS: dict[str, Any] = {
    "split": "train",
    "rule": "beam",
    "beam_size": 3,
    "temperature": 1.0,
    "max_length": 5,
    "top_k": 2,
    "top_p": 0.5,
    "length_normalization": 0.0,
    "guidance": 1.0,
    "banned_words": "",
    "configs": "none",
    "candidates": 1,
    "matmul_precision": "highest",
    "emotion_from": "image_classifier",
    "seed": 1,
}


def manner_of(**dials: Any) -> Manner:
    return manner(Captions(**{**DIALS, **dials}))


def _spoken(trained: Trained, emotions: list[list[int]] | None = None, **dials: Any) -> list[list[Spoken]]:
    told = None if emotions is None else np.eye(len(EMOTIONS), dtype=np.float32)[np.array(emotions)]
    return speak(trained, pictures(3).pixels, told, list("abcdef"), manner_of(**dials))


@pytest.mark.parametrize("rule", RULES)
@every
def test_captions_of_a_saved_speaker(tmp_path: Path, arch: str, rule: str) -> None:
    saved(tmp_path, arch)
    spoken = _spoken(load(tmp_path), rule=rule)
    assert len(spoken) == 6
    for ((caption, emotion, config, rank, log_probability, maps),) in spoken:
        assert (config, rank) == (0, 0)
        words = caption.split()
        assert set(words) <= set(VOCABULARY.words) - set(SPECIALS)
        assert len(words) <= 5
        assert emotion is None
        assert log_probability < 0
        # One map for each word, and one for the end where it was reached within five words.
        assert len(maps) in ({len(words) + 1} if len(words) < 5 else {5, 6})
        assert maps.shape[1:] == (PLACES, PLACES)
        assert maps.sum((1, 2)) == pytest.approx(np.ones(len(maps)), abs=1e-5)


@pytest.mark.parametrize("rule", RULES)
@every
def test_batches_change_nothing(tmp_path: Path, arch: str, rule: str) -> None:
    trained, how = saved(tmp_path, arch, grounded=True), manner_of(rule=rule, candidates=2)
    ids, pixels, names = [0, 1, 2, 6, 7, 8], pictures(3).pixels, list("abcdef")
    emotions = np.eye(len(EMOTIONS), dtype=np.float32)[ids][:, None]
    together = speak(trained, pixels, emotions, names, how)
    for row, wanted in enumerate(together):
        (alone,) = speak(trained, pixels[[row]], emotions[[row]], names[row : row + 1], how)
        assert [one[:4] for one in alone] == [one[:4] for one in wanted]
        likelihoods = [one.log_probability for one in wanted]
        assert [one.log_probability for one in alone] == pytest.approx(likelihoods, abs=1e-4)
        assert {one.emotion for one in alone} == {EMOTIONS[ids[row]]}


@pytest.mark.parametrize(
    ("rule", "count"), [("beam", 3), ("greedy", 1), ("multinomial", 4), ("top_k", 4), ("top_p", 4)]
)
def test_candidates_stand_in_the_order_of_their_likelihood(tmp_path: Path, rule: str, count: int) -> None:
    for captions in _spoken(saved(tmp_path), rule=rule, candidates=4):
        assert [one.rank for one in captions] == list(range(count))
        likelihoods = [one.log_probability for one in captions]
        assert likelihoods == sorted(likelihoods, reverse=True)


def test_several_emotions_of_each_picture_one_after_the_other(tmp_path: Path) -> None:
    spoken = _spoken(saved(tmp_path, grounded=True), [[3, 1]] * 6, candidates=2)
    told = [(one.emotion, one.rank) for one in spoken[4]]
    assert told == [("excitement", 0), ("excitement", 1), ("awe", 2), ("awe", 3)]


def test_what_is_drawn_hangs_on_the_seed_and_the_name(tmp_path: Path) -> None:
    trained, pixels = saved(tmp_path), pictures(3).pixels[[0] * 40]

    def said(names: list[str], seed: int) -> list[str]:
        return [one[0].caption for one in speak(trained, pixels, None, names, manner_of(rule="multinomial", seed=seed))]

    many = [f"{number}" for number in range(40)]
    assert said(many, 1) == said(many, 1)
    assert said(many, 1) != said(many, 2)
    assert len(set(said(["same"] * 40, 1))) == 1
    assert len(set(said(many, 1))) > 5


def test_what_may_not_be_said_in_the_ids_of_a_vocabulary() -> None:
    (config,) = manner_of().configs
    vocabulary = Vocabulary([*SPECIALS, "sea", "and", "sky"])
    assert captioner.rules_of(vocabulary, config) == Rules(start=1, end=2, banned=(0, 1, 3), conjunction=5)
    assert captioner.rules_of(vocabulary, config, ("sky", "moon")).banned == (0, 1, 3, 6)
    assert captioner.rules_of(Vocabulary([*SPECIALS, "sea"]), config).conjunction == -1
    free = config.model_copy(update={"drop_unk": False, "drop_bigrams": False})
    assert captioner.rules_of(vocabulary, free) == Rules(1, 2, (0, 1), 5, no_repeated_pair=False)


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
    assert table["emotion_source"].isna().all()
    # Row i of the table looked with the i-th maps, at its own picture.
    pixels = pictures(3).pixels[[4, 5, 1, 2]]
    names = list(table["art_style"] + "/" + table["painting"])
    for row, (one, (wanted,)) in enumerate(zip(maps, speak(trained, pixels, None, names, manner_of()), strict=True)):
        assert table["caption"][row] == wanted.caption
        assert table["log_probability"][row] == pytest.approx(wanted.log_probability, abs=1e-4)
        np.testing.assert_allclose(one, wanted.attention, atol=1e-3)


def test_a_grounded_speaker_is_told_the_most_frequent_emotion(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    assert _stage(emotion_from="dataset", rule="greedy").endswith("by greedy search")
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].tolist() == ["sadness"] * 2 + ["excitement"] * 2
    assert set(table["emotion_source"]) == {"dataset"}


def test_a_grounded_speaker_is_told_what_the_classifier_finds(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    biased_classifier("fear")
    _stage()
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].tolist() == ["fear"] * 4
    assert set(table["emotion_source"]) == {"image_classifier"}


def _told(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Where what the stage tells its speaker will be found."""
    told: list[np.ndarray] = []
    monkeypatch.setattr(stage, "speak", lambda *given: told.append(given[2]) or speak(*given))
    return told


def test_a_speaker_of_distributions_is_told_the_artworks_own(
    study: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(Path("data/speaker"), grounded=True, emo_from="artwork")
    told = _told(monkeypatch)
    _stage(emotion_from="dataset")
    # Three votes for its emotion, one for each of the others.
    sad, excited = (np.where(np.arange(9) == IDS[name], 3, 1) / 11 for name in ("sadness", "excitement"))
    np.testing.assert_allclose(told[0][:, 0], np.array([sad, sad, excited, excited]), rtol=1e-6)
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].tolist() == ["sadness"] * 2 + ["excitement"] * 2
    assert set(table["emotion_source"]) == {"dataset"}


def test_a_speaker_of_distributions_is_told_what_the_classifier_expects(
    study: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(Path("data/speaker"), grounded=True, emo_from="artwork")
    biased_classifier("fear", by=2.0)
    told = _told(monkeypatch)
    _stage()
    shares = told[0][:, 0]
    assert shares.sum(1) == pytest.approx(np.ones(4), abs=1e-5)
    assert ((shares[:, IDS["fear"]] > 0.3) & (shares[:, IDS["fear"]] < 0.8)).all()
    assert load_captions(stage.TABLE)["grounding_emotion"].tolist() == ["fear"] * 4


def test_a_speaker_that_can_do_without_is_told_nothing(study: pd.DataFrame) -> None:
    trained = saved(Path("data/speaker"), grounded=True, emo_dropout=0.1)
    _stage(emotion_from="none")
    table = load_captions(stage.TABLE)
    assert table["grounding_emotion"].isna().all()
    assert table["emotion_source"].isna().all()
    names = list(table["art_style"] + "/" + table["painting"])
    untold = speak(trained, pictures(3).pixels[[4, 5, 1, 2]], None, names, manner_of())
    assert table["caption"].tolist() == [one.caption for (one,) in untold]


def test_a_speaker_that_needs_an_emotion_is_not_told_nothing(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    with pytest.raises(UserError, match=r"^params.yaml: captions.emotion_from is none, but the speaker needs an emo"):
        _stage(emotion_from="none")


def test_all_nine_emotions_begin_with_the_likeliest(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"), grounded=True)
    biased_classifier("fear")
    made = _stage(emotion_from="all", candidates=2, rule="multinomial")
    assert made.startswith("72 captions, ")
    table = load_captions(stage.TABLE)
    assert table["rank"].tolist() == list(range(18)) * 4
    for _, captions in table.groupby("painting"):
        assert captions["grounding_emotion"].tolist()[:2] == ["fear", "fear"]
        assert set(captions["grounding_emotion"]) == set(EMOTIONS)
    assert set(table["emotion_source"]) == {"person"}
    assert len(attention.load()) == 72


def test_several_configs(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"))
    listed = [{"sampling_rule": "beam", "beam_size": 2}, {"sampling_rule": "argmax", "max_utterance_len": 2}]
    Path("configs.json").write_text(json.dumps(listed))
    assert _stage(configs="configs.json", candidates=2).endswith("by 2 configs")
    table = load_captions(stage.TABLE)
    assert table[["config", "rank"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0]] * 4
    assert table.loc[table["config"] == 1, "caption"].str.split().str.len().max() <= 2
    written = read_json(stage.CONFIGS)
    assert [(one["rule"], one["beam_size"], one["max_length"]) for one in written] == [("beam", 2, 5), ("greedy", 3, 2)]


def biased_classifier(emotion: str, by: float = 1e3) -> None:
    """Save, in the working directory, an image classifier that finds one emotion in everything."""
    model = classifier.ImageClassifier(Backbone("test_resnet"))
    with torch.no_grad():
        model.head[-1].bias[IDS[emotion]] = by
    classifier.save(model, SIZE, "squash")


def test_the_pictures_of_a_split_need_not_be_in_memory_together(
    study: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(Path("data/speaker"))
    told, batches = [], []
    for size in (32, 3):
        monkeypatch.setattr(stage, "BATCH", size)
        monkeypatch.setattr(stage, "speak", lambda *a: batches.append(len(a[1])) or speak(*a))
        _stage(rule="multinomial", candidates=2)
        told.append((load_captions(stage.TABLE)["caption"].tolist(), [len(one) for one in attention.load()]))
    assert told[0] == told[1]
    assert batches == [4, 3, 1]


def test_a_split_without_pictures_is_named(study: pd.DataFrame) -> None:
    saved(Path("data/speaker"))
    with pytest.raises(
        UserError, match=r"^params.yaml: captions.split is 'rest', but no artwork of that split has a pic"
    ):
        _stage(split="rest")
