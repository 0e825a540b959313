"""Every preset's own networks and rules, run on a corpus of a few small pictures, from the annotations to the metrics.

Parameters that say only how long and how much are made small, weights are random, and what a
preset needs from outside (GloVe's vectors, ArtEmis' word tables, a text encoder) is made up. Networks
keep their kinds and sizes, but for those in TOO_BIG, which take minutes for a step on a CPU.
`demo` is the miniature of other tests. Pages are left out: no preset changes them.
"""

import contextlib
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from commands import presets
from stages.utterances.params import Splits
from stages.utterances.resource_files import DICTIONARY, FOLDER, GLOVE, SPELLING
from stages.utterances.splits import split_artworks
from tests.miniature import SMALL, change
from tests.speaker.tiny_language_model import bytes_of, save_base
from tests.study import ROOT, Study, leaves

FOLDER_OF_PRESETS = ROOT / "presets"
PRESETS = sorted(path.stem for path in FOLDER_OF_PRESETS.glob("*.yaml") if path.stem != "demo")
# Fewer leave a split with too few artworks for some stage.
PICTURES = 24
# Stages that no preset affects: the embedded corpus, and pages.
UNTOUCHED = {"demo", "wording", "model_cards"}
# A network that is too slow on a CPU -> a small one of the same kind.
TOO_BIG = {"vit_base_patch16_siglip_256.v2_webli": "test_vit"}
GLOVE_VECTORS = FOLDER / "glove.6B.100d.txt"
WORDS = ("the", "a", "sea", "looks", "calm", "sky", "makes", "me", "feel", "of", "and", "is")
# A made-up text encoder in place of one from the network.
ENCODER = "data/raw/encoder"
# A made-up language model, too.
LANGUAGE_MODEL = "data/raw/language_model"
# The corpus, how long and how much. The tokenizer `ptb` takes seconds of Java for each system.
SMALLER: dict[str, Any] = {
    **{key: value for key, value in SMALL.items() if key.split(".")[0] in ("utterances", "metrics")},
    "dataset": "demo",
    "device": "cpu",
    "annotations.file": "annotations.csv",
    "images.size": 64,
    "utterances.max_annotations": 2,
    "utterances.min_count": 2,
    "text_classifier.transformer.encoder": ENCODER,
    "speaker.language_model.base": LANGUAGE_MODEL,
    # LoRA needs an extra.
    "speaker.language_model.tune": "mapper",
    "captions.max_length": 6,
    "anp_captions.base": "data/captions/captions.parquet",
    "metrics.tokenizer": "whitespace",
}
# Whatever the section.
EVERYWHERE: dict[str, Any] = {"weights": "none", "epochs": 1, "steps_per_epoch": 1, "batch_size": 4, "init": "none"}


def _small(name: str) -> dict[str, Any]:
    """The changes that make a preset small: dotted keys -> values."""
    keys = leaves(presets.values(FOLDER_OF_PRESETS / f"{name}.yaml"))
    changes = SMALLER | {key: EVERYWHERE[last] for key in keys if (last := key.rpartition(".")[2]) in EVERYWHERE}
    changes |= {key: TOO_BIG[value] for key, value in keys.items() if isinstance(value, str) and value in TOO_BIG}
    if keys["speaker.backbone"] in TOO_BIG:  # which has fewer stages
        changes["speaker.frozen_stages"] = 3
    return changes


def _save_encoder(folder: Path) -> None:
    """A BERT of one layer with random weights, as a folder of the hub."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(words), **sizes)).save_pretrained(folder)


def _run(address: str, patch: pytest.MonkeyPatch) -> str:
    """Run a stage in this process, in the current folder."""
    patch.setenv("DVC_STAGE", address)
    made: str = importlib.import_module(f"stages.{address.partition('@')[0]}.__main__").main()
    return made


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded corpus with a few pictures: data/raw/demo/."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "params.yaml").write_text(presets.render(FOLDER_OF_PRESETS / "demo.yaml"), "utf-8")
    change(folder / "params.yaml", {"demo.pictures": PICTURES})
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        _run("demo", patch)
    return folder / "data/raw/demo"


@pytest.fixture
def workspace(corpus: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder with the raw data and made-up resources, in which stages run in one thread."""
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / "data/raw/demo").symlink_to(corpus)
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
    save_base(tmp_path / LANGUAGE_MODEL, bytes_of(WORDS))
    deterministic, threads = torch.are_deterministic_algorithms_enabled(), torch.get_num_threads()
    with contextlib.chdir(tmp_path), pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.delenv("DVC_ROOT", raising=False)
        yield tmp_path
    torch.use_deterministic_algorithms(deterministic)
    torch.set_num_threads(threads)


# TextBlob leaves its lexicon open.
@pytest.mark.filterwarnings("ignore:.*en-lexicon:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_runs(name: str, study: Study, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = FOLDER_OF_PRESETS / f"{name}.yaml"
    (workspace / "params.yaml").write_text(presets.render(file), "utf-8")
    change(workspace / "params.yaml", _small(name))
    for stage in study.stages:
        if stage.name not in UNTOUCHED and not stage.name.endswith("_report"):
            assert _run(stage.address, monkeypatch), stage.address
    values = presets.values(file)
    speaker = values["speaker"]
    trained = json.loads((workspace / "data/speaker/config.json").read_text("utf-8"))
    # A speaker that does not train its encoder has that of the features.
    backbone = values["features" if speaker["tune"] == "none" else "speaker"]["backbone"]
    assert (trained["arch"], trained["backbone"]) == (speaker["arch"], TOO_BIG.get(backbone, backbone))
    scores = json.loads((workspace / "reports/metrics/captions.json").read_text("utf-8"))
    assert scores["captions"] > 0


@pytest.mark.parametrize("name", PRESETS)
def test_networks_keep_their_kinds_and_sizes(name: str) -> None:
    keys = leaves(presets.values(FOLDER_OF_PRESETS / f"{name}.yaml"))
    changed = {key for key, value in _small(name).items() if keys[key] != value and keys[key] not in TOO_BIG}
    last = {key.rpartition(".")[2] for key in changed - {"speaker.language_model.tune"}}
    assert not last & {"arch", "backbone", "embedding", "hidden", "attention", "width", "layers", "tune", "rules"}


# The share of the test split as the studies state it, and a number of artworks (ArtEmis', the CNN-RNN study's).
@pytest.mark.parametrize(
    ("name", "test", "artworks"),
    [
        ("demo", 0.1, 640),
        ("artemis", 0.1, 79_330),
        ("modern", 0.1, 79_330),
        ("cnn_rnn", 0.0136351, 14_668),
        ("small", 0.125, 1_100),
    ],
)
def test_train_and_val_leave_the_test_share(name: str, test: float, artworks: int) -> None:
    splits = Splits(**presets.values(FOLDER_OF_PRESETS / f"{name}.yaml")["utterances"]["splits"])
    # Exactly: what is rounded from the share decides which artworks are for test.
    assert splits.test == test
    ids = np.array([f"style{number}" for number in range(artworks)], dtype=object)
    derived = split_artworks(ids, val=splits.val, test=splits.test, seed=2021)
    assert derived == split_artworks(ids, val=splits.val, test=test, seed=2021)
    assert sum(split == "test" for split in derived.values()) == round(test * artworks)


def test_the_readme_has_a_row_for_each_preset() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("\n| preset |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| `(\w+)`", table, re.MULTILINE)
    assert rows == ["demo", *PRESETS]
