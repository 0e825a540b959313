"""The cards of small real models: what a hub and a person read there, and that what they say works."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard
from PIL import Image
from ruamel.yaml import YAML

from stages.common.files import write_json
from stages.common.params import load
from stages.image_classifier import classifier as image_classifier
from stages.learning.backbones import Backbone
from stages.metrics.tables import details_file, metrics_file
from stages.model_cards.__main__ import FOLDER, MODELS, dials, main
from stages.model_cards.params import Params
from stages.speaker import checkpoint
from stages.text_classifier import classifier as text_classifier
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.miniature import change
from tests.speaker.two_colours import saved
from tests.study import ROOT

CARD = {
    "name": "  Ours:\n- *two* lines  ",
    "citation": "<script>alert(1)</script>",
    "licence": "",
    "terms": "",
    "consent": "asked",
    "redistribute": False,
}
NAMES = [model.stage for model in MODELS]
RIGHT = {"accuracy": 0.5, "ternary": 0.75, "binary": 0.875, "cross_entropy": 1.25, "calibration_error": 0.125}
SCORES: dict[str, Any] = {
    "text_classifier": {
        "test": RIGHT,
        "tfidf": {"test": {**RIGHT, "accuracy": 0.25}},
        "rows": {"train": 1234, "val": 2, "test": 3},
        "best_epoch": 2,
    },
    "image_classifier": {
        "train": {"artworks": 12, "best_epoch": 3},
        "test": {
            "artworks": 4,
            "kl": 0.5,
            "calibration_error": 0.25,
            "more_than_half": {"artworks": 2, "accuracy": 0.5, "ternary": 1.0, "binary": 1.0},
            "at_least_half": {"artworks": 3, "accuracy": 0.75, "ternary": 1.0, "binary": 1.0},
            "largest_untied": {"artworks": 0},
        },
    },
    "speaker": {"best_epoch": 4, "test": {"nll": 1.5, "nll_swapped": 2.5}},
}
CHOSEN = {"text_classifier": "lstm", "image_classifier": None, "speaker": "sat"}
# What the front matter says of each, by the hub's name of the metric and ours.
FIGURES = {
    "text_classifier": {
        ("accuracy", "accuracy, nine emotions"): 0.5,
        ("accuracy", "accuracy, positive, negative or else"): 0.75,
        ("accuracy", "accuracy, positive or negative"): 0.875,
        ("cross_entropy", "cross-entropy, nats"): 1.25,
        ("calibration_error", "expected calibration error"): 0.125,
    },
    "image_classifier": {
        ("accuracy", "accuracy where an emotion has more than half of the votes"): 0.5,
        ("accuracy", "accuracy where an emotion has at least half of the votes"): 0.75,
        ("kl", "divergence from people's distributions, nats"): 0.5,
        ("calibration_error", "expected calibration error"): 0.25,
    },
    "speaker": {
        ("nll", "negative log-likelihood, nats a word"): 1.5,
        ("nll_swapped", "negative log-likelihood with another artwork's picture, nats a word"): 2.5,
        ("bleu", "BLEU-1"): 0.5,
        ("meteor", "METEOR"): 0.25,
    },
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of untrained models with their cards; shared, so only to be read."""
    folder = tmp_path_factory.mktemp("model_cards")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
        change(Path("params.yaml"), {"dataset": "ours", "captions.max_length": 4})
        _models()
        _measured()
        main()
    return folder


def _models() -> None:
    words = Vocabulary([*SPECIALS, "a", "gloomy", "sea"])
    network = LSTMClassifier(words=len(words), embedding=4, hidden=4, head=4, dropout=0.0, bag=False)
    text_classifier.save(text_classifier.TextClassifier(network, WordReader(words), torch.device("cpu")))
    image_classifier.save(image_classifier.ImageClassifier(Backbone("test_resnet")), 64, "squash")
    saved(checkpoint.FOLDER)
    Image.fromarray(np.zeros((40, 30, 3), np.uint8)).save("my.jpg")


def _measured() -> None:
    write_json(CARD, Path("data/annotations/dataset.json"))
    write_json({"rows": 5000, "artworks": 700}, Path("reports/annotations/metrics.json"))
    for stage, metrics in SCORES.items():
        write_json(metrics, Path("reports") / stage / "metrics.json")
    for system in ("captions", "human"):
        write_json({"bleu_1": 0.5, "meteor": 0.25, "captions": 9}, metrics_file(system))
        write_json({"values": {"bleu_1": {"value": 0.5, "low": 0.375, "high": 0.625}}}, details_file(system))


def card(study: Path, name: str) -> str:
    return (study / FOLDER / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_hub_reads_what_stands_in_front(study: Path, name: str) -> None:
    data = ModelCard(card(study, name)).data
    assert (data.language, data.license, data.library_name) == ("en", "unknown", "pytorch")
    assert data.datasets == ["ours"]
    assert data.model_name == name
    assert {"art", "emotion"} <= set(data.tags)
    found = {(one.metric_type, one.metric_name): one.metric_value for one in data.eval_results}
    assert data.metrics == list(dict.fromkeys(kind for kind, _ in found))
    assert {(one.dataset_name, one.dataset_split) for one in data.eval_results} == {("Ours: - *two* lines", "test")}
    assert found == FIGURES[name]


def test_tables_hold_the_scores_and_their_intervals(study: Path) -> None:
    assert "| accuracy, nine emotions | 0.500 | 0.250 |" in card(study, "text_classifier")
    assert "| more votes than any other | 0 | – | – | – |" in card(study, "image_classifier")  # noqa: RUF001
    assert "| BLEU-1 | 0.500 [0.375, 0.625] | 0.500 [0.375, 0.625] |" in card(study, "speaker")


@pytest.mark.parametrize("name", NAMES)
def test_the_dials_are_those_of_params_yaml(study: Path, name: str) -> None:
    block = re.search(r"```yaml\n(.*?)```", card(study, name), re.DOTALL)
    assert block is not None
    told, written = (YAML(typ="safe", pure=True).load(text) for text in (block[1], (study / "params.yaml").read_text()))
    assert list(told) == [name]
    # Of several architectures, a section each, the one that was chosen.
    unused = {key for key, value in written[name].items() if isinstance(value, dict)} - {CHOSEN[name]}
    assert told[name] == {key: value for key, value in written[name].items() if key not in unused}


def test_what_dataset_yaml_says_stays_words_on_one_line(study: Path) -> None:
    shown = card(study, "speaker")
    assert "- Name: Ours: - *two* lines\n- Citation: &lt;script&gt;alert(1)&lt;/script&gt;\n" in shown
    assert "- Licence: dataset.yaml does not say\n" in shown
    assert "- May be passed on: no\n- Size: 5,000 annotations of 700 artworks\n" in shown
    assert "made by a program" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_weights_is_the_network_s(study: Path, name: str) -> None:
    network = {
        "text_classifier": lambda: text_classifier.load(study / text_classifier.FOLDER).model,
        "image_classifier": lambda: image_classifier.load(study / image_classifier.FOLDER).model,
        "speaker": lambda: checkpoint.load(study / checkpoint.FOLDER).model,
    }[name]()
    total = sum(one.numel() for one in network.state_dict().values())
    assert f"\n{total:,} numbers in `model.safetensors`" in card(study, name)


@pytest.mark.parametrize(("name", "made"), [(name, "emotions") for name in NAMES[:2]] + [("speaker", "captions")])
def test_it_loads_as_the_card_says(study: Path, monkeypatch: pytest.MonkeyPatch, name: str, made: str) -> None:
    monkeypatch.chdir(study)
    code = re.search(r"```python\n(.*?)```", card(study, name), re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)
    if made == "emotions":
        assert names[made].shape == (1, 9)
        assert names[made].sum() == pytest.approx(1)
    else:
        assert all(isinstance(one, str) for one in names[made])
        assert len(names[made]) == 1


def test_a_grounded_speaker_is_told_an_emotion(tmp_path: Path, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    plain = {path: path.read_bytes() for path in (study / checkpoint.FOLDER).iterdir()}
    before = card(study, "speaker")
    saved(checkpoint.FOLDER, grounded=True)
    main()
    shown = card(study, "speaker")
    assert "from an emotion that it is told" in shown
    names: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", shown, re.DOTALL)[1], names)  # type: ignore[index]
    assert len(names["captions"]) == 1
    # And the plain one's card comes back byte by byte.
    for path, content in plain.items():
        path.write_bytes(content)
    main()
    assert card(study, "speaker") == before


@pytest.mark.parametrize(("pooling", "sections"), [("average", ["features", "speaker"]), (None, ["speaker"])])
def test_a_model_on_pooled_features_depends_on_their_dials_too(pooling: str | None, sections: list[str]) -> None:
    (one,) = (model for model in MODELS if model.stage == "speaker")
    params = load(Params, ROOT / "params.yaml")
    assert list(dials(one, params, {"pooling": pooling})) == sections
