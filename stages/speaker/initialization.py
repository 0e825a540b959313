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
from stages.speaker.registry import NetworkConfig, emotions_of
from stages.utterances.vocabulary import PAD, SOS, Vocabulary

# The tensors that have a row for each word.
ROWS = ("embedding.weight", "words.weight", "words.bias")
# Arguments in which the two speakers may differ: no tensor's shape or meaning depends on them.
FREE = {"dropout", "reference_dropout"}


class WordCounts(NamedTuple):
    """The number of words whose rows come from the other speaker, and of new words."""

    known: int
    new: int


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
    model: Network, config: NetworkConfig, vocabulary: Vocabulary, folder: Path, *, with_encoder: bool
) -> WordCounts:
    """Copy the weights of the speaker in `folder`; each word keeps its row under its new id.

    Rows of words that the other speaker lacks stay as they are. So does a frozen encoder: the features to train on are
    its own.

    Raises:
        UserError: the folder holds no speaker, or one of another architecture, size or other emotions.
    """
    if folder.resolve() == checkpoint.FOLDER.resolve():
        raise UserError(
            f"params.yaml: speaker.init is {folder}, which this stage overwrites; copy that folder and name the copy"
        )
    other = checkpoint.load(folder)
    _check_equal(config, read_json(folder / "config.json"), folder)
    if other.emotions != (emotions := emotions_of(config)):
        raise UserError(
            f"params.yaml: speaker.init is {folder}, whose emotions are {', '.join(other.emotions)}, but those of the "
            f"data set are {', '.join(emotions)}; start from a speaker with the same ones in the same order"
        )
    known = [word for word in vocabulary.words if word in other.vocabulary.ids]
    rows = torch.tensor([vocabulary.ids[word] for word in known])
    other_rows = torch.tensor([other.vocabulary.ids[word] for word in known])
    state = model.state_dict()
    for name, weight in other.model.state_dict().items():
        if name in ROWS:
            state[name][rows] = weight[other_rows].to(state[name].device)
        elif with_encoder or not name.startswith("backbone."):
            state[name].copy_(weight)
    return WordCounts(len(known), len(vocabulary) - len(known))


def _check_equal(config: NetworkConfig, other: NetworkConfig, folder: Path) -> None:
    values, other_values = _parameters(config), _parameters(other)
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
