"""What a speaker knows before it learns: how often each word is said, or all that another speaker knows."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from stages.common.errors import UserError
from stages.common.files import read_json
from stages.speaker import checkpoint
from stages.speaker.interface import Network
from stages.speaker.registry import Config
from stages.utterances.vocabulary import PAD, SOS, Vocabulary

# The tensors that have a row for each word.
ROWS = ("embedding.weight", "words.weight", "words.bias")
# What two speakers may differ in when one starts from the other: what no tensor's shape or meaning depends on.
FREE = {"dropout", "reference_dropout"}


class Adopted(NamedTuple):
    """How many words came with another speaker, and how many are new."""

    known: int
    new: int


def from_frequencies(model: Network, tokens: np.ndarray) -> None:
    """Let the untrained speaker say each word as often as the captions `tokens`, ids (N, L), do."""
    counts = np.bincount(tokens.ravel(), minlength=model.words.out_features)
    with torch.no_grad():
        model.words.bias.copy_(log_frequency_bias(torch.from_numpy(counts), unseen=(PAD, SOS)))


def from_speaker(model: Network, config: Config, vocabulary: Vocabulary, folder: Path) -> Adopted:
    """Take over what the speaker in `folder` has learnt; a word keeps its row under its new number.

    The rows of words that it does not know stay as they are; so does an encoder that pools, since
    the features to learn from are its own.

    Raises:
        UserError: there is no speaker, or one of another architecture or size.
    """
    if folder.resolve() == checkpoint.FOLDER.resolve():
        raise UserError(f"params.yaml: speaker.init is {folder}, which this stage makes anew; name a copy of it")
    other = checkpoint.load(folder)
    theirs, ours = _dials(read_json(folder / "config.json")), _dials(config)
    for key in [key for key in ours if key.rpartition(".")[2] not in FREE]:
        if theirs.get(key) != ours[key]:
            raise UserError(
                f"params.yaml: speaker.{key} is {ours[key]!r}, but the speaker in {folder} has {theirs.get(key)!r}; "
                f"it can be started from with that value only"
            )
    known = [word for word in vocabulary.words if word in other.vocabulary.ids]
    rows = torch.tensor([vocabulary.ids[word] for word in known])
    their_rows = torch.tensor([other.vocabulary.ids[word] for word in known])
    own, learnt = model.state_dict(), other.model.state_dict()
    for name, value in learnt.items():
        if name in ROWS:
            own[name][rows] = value[their_rows].to(own[name].device)
        elif model.backbone.pooling is None or not name.startswith("backbone."):
            own[name].copy_(value)
    return Adopted(len(known), len(vocabulary) - len(known))


def _dials(config: Config) -> dict[str, Any]:
    """The dials of a config by their keys in the section `speaker`."""
    arch = config["arch"]
    network = {f"{arch}.{key}": value for key, value in config["network"].items()}
    return {key: config[key] for key in ("arch", "backbone", "emo_grounding")} | network


def log_frequency_bias(counts: Tensor, unseen: tuple[int, ...]) -> Tensor:
    """The output bias that says each word as often as the training captions do (ArtEmis' `init_token_bias`).

    Args:
        counts: how often each id stands in the training captions, (V,).
        unseen: ids that are never to be said; they count as the rarest seen word.
    """
    counts = counts.to(torch.float64, copy=True)
    counts[list(unseen)] = 0
    counts[list(unseen)] = counts[counts > 0].min()
    logarithms = (counts.clamp(min=1) / counts.clamp(min=1).sum()).log()
    return (logarithms - logarithms.max()).float()
