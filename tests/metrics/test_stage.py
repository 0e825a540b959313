"""The stage from its input tables to its files, for a captioning system and for human utterances."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.annotations.tables import save_emotions, save_genres
from stages.common.captions_table import SCHEMA, TRAINED_ON, captions_writer, save_captions, training_digest
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.common.language import FOR_ENGLISH
from stages.common.params import load
from stages.histograms.tables import count_emotions, save_histograms
from stages.images import twins
from stages.metrics import context
from stages.metrics.__main__ import main
from stages.metrics.context import require_same_study
from stages.metrics.emotion import EmotionJudge
from stages.metrics.meteor import java
from stages.metrics.params import Params
from stages.metrics.tables import captions_source, load_details, load_metrics, pictures_file, read_pictures, scored
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
seed: 7
utterances:
  rules: clean
"""


def sea_is_awe(texts: list[list[str]]) -> np.ndarray:
    """Awe for texts with "sea", sadness for all others."""
    return np.eye(9)[[ARTEMIS.ids["awe"] if "sea" in tokens else ARTEMIS.ids["sadness"] for tokens in texts]]


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
    save_emotions(ARTEMIS)
    save_genres({("Realism", "a"): "marina"})
    pictures = pd.DataFrame({"art_style": "Realism", "painting": list(TEXTS)})
    twins.save(pictures, np.array([0, -1, 0]))
    save_histograms(count_emotions(pd.DataFrame(rows).assign(**constant), ARTEMIS), ARTEMIS)
    # `prepare` imports torch's compiler, which takes seconds; this judge needs no device.
    monkeypatch.setattr("stages.metrics.__main__.prepare", lambda device, seed: device)
    monkeypatch.setattr(
        "stages.metrics.__main__.load_judges", lambda emotions, device: (EmotionJudge("alignment", sea_is_awe),)
    )
    Path("params.yaml").write_text(PARAMS.format(split="test", meteor="none"), encoding="utf-8")
    return tmp_path


def write_captions(captions: dict[str, str], ranks: int = 1) -> None:
    rows = [(painting, text, rank) for painting, text in captions.items() for rank in range(ranks)]
    frame = pd.DataFrame(rows, columns=["painting", "caption", "rank"])
    constant = {"grounding_emotion": None, "config": 0, "log_probability": None}
    save_captions(frame.assign(art_style="Realism", **constant), Path("data/captions/captions.parquet"))


def test_captioning_system(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    write_captions({"b": "a dark sky", "a": "the sea is calm"})
    closing_line = main()
    numbers = read_json(Path("reports/metrics/captions.json"))
    assert closing_line.startswith("2 captions against 1.5 references each: BLEU-4 ")
    assert numbers["all_references"]["rouge_l"] == pytest.approx(1.0)
    assert 0 <= numbers["shuffled"]["rouge_l"] <= numbers["rouge_l"] < 1
    assert read_pictures(pictures_file("captions"))["caption"].tolist() == ["the sea is calm", "a dark sky"]
    slices = load_details("captions")["slices"]
    assert {kind: list(sliced["slices"]) for kind, sliced in slices.items()} == {
        "style": ["Realism"],
        "genre": ["marina"],
        "emotion": ["awe"],
    }
    # Slices of two pictures are too small to be the worst.
    assert slices["style"]["worst"] is None


def test_emotions_and_novelty(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    write_captions({"b": "it", "a": "the sea is calm"})
    main()
    numbers = read_json(Path("reports/metrics/captions.json"))
    assert numbers["alignment"]["at_least_half_untied"] == 1 / 2
    # The only training utterance is "it".
    assert numbers["novelty"] == {"lcs_share": 1 / 2, "copied": 1 / 2}
    details = load_details("captions")
    judge = details["judges"]["alignment"]
    # Of five utterances, all of awe, two contain "sea".
    assert judge["accuracy"] == 2 / 5
    assert judge["confusion"]["awe"][ARTEMIS.ids["sadness"]] == 3
    assert judge["low"] < 2 / 5 < judge["high"]
    # Half of the captions are judged right; as the judge recognizes two fifths of what is awe, all may be.
    assert details["values"]["alignment.corrected"]["value"] == 1
    assert {"alignment.predicted.awe", "majority.at_least_half_untied.id"} <= set(
        read_pictures(pictures_file("captions"))
    )


def test_closing_line_counts_further_captions_of_an_artwork(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    write_captions({"b": "a dark sky", "a": "the sea is calm"}, ranks=3)
    assert main().endswith("; 4 further captions are not scored")
    assert read_json(Path("reports/metrics/captions.json"))["captions"] == 2


def test_only_meteor_is_missing_without_java(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    # A cache of its own keeps the program of the other tests running.
    monkeypatch.setattr(java, "server", cache(java.server.__wrapped__))
    monkeypatch.setenv("PATH", "")
    Path("params.yaml").write_text(PARAMS.format(split="test", meteor="java"), encoding="utf-8")
    write_captions({"b": "a dark sky", "a": "the sea is calm"})
    assert "; meteor is left out: METEOR runs on Java, and there is no `java` on the PATH" in main()
    assert "meteor" not in read_json(Path("reports/metrics/captions.json"))
    assert "rouge_l" in read_json(Path("reports/metrics/captions.json"))


def test_human_utterances(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@human")
    main()
    numbers = read_json(Path("reports/metrics/human.json"))
    assert numbers["captions"] == 2
    # Two others for the first artwork, one for the second.
    assert numbers["references"] == 1.5
    # One of two utterances about one artwork of two.
    assert numbers["similes"] == pytest.approx(1 / 2 / 2)
    assert len(read_pictures(pictures_file("human"))) == 2


def test_closing_line_counts_pictures_with_a_twin_in_training(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    write_captions({"b": "a dark sky", "a": "the sea is calm"})
    assert "; pictures with a twin in training: 1" in main()
    assert load_details("captions")["seen"] == ["Realism/a"]


def test_captions_of_another_split_are_an_error(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    write_captions({"a": "the sea", "c": "it"})
    message = r"captions.parquet: 1 captions .* split test .* Realism/c of the split train"
    with pytest.raises(UserError, match=message):
        main()


@pytest.mark.parametrize(("words", "train"), [(["sea"], "a"), (["sea", "sky"], "c")])
def test_captions_of_a_speaker_with_other_training_data_are_an_error(
    workspace: Path, words: list[str], train: str
) -> None:
    utterances = pd.DataFrame({"art_style": "Realism", "painting": ["a", "b", "c"], "split": ["test", "test", "train"]})
    vocabulary = Vocabulary([*SPECIALS, "sea"])
    vocabulary.save(context.VOCABULARY)
    captions = utterances[utterances["painting"] == "b"]
    others = utterances.assign(split=np.where(utterances["painting"] == train, "train", "test"))
    other = digest(others, Vocabulary([*SPECIALS, *words]))
    with pytest.raises(UserError, match=r"captions.parquet: .* trained on other artworks or another vocabulary"):
        require_same_study(captions, other, utterances, "test", "captions.parquet")
    require_same_study(captions, digest(utterances, vocabulary), utterances, "test", "captions.parquet")


def test_table_of_captions_stores_the_digest_of_the_training_data(tmp_path: Path) -> None:
    with captions_writer(tmp_path / "a.parquet", {TRAINED_ON: "abc"}), captions_writer(tmp_path / "b.parquet"):
        pass
    assert (training_digest(tmp_path / "a.parquet"), training_digest(tmp_path / "b.parquet")) == ("abc", None)


def test_captions_of_unknown_artworks_are_an_error(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    write_captions({"a": "the sea", "unknown": "a sky"})
    with pytest.raises(UserError, match=r"captions.parquet: 1 of 2 artworks.* Realism/unknown"):
        main()


def test_zero_shuffles_are_an_error(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@human")
    Path("params.yaml").write_text(
        PARAMS.format(split="test", meteor="none").replace("shuffles: 3", "shuffles: 0"), encoding="utf-8"
    )
    with pytest.raises(UserError, match=r"metrics.shuffles is 0"):
        main()


def test_a_system_without_captions_has_its_files_without_scores(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@anp_captions")
    save_captions(pd.DataFrame(columns=SCHEMA.names), captions_source("anp_captions"))
    assert main() == "nothing to score: data/anp_captions/captions.parquet has no captions"
    assert (load_metrics("anp_captions"), load_details("anp_captions")) == ({}, {})
    scores = read_pictures(pictures_file("anp_captions"))
    assert (len(scores), scores.columns.tolist()) == (0, ["art_style", "painting", "caption"])
    assert scored() == []


def test_what_is_made_for_english_is_left_out_of_another_language(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "metrics@captions")
    text = PARAMS.format(split="test", meteor="python").replace("rules: clean", "rules: plain")
    Path("params.yaml").write_text(text.replace('spice: ""', "spice: models"), encoding="utf-8")
    write_captions({"b": "a dark sky", "a": "the sea is calm"})
    closing_line = main()
    assert closing_line.endswith(
        "".join(f"; {name} is left out: {FOR_ENGLISH}" for name in ("meteor", "similes", "spice"))
    )
    assert load_details("captions")["unavailable"] == dict.fromkeys(("meteor", "similes", "spice"), FOR_ENGLISH)
    numbers = load_metrics("captions")
    assert not {"meteor", "similes", "spice"} & set(numbers)
    assert {"rouge_l", "cider", "alignment"} <= set(numbers)
    assert scored() == ["captions"]


def test_the_ptb_tokenizer_is_for_english(workspace: Path) -> None:
    text = PARAMS.format(split="test", meteor="none").replace("rules: clean", "rules: plain")
    Path("params.yaml").write_text(text.replace("whitespace", "ptb"), encoding="utf-8")
    with pytest.raises(UserError, match=r"params\.yaml: metrics\.tokenizer is ptb.*utterances\.rules.*whitespace"):
        load(Params)
