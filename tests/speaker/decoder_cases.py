"""Cases of ArtEmis' attentive decoder: weights, made-up inputs, and the outputs that it computed."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from formats.artemis.speaker import renamed
from stages.speaker.sat import ShowAttendTell

FOLDER = Path(__file__).parents[2].parent / "shared" / "parity"
needs_parity = pytest.mark.skipif(
    not (FOLDER / "decoder.json").exists(), reason="the outputs of ArtEmis' code are not in the repository"
)


class NoBackbone(nn.Module):
    """The identity: its pixels are features."""

    name = "none"

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, features: Tensor) -> Tensor:
        return features


class Case(NamedTuple):
    """A decoder, its inputs and the outputs of ArtEmis' code."""

    model: ShowAttendTell
    features: Tensor  # (12, 16, 16)
    captions: Tensor  # (12, 11)
    emotion: Tensor | None  # (12, 9)
    expected: dict[str, Any]
    words: dict[str, int]


@cache
def case(kind: str) -> Case:
    """The `plain` or the `grounded` decoder."""
    everything = json.loads((FOLDER / "decoder.json").read_text())
    tensors = load_file(FOLDER / f"decoder_{kind}.safetensors")
    grounded = kind == "grounded"
    model = small(vocabulary=24, grounded=grounded)
    weights = {f"decoder.{key.removeprefix('weights.')}": value for key, value in tensors.items() if "weights." in key}
    model.load_state_dict(renamed(weights))
    emotion = tensors["emotion"] if grounded else None
    features = tensors["features"].flatten(1, 2)
    return Case(model.eval(), features, tensors["captions"], emotion, everything[kind], everything["word2idx"])


def small(
    *, vocabulary: int, grounded: bool, dropout: float = 0.0, reference_dropout: bool = False, places: int = 0
) -> ShowAttendTell:
    """An untrained speaker of the sizes of the cases, whose pixels are features (N, places, 16)."""
    torch.manual_seed(7)
    return ShowAttendTell(
        backbone=NoBackbone(16),  # type: ignore[arg-type]
        vocabulary=vocabulary,
        embedding=12,
        attention=20,
        hidden=24,
        dropout=dropout,
        reference_dropout=reference_dropout,
        grounded=grounded,
        places=places,
    ).eval()
