"""Each preset's own networks and rules, at work on a miniature corpus from its annotations to its metrics.

Dials that only say how long and how big are made small, weights are random, and what a
person brings along (GloVe's vectors, ArtEmis' word tables) is made up. `demo` is the
miniature of the other tests.
"""

import contextlib
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from stages.common.params import read
from stages.utterances.resource_files import DICTIONARY, FOLDER, GLOVE, SPELLING
from tests.miniature import SMALL, Miniature, change
from tests.study import ROOT, leaves

PRESETS = sorted(path.stem for path in (ROOT / "presets").glob("*.yaml") if path.stem != "demo")
# In an order that every needs is met; the pages read no dial that a preset changes.
STAGES = [
    *("annotations", "images", "features", "utterances@analysis", "utterances@deep_nets", "histograms"),
    *("text_classifier", "image_classifier", "speaker", "captions", "neighbor_captions", "anp_captions"),
    *("metrics@captions", "metrics@neighbor_captions", "metrics@anp_captions", "metrics@human"),
]
GLOVE_VECTORS = FOLDER / "glove.6B.100d.txt"
WORDS = ("the", "a", "sea", "looks", "calm", "sky", "makes", "me", "feel", "of", "and", "is")
# The corpus, and how long and how big. Networks keep their kinds and sizes.
SMALLER: dict[str, Any] = {
    **{key: value for key, value in SMALL.items() if key.split(".")[0] in ("utterances", "metrics")},
    "dataset": "demo",
    "device": "cpu",
    "annotations.file": "annotations.csv",
    "images.size": 64,
    "utterances.profiles.deep_nets.min_count": 2,
    "captions.split": "test",
    "captions.max_length": 6,
}
# Whatever the section.
EVERYWHERE: dict[str, Any] = {"weights": "none", "epochs": 1, "steps_per_epoch": 1, "batch_size": 16, "init": "none"}
# `neutral captions`: the speaker's own are those that any preset can have here.
BASE = "data/captions/captions.parquet"


def _small(preset: Path) -> dict[str, Any]:
    """The preset's changes: dotted keys that it has -> values."""
    keys = leaves(read(preset))
    changes = {key: value for key, value in SMALLER.items() if key in keys}
    changes |= {key: EVERYWHERE[name] for key in keys if (name := key.rpartition(".")[2]) in EVERYWHERE}
    return changes | {"anp_captions.base": BASE}


@pytest.fixture
def workspace(miniature: Miniature, tmp_path: Path) -> Iterator[Path]:
    """The miniature's raw data, and what a person brings along, made up."""
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / "data/raw/demo").symlink_to(miniature.folder / "data/raw/demo")
    tables = {
        "contractions": {"it's": "it is"},
        "sentences": {},
        "tokens": {"colour": "color"},
        "words": ["sereneness"],
    }
    (tmp_path / FOLDER / SPELLING).write_text(json.dumps(tables), "utf-8")
    (tmp_path / FOLDER / GLOVE).write_text("\n".join(WORDS), "utf-8")
    (tmp_path / FOLDER / DICTIONARY).write_text("".join(f"{word} 99999\n" for word in WORDS), "utf-8")
    (tmp_path / GLOVE_VECTORS).write_text("".join(f"{word}{' 0.5' * 100}\n" for word in WORDS), "utf-8")
    deterministic, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    with contextlib.chdir(tmp_path), pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.delenv("DVC_ROOT", raising=False)
        yield tmp_path
    torch.use_deterministic_algorithms(deterministic)
    torch.set_num_threads(threads)


# TextBlob leaves its lexicon open.
@pytest.mark.filterwarnings("ignore:.*en-lexicon:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_runs(preset: str, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ROOT / "presets" / f"{preset}.yaml"
    (workspace / "params.yaml").write_bytes(file.read_bytes())
    change(workspace / "params.yaml", _small(file))
    for address in STAGES:
        monkeypatch.setenv("DVC_STAGE", address)
        made = importlib.import_module(f"stages.{address.partition('@')[0]}.__main__").main()
        assert made, address
    own = read(file)
    trained = json.loads((workspace / "data/speaker/config.json").read_text("utf-8"))
    assert (trained["arch"], trained["backbone"]) == (own["speaker"]["arch"], own["speaker"]["backbone"])
    scores = json.loads((workspace / "reports/metrics/captions.json").read_text("utf-8"))
    assert scores["captions"] > 0


def test_what_is_made_small_is_little() -> None:
    """No override may replace a network by another: its arch, its backbone and its sizes stay."""
    for preset in PRESETS:
        keys = {key.rpartition(".")[2] for key in _small(ROOT / "presets" / f"{preset}.yaml")}
        assert not keys & {"arch", "backbone", "embedding", "hidden", "attention", "tune", "rules", "glove", "encoder"}
