"""Turn a speaker that ArtEmis' code has trained into one of ours.

Nothing in the files is run: names outside a short list end the reading. What comes out
can caption (`python -m commands.caption --speaker FOLDER`) and can be started
from (`speaker.init: FOLDER` in params.yaml).

  python -m formats.artemis.speaker best_model.pt config.json.txt vocabulary.pkl
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from formats.artemis.pickles import Foreign, load_pickles, load_torch, weights
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.checkpoint import Trained, save
from stages.speaker.registry import Config, build
from stages.utterances.vocabulary import Vocabulary

T = TypeVar("T")
OUT = Path("data/raw/artemis_speaker")
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
# Settings that only one value of has a counterpart here.
FIXED = {"atn_spatial_img_size": None, "emo_grounding_dims": [9, 9]}
RESNETS = ("resnet18", "resnet34", "resnet50", "resnet101")


def main() -> int:
    arguments = _parse()
    settings = read_settings(arguments.config)
    vocabulary = read_vocabulary(arguments.vocabulary)
    config = our_config(settings, vocabulary, arguments.config)
    trained = convert(arguments.checkpoint, config, vocabulary, size=settings["img_dim"])
    save(trained, dict(config), arguments.out)
    kind = "grounded" if config["emo_grounding"] else "plain"
    print(f"{arguments.out}: a {kind} {config['arch']} speaker with {config['backbone']} and {len(vocabulary):,} words")
    return 0


def read_settings(path: Path) -> dict[str, Any]:
    """The arguments of ArtEmis' `train_speaker.py`, which it keeps beside its checkpoints.

    Raises:
        UserError: the file is no such JSON, or asks for what our speaker has not.
    """
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as ArtEmis' config.json.txt: {error}") from None
    needed = ("vis_encoder", "img_dim", "attention_dim", "rnn_hidden_dim", "word_embedding_dim", "dropout_rate")
    if missing := [key for key in (*needed, "use_emo_grounding") if key not in settings]:
        raise UserError(f"{path} is no config of an ArtEmis speaker: it has no {missing[0]}")
    for key, wanted in FIXED.items():
        if settings.get(key, wanted) != wanted:
            raise UserError(f"{path}: {key} is {settings[key]}, and our speaker only knows {wanted}")
    return settings


def our_config(settings: dict[str, Any], vocabulary: Vocabulary, path: Path) -> Config:
    """ArtEmis' settings in our words.

    Raises:
        UserError: an encoder that ArtEmis does not offer.
    """
    if settings["vis_encoder"] not in RESNETS:
        raise UserError(f"{path}: vis_encoder is {settings['vis_encoder']!r}; known are {', '.join(RESNETS)}")
    return {
        "arch": "sat",
        # Torchvision's, as far as normalisation goes.
        "backbone": f"{settings['vis_encoder']}.tv_in1k",
        "pooling": None,
        "emo_grounding": settings["use_emo_grounding"],
        "emo_from": "utterance",
        "emo_dropout": 0.0,
        "vocabulary": len(vocabulary),
        "network": {
            "embedding": settings["word_embedding_dim"],
            "attention": settings["attention_dim"],
            "hidden": settings["rnn_hidden_dim"],
            "dropout": settings["dropout_rate"],
            "reference_dropout": True,
        },
    }


def read_vocabulary(path: Path) -> Vocabulary:
    """The words of ArtEmis' pickled vocabulary, whose special ones have our numbers.

    Raises:
        UserError: the file is no such pickle, or names what is not to be run.
    """
    for found in load_pickles(path):
        if isinstance(found, Foreign) and isinstance(found.state, dict) and "word2idx" in found.state:
            ids: dict[str, int] = found.state["word2idx"]
            try:
                if sorted(ids.values()) != list(range(len(ids))):
                    raise ValueError("its ids are not 0, 1, 2 ...")
                return Vocabulary(sorted(ids, key=lambda word: ids[word]))
            except (TypeError, ValueError) as error:
                raise UserError(f"{path}: not a vocabulary of ArtEmis ({error})") from None
    raise UserError(f"{path}: not a vocabulary of ArtEmis (no word2idx in it)")


def convert(checkpoint: Path, config: Config, vocabulary: Vocabulary, *, size: int) -> Trained:
    """The speaker of `checkpoint`: a dict with the network or its state dict as `model`, or the network itself.

    Raises:
        UserError: it is none, names what is not to be run, or does not fit the config.
    """
    saved = load_torch(checkpoint)
    if isinstance(saved, dict) and "model" in saved:
        saved = saved["model"]
    learnt = renamed(weights(saved, checkpoint))
    model = build(config, Backbone(config["backbone"]))
    own = model.state_dict()
    for name in sorted(own.keys() | learnt.keys()):
        found, wanted = (tuple(state[name].shape) if name in state else "none" for state in (learnt, own))
        if found != wanted:
            raise UserError(
                f"{checkpoint}: not the speaker of this config and vocabulary; "
                f"of {name} it has {found} instead of {wanted}"
            )
    model.load_state_dict(learnt)
    return Trained(model.eval(), vocabulary, size, "squash")


def renamed(theirs: Mapping[str, T]) -> dict[str, T]:
    """What ArtEmis' speaker has of each tensor under our names; a name that it does not have stays as it is."""
    return {_ours(name): value for name, value in theirs.items()}


def _ours(name: str) -> str:
    part, _, rest = name.partition(".")
    if part == "encoder":
        number, _, rest = rest.removeprefix("resnet.").partition(".")
        return f"backbone.network.{ENCODER.get(number, number)}.{rest}"
    layer, _, leaf = rest.rpartition(".")
    return f"{DECODER.get(layer, layer)}.{leaf}" if part == "decoder" else name


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m formats.artemis.speaker",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="best_model.pt or model_epoch_N.pt")
    parser.add_argument("config", type=Path, help="config.json.txt of the same training")
    parser.add_argument("vocabulary", type=Path, help="vocabulary.pkl of the texts that it was trained on")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER", help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    tool(main)
