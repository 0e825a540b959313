"""Each preset's own networks and rules, at work on a miniature corpus from its annotations to its metrics.

Dials that only say how long and how much are made small, weights are random, and what a
person brings along (GloVe's vectors, ArtEmis' word tables) or fetches is made up. Networks
keep their kinds and sizes, but for those in TOO_BIG, which take minutes for a step on a CPU.
`demo` is the miniature of the other tests. Pages are left out: no preset changes them.
"""

import contextlib
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from stages.common.params import read
from stages.utterances.resource_files import DICTIONARY, FOLDER, GLOVE, SPELLING
from tests.miniature import SMALL, Miniature, change
from tests.study import ROOT, Study, leaves

PRESETS = sorted(path.stem for path in (ROOT / "presets").glob("*.yaml") if path.stem != "demo")
# Stages that a preset does not reach: the embedded corpus, and what is told to people.
UNTOUCHED = {"demo", "wording", "dataset", "language", "emotions", "reference"}
UNTOUCHED |= {"classifiers", "speakers", "model_cards", "reports"}
# A network that is too slow on a CPU -> a small one of the same kind.
TOO_BIG = {"vit_base_patch16_siglip_256.v2_webli": "test_vit"}
GLOVE_VECTORS = FOLDER / "glove.6B.100d.txt"
WORDS = ("the", "a", "sea", "looks", "calm", "sky", "makes", "me", "feel", "of", "and", "is")
# The corpus, how long and how much. The tokenizer `ptb` takes seconds of Java for each system.
SMALLER: dict[str, Any] = {
    **{key: value for key, value in SMALL.items() if key.split(".")[0] in ("utterances", "metrics")},
    "dataset": "demo",
    "device": "cpu",
    "annotations.file": "annotations.csv",
    "images.size": 64,
    "utterances.profiles.deep_nets.min_count": 2,
    "metrics.tokenizer": "whitespace",
    "captions.max_length": 6,
}
# Whatever the section.
EVERYWHERE: dict[str, Any] = {"weights": "none", "epochs": 1, "steps_per_epoch": 1, "batch_size": 16, "init": "none"}
# Where a made-up text encoder lies, in place of one from the network.
ENCODER = "data/raw/encoder"
# Neutral captions: the speaker's own are those that any preset can have here.
BASE = "data/captions/captions.parquet"


def _small(preset: Path) -> dict[str, Any]:
    """The preset's changes: dotted keys that it has -> values."""
    keys = leaves(read(preset))
    changes = {key: value for key, value in SMALLER.items() if key in keys}
    changes |= {key: EVERYWHERE[name] for key in keys if (name := key.rpartition(".")[2]) in EVERYWHERE}
    changes |= {key: TOO_BIG[value] for key, value in keys.items() if isinstance(value, str) and value in TOO_BIG}
    return changes | {"text_classifier.transformer.encoder": ENCODER, "anp_captions.base": BASE}


def _save_encoder(folder: Path) -> None:
    """A BERT of one layer with random weights, as a folder of the hub."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(words), **sizes)).save_pretrained(folder)


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
    _save_encoder(tmp_path / ENCODER)
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
def test_a_preset_runs(preset: str, study: Study, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = ROOT / "presets" / f"{preset}.yaml"
    (workspace / "params.yaml").write_bytes(file.read_bytes())
    change(workspace / "params.yaml", _small(file))
    for address in (stage.address for stage in study.stages if stage.name not in UNTOUCHED):
        monkeypatch.setenv("DVC_STAGE", address)
        made = importlib.import_module(f"stages.{address.partition('@')[0]}.__main__").main()
        assert made, address
    own = read(file)
    trained = json.loads((workspace / "data/speaker/config.json").read_text("utf-8"))
    backbone = own["speaker"]["backbone"]
    assert (trained["arch"], trained["backbone"]) == (own["speaker"]["arch"], TOO_BIG.get(backbone, backbone))
    scores = json.loads((workspace / "reports/metrics/captions.json").read_text("utf-8"))
    assert scores["captions"] > 0


def test_networks_keep_their_kinds_and_sizes() -> None:
    for preset in PRESETS:
        file = ROOT / "presets" / f"{preset}.yaml"
        own = leaves(read(file))
        changed = {key for key, value in _small(file).items() if own[key] != value and own[key] not in TOO_BIG}
        names = {key.rpartition(".")[2] for key in changed}
        assert not names & {"arch", "backbone", "embedding", "hidden", "attention", "width", "layers", "tune", "rules"}


def test_the_readme_has_a_row_for_each_preset() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("\n## Presets\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    assert rows == ["demo", *PRESETS]
