"""A model card as the Hugging Face hub reads it: YAML front matter, then Markdown."""

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData
from markupsafe import Markup
from ruamel.yaml import YAML
from safetensors import safe_open

from stages.common.params import Section
from stages.metrics.joint_table import markdown
from stages.model_cards.scores import Scores
from stages.pages.markup import CARD_FIELDS, NOT_STATED, environment

TEMPLATES = Path(__file__).with_name("template")
TAGS = ["art", "emotion", "artemis", "artemis-dvc", "pytorch", "safetensors"]


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
        front_matter=Markup(front_matter(model, scores, dataset, name)),
        model=model,
        dataset=dataset,
        name=name,
        about=about,
        redistribute=card["redistribute"],
        sizes=sizes,
        weights=count_weights(model.weights),
        params=Markup(to_yaml(params)),
        tables=[Markup(markdown(table)) for table in scores.tables],
        config=config,
        metrics=metrics,
    )


def front_matter(model: Model, scores: Scores, dataset: str, name: str) -> str:
    """The hub's metadata as YAML."""
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
        language="en",
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
