"""The architectures by their names in params.yaml: how each is built and trained.

To add one: a file beside `sat.py` with a `Network` and a `recipe`, its section in `params.py`, and an entry
here. `tests/speaker/test_architectures.py` then checks it against the interface.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stages.common.emotions import ARTEMIS
from stages.common.params import Section
from stages.learning.backbones import Backbone
from stages.speaker import language_model, merge, sat, transformer
from stages.speaker.data import whole_batches
from stages.speaker.interface import Network, Recipe
from stages.speaker.params import LanguageModelNetwork, MergeNetwork, SatNetwork, Speaker, TransformerNetwork
from stages.speaker.pieces import Pieces
from stages.utterances.vocabulary import Vocabulary

# The words of a speaker: those of the study, or pieces of words.
Words = Vocabulary | Pieces

# A speaker's config.json: `arch`, `backbone`, its `pooling`, how it is grounded (`GROUNDING`), the size of
# the `vocabulary`, under `network` the arguments of its architecture, and the labels `emotions` of a grounded one.
NetworkConfig = Mapping[str, Any]
GROUNDING = ("emo_grounding", "emo_from", "emo_dropout")


class Architecture(NamedTuple):
    """A class of networks, the section of parameters that its constructor takes, and its recipe.

    `recipe` takes the architecture's section of params.yaml, the network, the number of updates and the learning rate
    of the encoder. `pooled`: it reads one vector of each picture, not a grid of places. `words` takes the section and
    the words of the study, and gives those that it speaks with; `read_words` reads their file. `arguments` gives what
    its constructor takes besides the section.
    """

    network: type[Network]
    config: type[Section]
    recipe: Callable[[Any, Any, int, float], Recipe]
    pooled: bool = False
    words: Callable[[Any, Vocabulary], Words] = lambda _, words: words
    read_words: Callable[[Path], Words] = Vocabulary.load
    arguments: Callable[[Any, Any], dict[str, Any]] = lambda *_: {}


ARCHITECTURES: dict[str, Architecture] = {
    "sat": Architecture(sat.ShowAttendTell, SatNetwork, sat.recipe),
    "merge": Architecture(merge.Merge, MergeNetwork, merge.recipe, pooled=True),
    "transformer": Architecture(transformer.TransformerSpeaker, TransformerNetwork, transformer.recipe),
    "language_model": Architecture(
        language_model.LanguageModelSpeaker,
        LanguageModelNetwork,
        language_model.recipe,
        words=language_model.vocabulary,
        read_words=Pieces.load,
        arguments=language_model.arguments,
    ),
}


def words_of(config: Speaker, words: Vocabulary) -> Words:
    """The words that a section `speaker` of params.yaml speaks with, on a study with the words `words`."""
    return ARCHITECTURES[config.arch].words(getattr(config, config.arch), words)


def config_of(config: Speaker, vocabulary: Words, backbone: Backbone, emotions: Sequence[str]) -> dict[str, Any]:
    """The `NetworkConfig` of a section `speaker` of params.yaml.

    Args:
        vocabulary: from `words_of`.
        backbone: the encoder, which may be another than that in `config`.
        emotions: labels of the data set.
    """
    architecture, section = ARCHITECTURES[config.arch], getattr(config, config.arch)
    network = section.model_dump(include=architecture.config.model_fields)
    return config.model_dump(include={"arch", *GROUNDING}) | {
        "backbone": backbone.name,
        "pooling": backbone.pooling,
        "vocabulary": len(vocabulary),
        "network": network | architecture.arguments(section, vocabulary),
        **({"emotions": list(emotions)} if config.emo_grounding else {}),
    }


def emotions_of(config: NetworkConfig) -> tuple[str, ...]:
    """The labels that a speaker was grounded on, none for a plain one; older ones have the nine of ArtEmis."""
    return tuple(config.get("emotions", ARTEMIS.names)) if config["emo_grounding"] else ()


def build(config: NetworkConfig, backbone: Backbone) -> Network:
    """The untrained network of a config.json."""
    model = ARCHITECTURES[config["arch"]].network(
        backbone=backbone,
        vocabulary=config["vocabulary"],
        grounded=config["emo_grounding"],
        emotions=len(emotions_of(config)),
        **config["network"],
    )
    model.emotion_optional = config["emo_grounding"] and config["emo_dropout"] > 0
    return model


def recipe_of(config: Speaker, model: Network, images: int) -> Recipe:
    """The recipe of a section `speaker` of params.yaml, for training on so many images."""
    section = getattr(config, config.arch)
    updates = section.epochs * (config.steps_per_epoch or whole_batches(images, section.batch_size))
    return ARCHITECTURES[config.arch].recipe(section, model, updates, config.encoder_learning_rate)
