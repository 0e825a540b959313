"""Import a speaker that ArtEmis' code has trained, without running anything in its files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from formats.artemis.pickles import load_torch, read_vocabulary, weights
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.checkpoint import Trained, save
from stages.speaker.registry import NetworkConfig, build
from stages.utterances.vocabulary import Vocabulary

T = TypeVar("T")
# ArtEmis' encoder is torchvision's ResNet without its head, by the number of each layer.
ENCODER = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}
DECODER = {
    "attention.encoder_att": "attention.from_features",
    "attention.decoder_att": "attention.from_hidden",
    "attention.full_att": "attention.score",
    "word_embedding": "embedding",
    "auxiliary_net.0": "emotion",
    "decode_step": "cell",
    "init_h": "first_hidden",
    "init_c": "first_cell",
    "f_beta": "gate",
    "next_word": "words",
}
# Settings of which only one value is supported.
FIXED = {"atn_spatial_img_size": None, "emo_grounding_dims": [9, 9]}
NEEDED = (
    *("vis_encoder", "img_dim", "attention_dim", "rnn_hidden_dim", "word_embedding_dim", "dropout_rate"),
    "use_emo_grounding",
)
RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101")


def convert(checkpoint: Path, settings: Path, vocabulary: Path, folder: Path) -> str:
    """Write the speaker to `folder` as the stage `speaker` would; returns a summary.

    Args:
        checkpoint: `best_model.pt` or `model_epoch_N.pt`.
        settings: `config.json.txt` of the same training.
        vocabulary: `vocabulary.pkl` of the texts that it was trained on.

    Raises:
        UserError: a file is not what it should be, or the three do not belong together.
    """
    values = read_settings(settings)
    words = read_vocabulary(vocabulary)
    config = config_of(values, words, settings)
    trained = read(checkpoint, config, words, size=values["img_dim"])
    save(trained, dict(config), folder)
    kind = "grounded" if config["emo_grounding"] else "plain"
    return f"{folder}: a {kind} {config['arch']} speaker with {config['backbone']} and {len(words):,} words"


def read_settings(path: Path) -> dict[str, Any]:
    """The arguments of ArtEmis' `train_speaker.py`, which it saves beside its checkpoints.

    Raises:
        UserError: the file is no such JSON, or has a setting that is not supported.
    """
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as ArtEmis' config.json.txt: {error}") from None
    if missing := [key for key in NEEDED if key not in settings]:
        raise UserError(f"{path} is no config of an ArtEmis speaker: it has no {missing[0]}")
    for key, supported in FIXED.items():
        if settings.get(key, supported) != supported:
            raise UserError(f"{path}: {key} is {settings[key]}, but only {supported} is supported")
    return settings


def config_of(settings: dict[str, Any], vocabulary: Vocabulary, path: Path) -> NetworkConfig:
    """The config of this project's speaker for ArtEmis' settings, which were read from `path`.

    Raises:
        UserError: an encoder that ArtEmis does not offer.
    """
    if settings["vis_encoder"] not in RESNETS:
        raise UserError(f"{path}: vis_encoder is {settings['vis_encoder']!r}; known are {', '.join(RESNETS)}")
    return {
        "arch": "sat",
        # timm's name of torchvision's network, with the same normalisation of pixels.
        "backbone": f"{settings['vis_encoder']}.tv_in1k",
        "pooling": None,
        "emo_grounding": settings["use_emo_grounding"],
        "emo_from": "utterance",
        "emo_dropout": 0.0,
        "vocabulary": len(vocabulary),
        "network": {
            "places": 0,
            "embedding": settings["word_embedding_dim"],
            "attention": settings["attention_dim"],
            "hidden": settings["rnn_hidden_dim"],
            "dropout": settings["dropout_rate"],
            "reference_dropout": True,
        },
    }


def read(checkpoint: Path, config: NetworkConfig, vocabulary: Vocabulary, *, size: int) -> Trained:
    """The speaker of `checkpoint`: a dict with the network or its state dict as `model`, or the network itself.

    Raises:
        UserError: it is none of these, names something outside the allow-list, or does not fit the config.
    """
    saved = load_torch(checkpoint)
    if isinstance(saved, dict) and "model" in saved:
        saved = saved["model"]
    tensors = renamed(weights(saved, checkpoint))
    model = build(config, Backbone(config["backbone"]))
    expected = model.state_dict()
    for name in sorted(expected.keys() | tensors.keys()):
        shape, expected_shape = (tuple(state[name].shape) if name in state else "none" for state in (tensors, expected))
        if shape != expected_shape:
            raise UserError(
                f"{checkpoint}: not the speaker of this config and vocabulary; "
                f"{name} has the shape {shape} instead of {expected_shape}"
            )
    model.load_state_dict(tensors)
    return Trained(model.eval(), vocabulary, size, "squash")


def renamed(tensors: Mapping[str, T]) -> dict[str, T]:
    """The tensors of ArtEmis' speaker by this project's names; a name that its code does not have is kept."""
    return {_renamed(name): value for name, value in tensors.items()}


def _renamed(name: str) -> str:
    part, _, rest = name.partition(".")
    if part == "encoder":
        number, _, rest = rest.removeprefix("resnet.").partition(".")
        return f"backbone.network.{ENCODER.get(number, number)}.{rest}"
    layer, _, leaf = rest.rpartition(".")
    return f"{DECODER.get(layer, layer)}.{leaf}" if part == "decoder" else name
