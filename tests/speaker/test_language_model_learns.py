"""A tiny language model of random weights learns from the embedded corpus: what it says belongs to the picture."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from stages.annotations.tables import load_emotions
from stages.captions.__main__ import TABLE
from stages.captions.__main__ import main as captions_stage
from stages.common.captions_table import load_captions
from stages.common.files import read_json
from stages.metrics.evaluate import Resampling, evaluate
from stages.metrics.interface import Context
from stages.metrics.pairing import system_sample
from stages.metrics.suite import suite
from stages.speaker.__main__ import REPORTS
from stages.speaker.__main__ import main as speaker_stage
from stages.utterances.tables import load_utterances
from tests.miniature import change
from tests.speaker.tiny_language_model import bytes_of, save_base
from tests.study import ROOT

# Of a finished study: what the speaker reads.
DATA = ("annotations", "encoder", "features", "images", "utterances")
SIZE = {"hidden_size": 96, "intermediate_size": 192, "num_attention_heads": 4, "initializer_range": 0.05}
TRAINING = {"tune": "all", "learning_rate": 0.002, "mapper_learning_rate": 0.002, "batch_size": 8, "epochs": 6}


@pytest.mark.soak
def test_shuffled_captions_score_lower(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / "data/features/places.npy").exists():
        pytest.skip("needs a finished study: make repro")
    for name in DATA:
        shutil.copytree(ROOT / "data" / name, tmp_path / "data" / name, symlinks=True)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    utterances = load_utterances("deep_nets")
    training = utterances.loc[utterances["split"] == "train", "utterance_spelled"].tolist()
    base = save_base(tmp_path / "base", bytes_of(training, size=1_000), **SIZE)
    sections = {f"speaker.language_model.{name}": value for name, value in {"base": str(base), **TRAINING}.items()}
    change(tmp_path / "params.yaml", {"speaker.arch": "language_model", "device": "cpu", **sections})
    speaker_stage()
    captions_stage()
    likelihoods = read_json(REPORTS / "metrics.json")["test"]
    sample = system_sample(load_captions(TABLE), utterances, load_emotions(), "language_model")
    context = Context(sample.references, training=training)
    chance = evaluate(sample, context, suite(meteor="none"), Resampling(199, seed=1)).chance["overall"]
    print(likelihoods, chance)
    assert likelihoods["nll_swapped"] > likelihoods["nll"] + 0.3
    # None of 199 shuffles is as good.
    assert all(np.isclose(values["p"], 1 / 200) for values in chance.values())
