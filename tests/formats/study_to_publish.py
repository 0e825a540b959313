"""What `artemis publish` reads of a finished study, made up: a data set with terms, a model, its card and dvc.lock."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from stages.annotations.metadata import read_card
from stages.annotations.tables import FOLDER, save_annotations, save_emotions, save_genres
from stages.common.emotions import ARTEMIS
from stages.common.files import read_json, write_json
from stages.histograms.tables import count_emotions, save_histograms
from tests.commands.run import CAPTIONS
from tests.speaker.two_colours import saved

DATASET = Path("data/raw/ours/dataset.yaml")
SAID = {"name": "ours", "citation": "Ann: cats", "licence": "CC0", "terms": "ask Ann", "redistribute": True}
SPEAKER = Path("data/speaker")
CARD = Path("reports/model_cards/speaker.md")
UTTERANCES = ("The grey sea makes me think of home", "so sad", "A child, alone in the dark wood!")
LEARNED = {"name": "ours", "embedded": False, "pictures": 2, "utterances": 3}


def make(**said: Any) -> None:
    """The study in this folder; `said` changes dataset.yaml."""
    YAML().dump(
        {
            "dataset": "ours",
            "seed": 1,
            "annotations": {"file": "annotations.csv", "strict": True, "require_images": False, "artworks": 0},
            "device": "cpu",
            "captions": CAPTIONS,
        },
        Path("params.yaml"),
    )
    say(**said)
    write_json(read_card(DATASET).model_dump(exclude={"emotions"}), FOLDER / "dataset.json")
    save_emotions(ARTEMIS, FOLDER)
    rows = [
        (record, "Cubism", painting, emotion, utterance, "train")
        for record, (painting, emotion, utterance) in enumerate(
            zip(("cat", "cat", "dog"), ("awe", "sadness", "fear"), UTTERANCES, strict=True)
        )
    ]
    frame = pd.DataFrame(rows, columns=["record", "art_style", "painting", "emotion", "utterance", "split"])
    save_annotations(frame.assign(repetition=1, has_picture=False))
    save_genres({("Cubism", "cat"): "portrait"})
    save_histograms(count_emotions(frame, ARTEMIS), ARTEMIS)
    save_speaker()


def say(**said: Any) -> None:
    """Write dataset.yaml."""
    DATASET.parent.mkdir(parents=True, exist_ok=True)
    YAML().dump(SAID | said, DATASET)


def save_speaker(data: Mapping[str, Any] | None = LEARNED, seed: str = "") -> None:
    """A speaker that learned from `data`, its card, and their digests."""
    saved(SPEAKER)
    write_json(read_json(SPEAKER / "config.json") | {"data": data, "taught": seed}, SPEAKER / "config.json")
    CARD.parent.mkdir(parents=True, exist_ok=True)
    CARD.write_text("---\nlicense: unknown\n---\n\n# Our speaker\n\n- Terms: ask Ann\n", encoding="utf-8")
    lock()


def lock() -> None:
    """Write dvc.lock."""
    model = [_entry(SPEAKER / name) for name in ("config.json", "model.safetensors", "vocabulary.json")]
    stages = {"speaker": {"outs": model}, "model_cards": {"deps": model[:2], "outs": [_entry(CARD)]}}
    YAML().dump({"schema": "2.0", "stages": stages}, Path("dvc.lock"))


def _entry(path: Path) -> dict[str, str]:
    return {"path": str(path), "hash": "md5", "md5": hashlib.md5(path.read_bytes()).hexdigest()}
