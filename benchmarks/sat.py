"""Show, Attend and Tell as the benchmarks build and train it, by default at ArtEmis' size."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Adam, Optimizer

from benchmarks.measure import Cost, Stopwatch
from stages.learning.backbones import Backbone
from stages.speaker.data import CaptioningTask
from stages.speaker.sat import ShowAttendTell

# Of ArtEmis: the number of words, the size of the LSTM state and of the attention's inner layer, the largest
# norm of the gradient.
VOCABULARY, WIDTH, CLIP_NORM = 14_469, 512, 5.0


def network(
    backbone: str, *, vocabulary: int = VOCABULARY, width: int = WIDTH, embedding: int = WIDTH // 4, seed: int = 0
) -> ShowAttendTell:
    """An untrained network with random weights whose encoder's first two stages are frozen."""
    torch.manual_seed(seed)
    model = ShowAttendTell(
        backbone=Backbone(backbone),
        vocabulary=vocabulary,
        embedding=embedding,
        attention=width,
        hidden=width,
        dropout=0.1,
        reference_dropout=False,
        grounded=False,
    )
    model.backbone.freeze(2)
    return model


def adam(model: ShowAttendTell, encoder: float = 1e-4, decoder: float = 5e-4, *, fused: bool = True) -> Optimizer:
    """Adam with a learning rate for the encoder and one for everything else."""
    of_encoder = [value for value in model.backbone.parameters() if value.requires_grad]
    others = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    return Adam([{"params": of_encoder, "lr": encoder}, {"params": others, "lr": decoder}], fused=fused)


class TimedTask(CaptioningTask):
    """Records the cost of training of each epoch, without that of its validation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.costs: list[Cost] = []

    def batches(self, epoch: int) -> list[np.ndarray]:
        self._stopwatch = Stopwatch()
        return list(super().batches(epoch))

    def validate(self, model: nn.Module) -> dict[str, float]:
        # The training loop has fetched the losses, so a GPU has nothing left to do.
        self.costs.append(self._stopwatch.read())
        return super().validate(model)
