"""The stage from its input tables to its files, for a speaking system and for people."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.annotations.tables import save_genres
from stages.common.captions_table import captions_writer, save_captions, taught_by
from stages.common.emotions import IDS
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.histograms.tables import count_emotions, save_histograms
from stages.images import twins
from stages.metrics import context
from stages.metrics.__main__ import main
from stages.metrics.context import require_same_study
from stages.metrics.emotion import EmotionJudge
from stages.metrics.meteor import server
from stages.metrics.tables import load_details, pictures_file, read_pictures
from stages.utterances.tables import save_utterances, table_path
from stages.utterances.vocabulary import SPECIALS, Vocabulary, digest

TEXTS = {
    "a": ["the sea is calm", "a calm sea", "so calm"],
    "b": ["a dark sky", "the sky looks like stone"],
    "c": ["it"],
}
PARAMS = """
device: cpu
captions:
  split: {split}
metrics:
  tokenizer: whitespace
  meteor: {meteor}
  spice: ""
  shuffles: 3
  meteor_shuffles: 0
  bootstrap: 20
  seed: 7
"""


def awed(texts: list[list[str]]) -> np.ndarray:
    """A judge that finds awe in the sea, and sadness in all else."""
    return np.eye(9)[[IDS["awe"] if "sea" in tokens else IDS["sadness"] for tokens in texts]]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [
        {"painting": painting, "utterance_spelled": text, "split": "train" if painting == "c" else "test"}
        for painting, texts in TEXTS.items()
        for text in texts
    ]
    constant = {"art_style": "Realism", "emotion": "awe", "utterance": "", "repetition": 5, "emotion_label": 1}
    encoded = {"tokens": [[]] * len(rows), "tokens_len": 0, "tokens_encoded": [[]] * len(rows)}
    save_utterances(pd.DataFrame(rows).assign(**constant, **encoded), table_path("deep_nets"))
    save_genres({("Realism", "a"): "marina"})
    pictures = pd.DataFrame({"art_style": "Realism", "painting": list(TEXTS)})
    twins.save(pictures, np.array([0, -1, 0]))
    save_histograms(count_emotions(pd.DataFrame(rows).assign(**constant)))
    monkeypatch.setattr("stages.metrics.__main__.load_judges", lambda device: (EmotionJudge("alignment", awed),))
    Path("params.yaml").write_text(PARAMS.format(split="test", meteor="false"), encoding="utf-8")
    return tmp_path


def speak(captions: dict[str, str], ranks: int = 1) -> None:
    rows = [(painting, text, rank) for painting, text in captions.items() for rank in range(ranks)]
    frame = pd.DataFrame(rows, columns=["painting", "caption", "rank"])
    nothing = {"grounding_emotion": None, "config": 0, "log_probability": None}
    save_captions(frame.assign(art_style="Realism", **nothing), Path("data/captions/captions.parquet"))


def test_a_speaking_system(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    speak({"b": "a dark sky", "a": "the sea is calm"})
    said = main()
    found = read_json(Path("reports/metrics/captions.json"))
    assert said.startswith("2 captions against 1.5 references each: BLEU-4 ")
    assert found["all_references"]["rouge_l"] == pytest.approx(1.0)
    assert 0 <= found["shuffled"]["rouge_l"] <= found["rouge_l"] < 1
    assert read_pictures(pictures_file("captions"))["caption"].tolist() == ["the sea is calm", "a dark sky"]
    sliced = load_details("captions")["slices"]
    assert {kind: list(one["slices"]) for kind, one in sliced.items()} == {
        "style": ["Realism"],
        "genre": ["marina"],
        "emotion": ["awe"],
    }
    # Two pictures are too few to call a slice the worst.
    assert sliced["style"]["worst"] is None


def test_emotions_and_what_was_said_before(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    speak({"b": "it", "a": "the sea is calm"})
    main()
    found = read_json(Path("reports/metrics/captions.json"))
    assert found["alignment"]["at_least_half_untied"] == 1 / 2
    # "it" is all that was said in training.
    assert found["novelty"] == {"lcs_share": 1 / 2, "copied": 1 / 2}
    judge = load_details("captions")["judges"]["alignment"]
    # Of five utterances, all in awe, two speak of the sea.
    assert judge["accuracy"] == 2 / 5
    assert judge["confusion"]["awe"][IDS["sadness"]] == 3


def test_further_captions_of_an_artwork_are_counted_aloud(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    speak({"b": "a dark sky", "a": "the sea is calm"}, ranks=3)
    assert main().endswith("; 4 further captions are not scored")
    assert read_json(Path("reports/metrics/captions.json"))["captions"] == 2


def test_without_java_only_meteor_is_missing(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    monkeypatch.setenv("PATH", "")
    server.cache_clear()
    Path("params.yaml").write_text(PARAMS.format(split="test", meteor="true"), encoding="utf-8")
    speak({"b": "a dark sky", "a": "the sea is calm"})
    assert "; meteor is left out: METEOR runs on Java, and there is no `java` on the PATH" in main()
    assert "meteor" not in read_json(Path("reports/metrics/captions.json"))
    assert "rouge_l" in read_json(Path("reports/metrics/captions.json"))


def test_people(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@human")
    main()
    found = read_json(Path("reports/metrics/human.json"))
    assert found["captions"] == 2
    # Two others for the first artwork, one for the second.
    assert found["references"] == 1.5
    # One of two utterances about one artwork of two.
    assert found["similes"] == pytest.approx(1 / 2 / 2)
    assert len(read_pictures(pictures_file("human"))) == 2


def test_a_picture_whose_twin_is_in_training_is_told(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    speak({"b": "a dark sky", "a": "the sea is calm"})
    assert "; pictures with a twin in training: 1" in main()
    assert load_details("captions")["seen"] == ["Realism/a"]


def test_captions_of_another_split_are_refused(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    speak({"a": "the sea", "c": "it"})
    told = r"1 captions are of pictures that are not in the split test, Realism/c of train the first; make the captions"
    with pytest.raises(UserError, match=told):
        main()


@pytest.mark.parametrize(("words", "train"), [(["sea"], "a"), (["sea", "sky"], "c")])
def test_captions_of_another_lesson_are_refused(workspace: Path, words: list[str], train: str) -> None:
    utterances = pd.DataFrame({"art_style": "Realism", "painting": ["a", "b", "c"], "split": ["test", "test", "train"]})
    ours = Vocabulary([*SPECIALS, "sea"])
    ours.save(context.VOCABULARY)
    captions = utterances[utterances["painting"] == "b"]
    others = utterances.assign(split=np.where(utterances["painting"] == train, "train", "test"))
    lesson = digest(others, Vocabulary([*SPECIALS, *words]))
    with pytest.raises(UserError, match=r"the speaker of these captions learnt from other artworks or another voc"):
        require_same_study(captions, lesson, utterances, "test", "captions.parquet")
    require_same_study(captions, digest(utterances, ours), utterances, "test", "captions.parquet")


def test_a_table_of_captions_carries_the_lesson(tmp_path: Path) -> None:
    with captions_writer(tmp_path / "a.parquet", taught="abc"), captions_writer(tmp_path / "b.parquet"):
        pass
    assert (taught_by(tmp_path / "a.parquet"), taught_by(tmp_path / "b.parquet")) == ("abc", None)


def test_captions_of_unknown_artworks_stop_the_stage(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    speak({"a": "the sea", "unknown": "a sky"})
    with pytest.raises(UserError, match=r"1 of 2 artworks, the first of them Realism/unknown"):
        main()


def test_an_impossible_number_of_shuffles_is_refused(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@human")
    Path("params.yaml").write_text(
        PARAMS.format(split="test", meteor="false").replace("shuffles: 3", "shuffles: 0"), encoding="utf-8"
    )
    with pytest.raises(UserError, match=r"metrics.shuffles is 0; allowed: a whole number at least 1"):
        main()
