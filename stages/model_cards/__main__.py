"""model_cards: write the card of each trained model, as the Hugging Face hub wants it.

Reads what the stages of the models and of the metrics measured, the models' configs, what
dataset.yaml says, and the dials; writes reports/model_cards/<model>.md. The cards
hold no utterance and no picture, so they may be handed on whatever the data set allows.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stages.annotations.tables import load_card
from stages.common.entry import run
from stages.common.files import read_json, replacing
from stages.common.params import Section, load
from stages.metrics.tables import HUMAN, load_details, load_metrics
from stages.model_cards.card import Model, render
from stages.model_cards.params import Params
from stages.model_cards.scores import of_image, of_speaker, of_text

FOLDER = Path("reports/model_cards")
MODELS = (
    Model("text_classifier", "An emotion from an utterance", "text-classification", of_text),
    Model("image_classifier", "The emotions that a picture evokes", "image-classification", of_image),
    Model("speaker", "How a picture feels and why, in words", "image-to-text", of_speaker),
)
# The speaker's captions, and people as a system of their own beside them.
SYSTEMS = ("captions", HUMAN)


def main() -> str:
    params = load(Params)
    about, sizes = load_card(), read_json(Path("reports/annotations/metrics.json"))
    for model in MODELS:
        config = read_json(Path("data") / model.stage / "config.json")
        card = render(
            model,
            dials=dials(model, params, config),
            config=config,
            metrics=measured(model, params.captions.split),
            dataset=params.dataset,
            about=about,
            sizes=sizes,
        )
        with replacing(FOLDER / f"{model.stage}.md") as beside:
            beside.write_text(card, encoding="utf-8")
    return f"{FOLDER}: the cards of {', '.join(model.stage for model in MODELS)}"


def measured(model: Model, split: str) -> dict[str, Any]:
    """What the model's stage measured; of the speaker also how its captions of `split` compare with people's."""
    metrics: dict[str, Any] = read_json(Path("reports") / model.stage / "metrics.json")
    if model.stage == "speaker":
        metrics["systems"] = {system: load_metrics(system) for system in SYSTEMS}
        metrics["details"] = {system: load_details(system) for system in SYSTEMS}
        metrics["split"] = split
    return metrics


def dials(model: Model, params: Params, config: Mapping[str, Any]) -> dict[str, Section]:
    """The sections that the model learned with: one that learns on frozen features, which are pooled, depends on
    theirs too.
    """
    own = {model.stage: getattr(params, model.stage)}
    return {"features": params.features, **own} if config.get("pooling") else own


if __name__ == "__main__":
    run(__doc__, main)
