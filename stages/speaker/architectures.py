"""The architectures by their names in params.yaml.

A new one is a module beside `sat.py` with a `Network`, a line here, its dials in `params.py`
and the way it learns in `recipes.py`; the tests of `tests/speaker/test_architectures.py`
then hold it to the interface.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from stages.common.params import Section
from stages.features.backbones import Backbone
from stages.features.params import Pooling
from stages.speaker.interface import Network
from stages.speaker.merge import Merge
from stages.speaker.params import MergeNetwork, SatNetwork, Speaker, TransformerNetwork
from stages.speaker.sat import ShowAttendTell
from stages.speaker.transformer import TransformerSpeaker

# What a speaker's config.json holds: `arch`, `backbone`, its `pooling`, how it is grounded (`GROUNDING`),
# the size of the `vocabulary`, and under `network` the dials of its architecture.
Config = Mapping[str, Any]
GROUNDING = ("emo_grounding", "emo_from", "emo_dropout")


class Architecture(NamedTuple):
    """A class of networks, and which of its section's dials its constructor takes."""

    network: type[Network]
    dials: type[Section]


ARCHITECTURES: dict[str, Architecture] = {
    "sat": Architecture(ShowAttendTell, SatNetwork),
    "merge": Architecture(Merge, MergeNetwork),
    "transformer": Architecture(TransformerSpeaker, TransformerNetwork),
}


def config_of(dials: Speaker, vocabulary: int, backbone: str, pooling: Pooling | None) -> dict[str, Any]:
    """What must be known to build the network of `dials` again, for a vocabulary of so many words.

    Its encoder is `backbone`, which need not be that of `dials`.
    """
    network = getattr(dials, dials.arch).model_dump(include=ARCHITECTURES[dials.arch].dials.model_fields)
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
