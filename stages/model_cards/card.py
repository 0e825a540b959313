"""A model's card as the Hugging Face hub reads it: YAML in front, Markdown behind."""

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
from stages.pages.markup import SAID, SILENT, environment

TEMPLATES = Path(__file__).with_name("template")
# Of the study, on each model.
TAGS = ["art", "emotion", "artemis", "artemis-dvc", "pytorch", "safetensors"]


@dataclass(frozen=True)
class Model:
    """A model that a stage has trained: what the hub calls its task, and what its scores are made of."""

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
    dials: Mapping[str, Section],
    config: Mapping[str, Any],
    metrics: Mapping[str, Any],
    dataset: str,
    about: Mapping[str, Any],
    sizes: Mapping[str, Any],
) -> str:
    """The whole card, by the template of the model's stage.

    Args:
        dials: the sections of params.yaml that the model learned with, by their names.
        config: config.json of the model.
        metrics: what was measured of it.
        dataset: folder of the data set in data/raw/.
        about: what dataset.yaml says of it.
        sizes: what `annotations` counted in it.
    """
    # Values of dataset.yaml are escaped, and on one line, so that they stay what they are: words.
    said = {name: " ".join(about[name].split()) or SILENT for name in SAID}
    name = said["name"] if about["name"].strip() else dataset
    scores = model.scores(metrics)
    template = environment(TEMPLATES).get_template(f"{model.stage}.md.j2")
    return template.render(
        front_matter=Markup(front_matter(model, scores, dataset, name)),
        model=model,
        dataset=dataset,
        name=name,
        said=said,
        redistribute=about["redistribute"],
        sizes=sizes,
        numbers=numbers(model.weights),
        dials=Markup(as_written(dials)),
        tables=[Markup(markdown(table)) for table in scores.tables],
        config=config,
        metrics=metrics,
    )


def front_matter(model: Model, scores: Scores, dataset: str, name: str) -> str:
    """The hub's metadata as YAML: what the model is, and what it scored."""
    results = [
        EvalResult(
            task_type=model.task,
            dataset_type=dataset,
            dataset_name=name,
            dataset_split=one.split,
            metric_type=one.metric,
            metric_name=one.name,
            metric_value=one.value,
        )
        for one in scores.figures
    ]
    data = ModelCardData(
        language="en",
        # The code is MIT; nobody has said anything about the weights.
        license="unknown",
        library_name="pytorch",
        pipeline_tag=model.task,
        tags=TAGS,
        datasets=[dataset],
        metrics=list(dict.fromkeys(one.metric for one in scores.figures)),
        model_name=model.stage,
        eval_results=results,
    )
    return data.to_yaml().strip()


def numbers(weights: Path) -> int:
    """How many numbers a safetensors file holds, from its header alone."""
    with safe_open(weights, "np") as file:
        return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118


def as_written(dials: Mapping[str, Section]) -> str:
    """Sections as they stand in params.yaml; of those for several architectures that of the one chosen."""
    text = io.StringIO()
    YAML().dump({name: _chosen(section) for name, section in dials.items()}, text)
    return text.getvalue()


def _chosen(section: Section) -> dict[str, Any]:
    arch = getattr(section, "arch", None)
    values = section.model_dump()
    return {name: value for name, value in values.items() if not isinstance(value, dict) or name == arch}
