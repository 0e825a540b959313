"""The smallest study: red and blue pictures with one caption for each colour."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from ruamel.yaml import YAML

from stages.annotations.tables import save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.encoder import encoder
from stages.images import packed
from stages.images.packed import Packed
from stages.learning.backbones import Backbone
from stages.learning.device import Rows
from stages.speaker import base_model
from stages.speaker.checkpoint import Trained, save
from stages.speaker.data import Utterances, utterances_of
from stages.speaker.interface import Network, one_hot
from stages.speaker.language_model import LanguageModelSpeaker
from stages.speaker.params import LanguageModelNetwork, Source
from stages.speaker.pieces import Pieces
from stages.speaker.registry import ARCHITECTURES, Words, build, emotions_of
from stages.utterances.tables import SCHEMA, save_utterances, table_path, vocabulary_path
from stages.utterances.vocabulary import EOS, SOS, SPECIALS, Vocabulary
from tests.speaker.tiny_language_model import base_of_words

# Two by two places for test_resnet.
SIZE, MAX_LEN = 64, 6
COLOURS = {"red": (200, 30, 30), "blue": (30, 30, 200)}
CAPTIONS = {"red": "the fire looks very warm", "blue": "a cold sea"}
FEELINGS = {"red": "excitement", "blue": "sadness"}
# Constructor arguments of each architecture, in its smallest size.
NETWORKS: dict[str, dict[str, Any]] = {
    "sat": {"places": 24, "embedding": 8, "attention": 16, "hidden": 32, "reference_dropout": False, "dropout": 0.0},
    "merge": {"hidden": 32},
    "transformer": {"width": 32, "layers": 2, "heads": 2, "dropout": 0.0},
    "language_model": {
        "base": "tiny",  # see `_with_base`
        "mapper": "linear",
        "prefix": 4,
        "tune": "all",
        "rank": 2,
        "dropout": 0.0,
        "emotion": "learned",
    },
}
# How each is trained; a few updates are enough for two captions.
TRAINING: dict[str, dict[str, Any]] = {
    "sat": {"attention_penalty": 1.0, "learning_rate": 2e-2, "schedule": "plateau"},
    "merge": {},
    "transformer": {"label_smoothing": 0.02, "learning_rate": 1.5e-2},
    "language_model": {
        "learning_rate": 5e-3,
        "mapper_learning_rate": 1e-2,
        "gradient_checkpointing": False,
        "accumulate": 1,
    },
}
ENCODER_RATES = {"sat": 3e-4, "merge": 3e-4, "transformer": 1e-3, "language_model": 1e-3}
# The section `features` of a params.yaml.
FEATURES = {"backbone": "test_resnet", "weights": "none", "pooling": "average", "places": True}
VOCABULARY = Vocabulary.build(Counter(" ".join(CAPTIONS.values()).split()), 1)
CPU = torch.device("cpu")


@cache
def words_of(arch: str) -> Words:
    """The words that an architecture speaks with: those of the captions, also as pieces of a tiny language model."""
    if arch != "language_model":
        return VOCABULARY
    return Pieces(*base_model.tokenizer(base_model.find(tiny_base())))


def tiny_base() -> str:
    """The folder of a tiny language model that speaks the words of the captions."""
    return base_of_words(tuple(VOCABULARY.words[len(SPECIALS) :]))


def _with_base(network: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a network, with the tiny language model where they name a base."""
    return network | ({"base": tiny_base()} if "base" in network else {})


def pictures(each: int = 4) -> Packed:
    """`each` slightly different pictures of both colours."""
    random = np.random.default_rng(1)
    names = [(colour, f"{colour}-{number}") for colour in COLOURS for number in range(each)]
    plain = np.array([COLOURS[colour] for colour, _ in names])[:, None, None]
    pixels = plain + random.integers(-25, 25, (len(names), SIZE, SIZE, 3))
    return Packed(pixels.astype(np.uint8), pd.DataFrame(names, columns=["art_style", "painting"]), "squash")


def utterances(images: Packed, *, held_out: int = 0) -> pd.DataFrame:
    """One caption for each picture; the first `held_out` of each colour are val and test, the others train."""
    rows = []
    for (colour, painting), split in zip(images.index.to_numpy(), _splits(images, held_out), strict=True):
        tokens = CAPTIONS[colour].split()
        label = ARTEMIS.ids[FEELINGS[colour]]
        rows.append((colour, painting, split, tokens, VOCABULARY.encode(tokens, MAX_LEN), label))
    return pd.DataFrame(rows, columns=["art_style", "painting", "split", "tokens", "tokens_encoded", "emotion_label"])


def _splits(images: Packed, held_out: int) -> list[str]:
    numbers = [int(painting.rpartition("-")[2]) for painting in images.index["painting"]]
    return [["val", "test"][number % 2] if number < held_out else "train" for number in numbers]


def network_config(
    arch: str = "sat", *, grounded: bool = False, dropout: float | None = None, emo_dropout: float = 0.0
) -> dict[str, Any]:
    """The config.json of a network of `NETWORKS`; dropout None: as there, for merge its constant."""
    network = _with_base(NETWORKS[arch]) | ({} if dropout is None else {"dropout": dropout})
    if arch == "language_model":
        section = LanguageModelNetwork.model_validate(network)
        network |= ARCHITECTURES[arch].arguments(section, words_of(arch))
    grounding = {"emo_grounding": grounded, "emo_from": "utterance", "emo_dropout": emo_dropout}
    kind = {"arch": arch, "backbone": "test_resnet", "pooling": None, "vocabulary": len(words_of(arch))}
    emotions = {"emotions": list(ARTEMIS)} if grounded else {}
    return kind | grounding | {"network": network} | emotions


def untrained(
    arch: str = "sat", *, grounded: bool = False, dropout: float | None = None, emo_dropout: float = 0.0, seed: int = 0
) -> Network:
    torch.manual_seed(seed)
    config = network_config(arch, grounded=grounded, dropout=dropout, emo_dropout=emo_dropout)
    model = build(config, Backbone("test_resnet"))
    images = pictures(1)
    model.prepare(words_of(arch), emotions_of(config))
    model.initialize(of_split(images, utterances(images), "train", arch=arch))
    return model


def speaker_params(arch: str = "sat", *, batch_size: int = 4, epochs: int = 2, dropout: float = 0.1) -> dict[str, Any]:
    """The section `speaker` of a params.yaml that asks for `arch` and trains the whole encoder, on pixels.

    Merge has no parameter `dropout`.
    """
    common = {"batch_size": batch_size, "epochs": epochs}
    return {
        "arch": arch,
        **{
            name: (_with_base(network) if name == arch else network)
            | TRAINING[name]
            | common
            | ({"dropout": dropout} if "dropout" in network else {})
            for name, network in NETWORKS.items()
        },
        "tune": "all",
        "backbone": "test_resnet",
        "weights": "none",
        "frozen_stages": 0,
        "encoder_learning_rate": ENCODER_RATES[arch],
        "init": "none",
        "emo_grounding": False,
        "emo_from": "utterance",
        "emo_dropout": 0.0,
        "steps_per_epoch": 0,
        "patience": 2,
        "seed": 1,
    }


def of_split(
    images: Packed, table: pd.DataFrame, name: str, *, grounded: bool = False, arch: str = "sat"
) -> Utterances:
    rows, words = Rows(images.pixels, CPU), words_of(arch)
    pieces = words if isinstance(words, Pieces) else None
    return utterances_of(table, images, rows, name, emotions=len(ARTEMIS) * grounded, pieces=pieces)


def likeliest(model: Network, pixels: np.ndarray, emotion: str | None = None) -> str:
    """The caption of a picture, uint8 (S, S, 3), by the likeliest word at each step."""
    condition = None if emotion is None else one_hot(torch.tensor([ARTEMIS.ids[emotion]]), len(ARTEMIS))
    state = model.start(model.encode(torch.from_numpy(pixels[None])), condition)
    words = [SOS]
    while len(words) < 9 and words[-1] != EOS:
        logits, state, _ = model.step(torch.tensor(words[-1:]), state)
        words.append(int(logits.argmax()))
    return words_of("language_model" if isinstance(model, LanguageModelSpeaker) else "sat").decode(words)


def save_project(
    folder: Path,
    table: pd.DataFrame,
    arch: str = "sat",
    *,
    features: Mapping[str, object] | None = None,
    **changed: object,
) -> None:
    """Write params.yaml and the inputs of the stage, without stored features, into the working directory `folder`.

    Args:
        features: changes of the section `features`.
        changed: changes of the section `speaker`.
    """
    save_params(folder, speaker_params(arch) | changed, features)
    save_study(pictures(4), table)


def save_params(folder: Path, speaker: Mapping[str, object], features: Mapping[str, object] | None = None) -> None:
    """Write a params.yaml for the stages `features`, `encoder` and `speaker` into `folder`."""
    others = {"dataset": "mine", "device": "cpu", "image_classifier": {"tune": "all"}}
    sections = {"features": FEATURES | dict(features or {}), "speaker": dict(speaker)}
    YAML().dump(others | sections, folder / "params.yaml")


def save_study(images: Packed, table: pd.DataFrame) -> None:
    """Write pictures, utterances and an empty encoder where the stages read them, under the working directory."""
    save_emotions(ARTEMIS)
    write_json({"name": "Two colours"}, Path("data/annotations/dataset.json"))
    encoder.save_none()
    _, digest = packed.save_pixels(iter(images.pixels), SIZE)
    packed.save_index(images.index.assign(digest=""), [None] * len(images.index), images.fit, digest)
    texts = {name: [""] * len(table) for name in ("emotion", "utterance", "utterance_spelled")}
    table = table.assign(**texts, repetition=5, tokens_len=0)
    save_utterances(table[SCHEMA.names], table_path("deep_nets"))
    VOCABULARY.save(vocabulary_path("deep_nets"))


def saved(
    folder: Path,
    arch: str = "sat",
    *,
    grounded: bool = False,
    emo_from: Source = "utterance",
    emo_dropout: float = 0.0,
) -> Trained:
    """An untrained speaker, saved in a folder."""
    model = untrained(arch, grounded=grounded, emo_dropout=emo_dropout).eval()
    trained = Trained(model, words_of(arch), SIZE, "pad", emo_from, ARTEMIS.names if grounded else ())
    config = network_config(arch, grounded=grounded, emo_dropout=emo_dropout)
    save(trained, config | {"emo_from": emo_from}, folder)
    return trained
