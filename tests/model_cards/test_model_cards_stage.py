"""The cards of small real models: front matter, tables, parameters, and code that runs."""

import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard
from PIL import Image
from ruamel.yaml import YAML

from stages.annotations.tables import save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.common.params import Tune, load
from stages.image_classifier import classifier as image_classifier
from stages.learning.backbones import Backbone
from stages.metrics.tables import details_file, metrics_file
from stages.model_cards.__main__ import FOLDER, MODELS, main, training_params
from stages.model_cards.params import Params
from stages.pages.markup import NOT_STATED
from stages.speaker import checkpoint
from stages.speaker.registry import ARCHITECTURES
from stages.text_classifier import classifier as text_classifier
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.miniature import change
from tests.speaker.two_colours import saved
from tests.study import ROOT

CARD = {
    "name": "  Ours:\n- *two* lines  ",
    "language": "en",
    "citation": "<script>alert(1)</script>",
    "licence": "",
    "terms": "",
    "consent": "asked",
    "redistribute": False,
}
NAMES = [model.stage for model in MODELS]
TEST = {"accuracy": 0.5, "ternary": 0.75, "binary": 0.875, "cross_entropy": 1.25, "calibration_error": 0.125}
SCORES: dict[str, Any] = {
    "text_classifier": {
        "test": TEST,
        "network": {"test": {**TEST, "accuracy": 0.375}},
        "left_out": {"rows": 7, "accuracy": 0.625},
        "tfidf": {"test": {**TEST, "accuracy": 0.25}},
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
# The speaker of presets/demo.yaml learns from stored features, so their parameters are its own.
SECTIONS = {"text_classifier": [], "image_classifier": ["features"], "speaker": ["features"]}
# Results in each front matter, by the hub's name of the metric and ours.
RESULTS = {
    "text_classifier": {
        ("accuracy", "accuracy, all emotions"): 0.5,
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
    """A study of untrained models with their cards; tests do not change it, or restore it."""
    folder = tmp_path_factory.mktemp("model_cards")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
        change(Path("params.yaml"), {"dataset": "ours", "captions.max_length": 4})
        _models()
        _metrics()
        main()
    return folder


def _models() -> None:
    words = Vocabulary([*SPECIALS, "a", "gloomy", "sea"])
    network = LSTMClassifier(words=len(words), embedding=4, hidden=4, head=4, dropout=0.0, bag=False)
    text_classifier.save(text_classifier.TextClassifier(network, WordReader(words), torch.device("cpu")))
    image_classifier.save(image_classifier.ImageClassifier(Backbone("test_resnet")), 64, "squash")
    saved(checkpoint.FOLDER)
    Image.fromarray(np.zeros((40, 30, 3), np.uint8)).save("my.jpg")


def _metrics() -> None:
    save_emotions(ARTEMIS)
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
def test_the_hub_reads_the_front_matter(study: Path, name: str) -> None:
    data = ModelCard(card(study, name)).data
    assert (data.language, data.license, data.library_name) == ("en", "unknown", "pytorch")
    assert data.datasets == ["ours"]
    assert data.model_name == name
    assert {"art", "emotion"} <= set(data.tags)
    results = {(result.metric_type, result.metric_name): result.metric_value for result in data.eval_results}
    assert data.metrics == list(dict.fromkeys(metric for metric, _ in results))
    assert {(result.dataset_name, result.dataset_split) for result in data.eval_results} == {
        ("Ours: - *two* lines", "test")
    }
    assert results == RESULTS[name]


def test_tables_hold_the_scores_and_their_intervals(study: Path) -> None:
    assert "On 7 further utterances of the test split" in card(study, "text_classifier")
    assert "| accuracy, all emotions | 0.500 | 0.375 | 0.250 |" in card(study, "text_classifier")
    assert "| more votes than any other | 0 | – | – | – |" in card(study, "image_classifier")  # noqa: RUF001
    assert "| BLEU-1 | 0.500 [0.375, 0.625] | 0.500 [0.375, 0.625] |" in card(study, "speaker")


@pytest.mark.parametrize("name", NAMES)
def test_the_parameters_equal_those_in_params_yaml(study: Path, name: str) -> None:
    block = re.search(r"```yaml\n(.*?)```", card(study, name), re.DOTALL)
    assert block is not None
    yaml = YAML(typ="safe", pure=True)
    shown, params = (yaml.load(text) for text in (block[1], (study / "params.yaml").read_text()))
    assert list(shown) == [*SECTIONS[name], name]
    assert all(shown[section] == params[section] for section in SECTIONS[name])
    # Of the architectures, which have a section each, the chosen one.
    unused = {key for key, value in params[name].items() if isinstance(value, dict)} - {CHOSEN[name]}
    assert shown[name] == {key: value for key, value in params[name].items() if key not in unused}


def test_values_of_dataset_yaml_are_escaped_and_on_one_line(study: Path) -> None:
    shown = card(study, "speaker")
    assert "- Name: Ours: - *two* lines\n- Citation: &lt;script&gt;alert(1)&lt;/script&gt;\n" in shown
    assert "- Licence: " + NOT_STATED + "\n" in shown
    assert "- Redistribution allowed: no\n- Size: 5,000 annotations of 700 artworks\n" in shown
    assert "A program generated this data set" not in shown


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_weights_equals_the_network_s(study: Path, name: str) -> None:
    network = {
        "text_classifier": lambda: text_classifier.load(study / "data/text_classifier").model,
        "image_classifier": lambda: image_classifier.load(study / image_classifier.FOLDER).model,
        "speaker": lambda: checkpoint.load(study / checkpoint.FOLDER).model,
    }[name]()
    total = sum(tensor.numel() for tensor in network.state_dict().values())
    assert f"`model.safetensors` holds {total:,} values" in card(study, name)


@pytest.mark.parametrize(("name", "output"), [(name, "emotions") for name in NAMES[:2]] + [("speaker", "captions")])
def test_the_code_on_the_card_runs(study: Path, monkeypatch: pytest.MonkeyPatch, name: str, output: str) -> None:
    monkeypatch.chdir(study)
    code = re.search(r"```python\n(.*?)```", card(study, name), re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)
    if output == "emotions":
        assert names[output].shape == (1, 9)
        assert names[output].sum() == pytest.approx(1)
    else:
        assert all(isinstance(caption, str) for caption in names[output])
        assert len(names[output]) == 1


def test_the_card_of_a_grounded_speaker(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    plain = {path: path.read_bytes() for path in (study / checkpoint.FOLDER).iterdir()}
    before = card(study, "speaker")
    saved(checkpoint.FOLDER, grounded=True)
    main()
    shown = card(study, "speaker")
    assert "conditioned on an emotion" in shown
    names: dict[str, Any] = {}
    exec(re.search(r"```python\n(.*?)```", shown, re.DOTALL)[1], names)  # type: ignore[index]
    assert len(names["captions"]) == 1
    # The card of the first speaker, to the byte.
    for path, content in plain.items():
        path.write_bytes(content)
    main()
    assert card(study, "speaker") == before


@pytest.mark.parametrize("tune", get_args(Tune))
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_parameters_of_features_are_on_cards_of_models_that_learned_from_stored_ones(
    tmp_path: Path, arch: str, tune: Tune
) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes((ROOT / "params.yaml").read_bytes())
    change(file, {"speaker.arch": arch, "speaker.tune": tune, "image_classifier.tune": tune})
    params = load(Params, file)
    for model in MODELS:
        pooling = "average" if (model.stage, arch) == ("speaker", "merge") else None
        concerned = model.stage != "text_classifier" and (tune == "none" or pooling is not None)
        sections = training_params(model, params, {"pooling": pooling})
        assert list(sections) == (["features", model.stage] if concerned else [model.stage])
        assert all(section is getattr(params, name) for name, section in sections.items())


def test_cards_name_the_language(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study)
    english = {name: card(study, name) for name in NAMES}
    write_json({**CARD, "language": "zh-Hans"}, Path("data/annotations/dataset.json"))
    main()
    for name in NAMES:
        assert ModelCard(card(study, name)).data.language == "zh-Hans"
        assert "English" in english[name]
        assert "English" not in card(study, name)
        assert "All annotations are in the language `zh-Hans`." in card(study, name)
    write_json(CARD, Path("data/annotations/dataset.json"))
    main()
