"""A model card as the Hugging Face hub reads it: YAML front matter, then Markdown, both with the model's scores."""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from huggingface_hub import EvalResult, ModelCardData
from markupsafe import Markup
from ruamel.yaml import YAML
from safetensors import safe_open

from stages.common.params import Section
from stages.metrics.joint_table import ROWS, joint, markdown
from stages.pages.markup import CARD_FIELDS, NOT_STATED, NOTHING, environment, text

TEMPLATES = Path(__file__).with_name("template")
TAGS = ["art", "emotion", "artemis", "artemis-dvc", "pytorch", "safetensors"]
# Keys of the metrics files -> names on the cards.
ACCURACIES = {
    "accuracy": "accuracy, all emotions",
    "ternary": "accuracy, positive, negative or else",
    "binary": "accuracy, positive or negative",
}
TEXT_SCORES = {**ACCURACIES, "cross_entropy": "cross-entropy, nats", "calibration_error": "expected calibration error"}
DEFINITIONS = {
    "more_than_half": "more than half of the votes",
    "at_least_half": "at least half of the votes",
    "largest_untied": "more votes than any other",
}
DISTRIBUTION_SCORES = {
    "kl": "divergence from people's distributions, nats",
    "calibration_error": "expected calibration error",
}
LIKELIHOODS = {
    "nll": "negative log-likelihood, nats a word",
    "nll_swapped": "negative log-likelihood with another artwork's picture, nats a word",
}
# Our names of the metrics of captions -> the hub's.
CAPTION_METRICS = {
    **dict.fromkeys(("bleu_1", "bleu_2", "bleu_3", "bleu_4"), "bleu"),
    "meteor": "meteor",
    "rouge_l": "rouge",
    "cider": "cider",
    "spice": "spice",
}


class Result(NamedTuple):
    """A score in the front matter; `metric` is the hub's name, `name` ours."""

    metric: str
    name: str
    value: float
    split: str = "test"


class Scores(NamedTuple):
    tables: Sequence[pd.DataFrame]
    results: Sequence[Result]


def text_classifier_scores(metrics: Mapping[str, Any]) -> Scores:
    """One table: rows are scores, columns the classifier, its network alone and its TF-IDF baseline."""
    test = metrics["test"]
    columns = {
        "classifier": test,
        "network alone": metrics["network"]["test"],
        "TF-IDF baseline": metrics["tfidf"]["test"],
    }
    cells = {column: [_cell(values.get(key)) for key in TEXT_SCORES] for column, values in columns.items()}
    results = [
        Result("accuracy" if key in ACCURACIES else key, name, test[key])
        for key, name in TEXT_SCORES.items()
        if key in test
    ]
    return Scores([pd.DataFrame(cells, index=list(TEXT_SCORES.values()))], results)


def image_classifier_scores(metrics: Mapping[str, Any]) -> Scores:
    """Two tables: accuracies by definition of an artwork's emotion, and scores of the predicted distributions."""
    test = metrics["test"]
    columns = {"artworks": "artworks", **ACCURACIES}
    rows = {name: [_cell(test[key].get(column)) for column in columns] for key, name in DEFINITIONS.items()}
    accuracies = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns.values()))
    distributions = pd.DataFrame({"value": {name: _cell(test[key]) for key, name in DISTRIBUTION_SCORES.items()}})
    results = [
        Result("accuracy", f"accuracy where an emotion has {name}", test[key]["accuracy"])
        for key, name in DEFINITIONS.items()
        if "accuracy" in test[key]
    ]
    results += [Result(key, name, test[key]) for key, name in DISTRIBUTION_SCORES.items()]
    return Scores([accuracies, distributions], results)


def speaker_scores(metrics: Mapping[str, Any]) -> Scores:
    """Two tables: likelihoods of people's utterances, and the joint table of the speaker and people.

    Besides the speaker's own, `metrics` holds `systems` and `details`, the metrics of
    captions by system, and `split`, the split of the captions.
    """
    test, captions = metrics["test"], metrics["systems"]["captions"]
    likelihoods = pd.DataFrame({"value": {name: _cell(test[key]) for key, name in LIKELIHOODS.items()}})
    results = [Result(key, name, test[key]) for key, name in LIKELIHOODS.items()]
    results += [
        Result(metric, ROWS[key], captions[key], metrics["split"])
        for key, metric in CAPTION_METRICS.items()
        if key in captions
    ]
    return Scores([likelihoods, joint(metrics["systems"], details=metrics["details"])], results)


def _cell(value: float | None) -> str:
    return NOTHING if value is None else text(value)


@dataclass(frozen=True)
class Model:
    """A trained model: its stage, its task by the hub's name, and the function that makes scores of its metrics."""

    stage: str
    title: str
    task: str
    scores: Callable[[Mapping[str, Any]], Scores]

    @property
    def weights(self) -> Path:
        return Path("data") / self.stage / "model.safetensors"


def render(
    model: Model,
    *,
    params: Mapping[str, Section],
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    dataset: str,
    card: Mapping[str, Any],
    sizes: Mapping[str, Any],
) -> str:
    """The card, from the template `<stage>.md.j2`.

    Args:
        params: sections of params.yaml that the model was trained with.
        config: config.json of the model.
        metrics: its metrics, as `model.scores` takes them.
        dataset: folder of the data set in data/raw/.
        card: data/annotations/dataset.json.
        sizes: reports/annotations/metrics.json.
    """
    # Values of dataset.yaml are escaped by the template and put on one line, so that they can't add Markdown or HTML.
    about = {key: " ".join(card[key].split()) or NOT_STATED for key in CARD_FIELDS}
    name = about["name"] if card["name"].strip() else dataset
    scores = model.scores(metrics)
    template = environment(TEMPLATES).get_template(f"{model.stage}.md.j2")
    return template.render(
        front_matter=Markup(front_matter(model, scores, dataset, name, card["language"])),
        model=model,
        dataset=dataset,
        name=name,
        about=about,
        language=in_words(card["language"]),
        redistribute=card["redistribute"],
        sizes=sizes,
        weights=count_weights(model.weights),
        params=Markup(to_yaml(params)),
        tables=[Markup(markdown(table)) for table in scores.tables],
        config=config,
        metrics=metrics,
    )


def front_matter(model: Model, scores: Scores, dataset: str, name: str, language: str) -> str:
    """The hub's metadata as YAML; `language` is a BCP 47 tag."""
    results = [
        EvalResult(
            task_type=model.task,
            dataset_type=dataset,
            dataset_name=name,
            dataset_split=result.split,
            metric_type=result.metric,
            metric_name=result.name,
            metric_value=result.value,
        )
        for result in scores.results
    ]
    data = ModelCardData(
        language=language,
        # The code is MIT; the licence of the weights depends on the data.
        license="unknown",
        library_name="pytorch",
        pipeline_tag=model.task,
        tags=TAGS,
        datasets=[dataset],
        metrics=list(dict.fromkeys(result.metric for result in scores.results)),
        model_name=model.stage,
        eval_results=results,
    )
    return data.to_yaml().strip()


def in_words(language: str) -> str:
    """A BCP 47 tag as part of a sentence."""
    return "English" if language == "en" else f"the language `{language}`"


def count_weights(file: Path) -> int:
    """The number of values in a safetensors file, from its header."""
    with safe_open(file, "np") as tensors:
        return sum(math.prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118


def to_yaml(params: Mapping[str, Section]) -> str:
    """Sections as in params.yaml, without the subsections of architectures that are not used."""
    text = io.StringIO()
    YAML().dump({name: _used(section) for name, section in params.items()}, text)
    return text.getvalue()


def _used(section: Section) -> dict[str, Any]:
    arch = getattr(section, "arch", None)
    return {key: value for key, value in section.model_dump().items() if not isinstance(value, dict) or key == arch}
