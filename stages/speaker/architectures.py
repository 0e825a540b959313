"""The architectures by their names in params.yaml.

A new one is a module beside `sat.py` with a `Network`, a function and a line here, and
its name in `params.py`; the tests of `tests/speaker/test_architectures.py` then hold it
to the interface.
"""

from collections.abc import Callable, Mapping
from typing import Any

from stages.features.backbones import Backbone
from stages.speaker.interface import Network
from stages.speaker.sat import ShowAttendTell

# What a speaker's config.json holds: dials of params.yaml, and the size of the vocabulary.
Config = Mapping[str, Any]


def build(config: Config, backbone: Backbone) -> Network:
    """The untrained network of a config."""
    return ARCHITECTURES[config["arch"]](config, backbone)


def _sat(config: Config, backbone: Backbone) -> ShowAttendTell:
    return ShowAttendTell(
        backbone=backbone,
        vocabulary=config["vocabulary"],
        embedding=config["embedding"],
        attention=config["attention"],
        hidden=config["hidden"],
        dropout=config["dropout"],
        reference_dropout=config["reference_dropout"],
        grounded=config["emo_grounding"],
    )


ARCHITECTURES: dict[str, Callable[[Config, Backbone], Network]] = {"sat": _sat}
