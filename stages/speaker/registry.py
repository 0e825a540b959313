"""The architectures by their names in params.yaml: how each is built and trained.

A new one is a module beside `sat.py` with a `Network` and a `recipe`, its section in `params.py`, and a line
here; the tests of `tests/speaker/test_architectures.py` then hold it to the interface.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from stages.common.params import Pooling, Section
from stages.learning.backbones import Backbone
from stages.speaker import merge, sat, transformer
from stages.speaker.data import whole_batches
from stages.speaker.interface import Network, Recipe
from stages.speaker.params import MergeNetwork, SatNetwork, Speaker, TransformerNetwork

# What a speaker's config.json holds: `arch`, `backbone`, its `pooling`, how it is grounded (`GROUNDING`),
# the size of the `vocabulary`, and under `network` the dials of its architecture.
Config = Mapping[str, Any]
GROUNDING = ("emo_grounding", "emo_from", "emo_dropout")


class Architecture(NamedTuple):
    """A class of networks, the parameters that its constructor takes, and how it is trained.

    `recipe` takes the architecture's section of params.yaml, the network and the number of updates.
    """

    network: type[Network]
    config: type[Section]
    recipe: Callable[[Any, Any, int], Recipe]


ARCHITECTURES: dict[str, Architecture] = {
    "sat": Architecture(sat.ShowAttendTell, SatNetwork, sat.recipe),
    "merge": Architecture(merge.Merge, MergeNetwork, merge.recipe),
    "transformer": Architecture(transformer.TransformerSpeaker, TransformerNetwork, transformer.recipe),
}


def config_of(dials: Speaker, vocabulary: int, backbone: str, pooling: Pooling | None) -> dict[str, Any]:
    """What must be known to build the network of `dials` again, for a vocabulary of so many words.

    Its encoder is `backbone`, which need not be that of `dials`.
    """
    network = getattr(dials, dials.arch).model_dump(include=ARCHITECTURES[dials.arch].config.model_fields)
    return dials.model_dump(include={"arch", *GROUNDING}) | {
        "backbone": backbone,
        "pooling": pooling,
        "vocabulary": vocabulary,
        "network": network,
    }


def build(config: Config, backbone: Backbone) -> Network:
    """The untrained network of a config."""
    model = ARCHITECTURES[config["arch"]].network(
        backbone=backbone,
        vocabulary=config["vocabulary"],
        grounded=config["emo_grounding"],
        **config["network"],
    )
    model.emotion_optional = config["emo_grounding"] and config["emo_dropout"] > 0
    return model


def recipe_of(dials: Speaker, model: Network, pictures: int) -> Recipe:
    """How the network of `dials` is trained on `pictures` pictures."""
    section = getattr(dials, dials.arch)
    updates = section.epochs * (dials.steps_per_epoch or whole_batches(pictures, section.batch_size))
    return ARCHITECTURES[dials.arch].recipe(section, model, updates)
