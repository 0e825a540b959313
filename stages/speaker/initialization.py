"""Initial weights of a speaker: word frequencies in the output bias, or the weights of another speaker."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from stages.common.errors import UserError
from stages.common.files import read_json
from stages.speaker import checkpoint
from stages.speaker.interface import Network
from stages.speaker.registry import NetworkConfig, Words, emotions_of
from stages.utterances.vocabulary import PAD, SOS, Vocabulary

# The tensors that have a row for each word.
ROWS = ("embedding.weight", "words.weight", "words.bias")
# The architectures that read an emotion by a part of their own, so that it can be added.
EMOTIONS_APART = {"merge", "transformer", "language_model"}
# Arguments in which the two speakers may differ: no tensor's shape or meaning depends on them.
FREE = {"dropout", "reference_dropout", "tune", "rank", "emotion"}


class Copied(NamedTuple):
    """What comes from the other speaker.

    Attributes:
        known, new: number of words whose rows come from it, and of new words.
        kept: parts of the network that it lacks, which keep their initial weights.
    """

    known: int
    new: int
    kept: tuple[str, ...] = ()

    def __str__(self) -> str:
        lacking = f"; it lacks {', '.join(self.kept)}" if self.kept else ""
        return f"{self.known:,} of its words, {self.new:,} new words{lacking}"


def from_frequencies(model: Network, tokens: np.ndarray) -> None:
    """Set the output bias so that each word is as likely as it is frequent in the captions `tokens`, ids (N, L)."""
    counts = np.bincount(tokens.ravel(), minlength=model.words.out_features)  # (V,)
    with torch.no_grad():
        model.words.bias.copy_(log_frequency_bias(torch.from_numpy(counts), never=(PAD, SOS)))


def log_frequency_bias(counts: Tensor, never: tuple[int, ...]) -> Tensor:
    """The output bias under which words are as likely as in the training captions (ArtEmis' `init_token_bias`).

    Args:
        counts: occurrences of each id in the training captions (V,).
        never: ids that are never generated; they count as the rarest word that occurs.
    """
    counts = counts.to(torch.float64, copy=True)
    counts[list(never)] = 0
    counts[list(never)] = counts[counts > 0].min()
    logarithms = (counts.clamp(min=1) / counts.clamp(min=1).sum()).log()
    return (logarithms - logarithms.max()).float()


def from_speaker(
    model: Network, config: NetworkConfig, vocabulary: Words, folder: Path, *, with_encoder: bool
) -> Copied:
    """Copy the weights of the speaker in `folder`; each word keeps its row under its new id.

    What the other speaker lacks stays as it is: rows of words, the emotions if it is a plain one, adapters of a
    language model. So does a frozen encoder: the features to train on are its own.

    Raises:
        UserError: the folder holds no speaker, or one of another architecture, size or other emotions.
    """
    if folder.resolve() == checkpoint.FOLDER.resolve():
        raise UserError(
            f"params.yaml: speaker.init is {folder}, which this stage overwrites; copy that folder and name the copy"
        )
    other = checkpoint.load(folder)
    _check_equal(config, read_json(folder / "config.json"), folder)
    if other.emotions and other.emotions != (emotions := emotions_of(config)):
        raise UserError(
            f"params.yaml: speaker.init is {folder}, whose emotions are {', '.join(other.emotions)}, but those of the "
            f"data set are {', '.join(emotions)}; start from a speaker with the same ones in the same order"
        )
    ours, theirs = model.own_state(), other.model.own_state()
    rows, other_rows = _common_words(vocabulary, other.vocabulary)
    for name, weight in theirs.items():
        if name in ROWS:
            ours[name][rows] = weight[other_rows].to(ours[name].device)
        elif with_encoder or not name.startswith("backbone."):
            if name not in ours or ours[name].shape != weight.shape:
                raise UserError(
                    f"params.yaml: speaker.init is {folder}, whose tensor {name} has no place in this speaker; set "
                    "speaker.language_model.tune and rank as they were for that one"
                )
            ours[name].copy_(weight)
    kept = dict.fromkeys(name.partition(".")[0] for name in ours if name not in theirs)
    return Copied(len(rows), len(vocabulary) - len(rows), tuple(kept))


def _common_words(words: Words, others: Words) -> tuple[Tensor, Tensor]:
    """The ids of the words that both vocabularies have, in the one and in the other."""
    if not (isinstance(words, Vocabulary) and isinstance(others, Vocabulary)):
        # Pieces of one base model: `_check_equal` has compared the bases.
        return torch.arange(len(words)), torch.arange(len(others))
    known = [word for word in words.words if word in others.ids]
    return torch.tensor([words.ids[word] for word in known]), torch.tensor([others.ids[word] for word in known])


def _check_equal(config: NetworkConfig, other: NetworkConfig, folder: Path) -> None:
    values, other_values = _parameters(config), _parameters(other)
    # A plain speaker can go on as a grounded one, if its architecture reads emotions by a part of their own.
    if values["emo_grounding"] and not other_values["emo_grounding"] and config["arch"] in EMOTIONS_APART:
        del values["emo_grounding"]
    for key, value in values.items():
        if key.rpartition(".")[2] not in FREE and other_values.get(key) != value:
            raise UserError(
                f"params.yaml: speaker.{key} is {value!r}, but the speaker in {folder} has {other_values.get(key)!r}; "
                f"to start from that speaker, set that value"
            )


def _parameters(config: NetworkConfig) -> dict[str, Any]:
    """The values of a config.json by their keys in the section `speaker` of params.yaml."""
    arch = config["arch"]
    network = {f"{arch}.{key}": value for key, value in config["network"].items()}
    return {key: config[key] for key in ("arch", "backbone", "emo_grounding")} | network
