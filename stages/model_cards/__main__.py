"""model_cards: write a model card for each trained model, in the format of the Hugging Face hub.

Reads the models' configs, weights and metrics, the metrics of captions, dataset.yaml's
contents and the parameters; writes reports/model_cards/<model>.md. A card holds no
utterance and no picture, so it can be shared whatever the licence of the data set.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stages.annotations.tables import load_card
from stages.common.emotions import NO_MODEL
from stages.common.entry import run
from stages.common.files import atomic_write, read_json
from stages.common.params import Section, load
from stages.metrics.tables import HUMAN, load_details, load_metrics
from stages.model_cards.card import Model, image_classifier_scores, render, speaker_scores, text_classifier_scores
from stages.model_cards.params import Params

FOLDER = Path("reports/model_cards")
MODELS = (
    Model("text_classifier", "Emotion classification of utterances", "text-classification", text_classifier_scores),
    Model("image_classifier", "Emotion classification of artworks", "image-classification", image_classifier_scores),
    Model("speaker", "Affective captioning of artworks", "image-to-text", speaker_scores),
)
# The systems in the speaker's table of scores.
SYSTEMS = ("captions", HUMAN)


def main() -> str:
    params = load(Params)
    card, sizes = load_card(), read_json(Path("reports/annotations/metrics.json"))
    written = []
    for model in MODELS:
        config = read_json(Path("data") / model.stage / "config.json")
        if reason := config.get(NO_MODEL):
            write_card(model, f"# {model.title}\n\nThere is no such model: {reason}.\n")
            continue
        text = render(
            model,
            params=training_params(model, params, config),
            config=config,
            metrics=load_all_metrics(model, params.captions.split),
            dataset=params.dataset,
            card=card,
            sizes=sizes,
        )
        write_card(model, text)
        written.append(model.stage)
    return f"{FOLDER}: model cards of {', '.join(written)}"


def write_card(model: Model, text: str) -> None:
    with atomic_write(FOLDER / f"{model.stage}.md") as beside:
        beside.write_text(text, encoding="utf-8")


def load_all_metrics(model: Model, split: str) -> dict[str, Any]:
    """The metrics of the model's stage; for the speaker also those of its captions and of people on `split`."""
    metrics: dict[str, Any] = read_json(Path("reports") / model.stage / "metrics.json")
    if model.stage == "speaker":
        metrics["systems"] = {system: load_metrics(system) for system in SYSTEMS}
        metrics["details"] = {system: load_details(system) for system in SYSTEMS}
        metrics["split"] = split
    return metrics


def training_params(model: Model, params: Params, config: Mapping[str, Any]) -> dict[str, Section]:
    """The sections of params.yaml that the model was trained with.

    They include `features` for a model on the stored features of a frozen backbone, or that pools as these do.
    """
    section = getattr(params, model.stage)
    concerned = getattr(section, "tune", "") == "none" or config.get("pooling")
    return {"features": params.features, model.stage: section} if concerned else {model.stage: section}


if __name__ == "__main__":
    run(__doc__, main)
