"""Show, Attend and Tell as the benchmarks build and train it, by default at ArtEmis' size."""

from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, Optimizer

from benchmarks.measure import Cost, Stopwatch
from stages.learning.backbones import Backbone
from stages.speaker.data import Batch, CaptioningTask, Utterances, attention_energy
from stages.speaker.sat import ShowAttendTell

# Of ArtEmis: the number of words, the size of the LSTM state and of the attention's inner layer, the largest
# norm of the gradient.
VOCABULARY, WIDTH, CLIP_NORM = 14_469, 512, 5.0

Loss = Callable[[ShowAttendTell, Batch], Tensor]


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
    """Adam with a learning rate for the part of the encoder that learns, if any, and one for everything else."""
    of_encoder = [value for value in model.backbone.parameters() if value.requires_grad]
    others = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    groups = ((of_encoder, encoder), (others, decoder))
    return Adam([{"params": values, "lr": rate} for values, rate in groups if values], fused=fused)


def our_loss(model: ShowAttendTell, batch: Batch, penalty: float = 1.0) -> Tensor:
    output = model(*batch)
    entropy = functional.cross_entropy(output.logits, output.targets)
    return entropy + penalty * attention_energy(output.attention, batch.lengths) / len(batch.lengths)


def step(model: ShowAttendTell, optimizer: Optimizer, loss: Loss, batch: Batch) -> float:
    """One update of the weights; returns the loss before it."""
    value = loss(model, batch)
    value.backward()
    nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
    optimizer.step()
    optimizer.zero_grad()
    return float(value.detach())


class Training(NamedTuple):
    """One of several ways of training: its network, its data and its loss."""

    model: ShowAttendTell
    optimizer: Optimizer
    data: Utterances
    batch_size: int
    loss: Loss


class Steps(NamedTuple):
    """The median cost of an utterance in training steps, and the loss of each."""

    cost: Cost
    losses: list[float]


def time_steps(trainings: dict[str, Training], steps: int) -> dict[str, Steps]:
    """Take `steps` steps of each training, which alternate, data included; one step before them warms up."""
    costs: dict[str, list[Cost]] = {name: [] for name in trainings}
    losses: dict[str, list[float]] = {name: [] for name in trainings}
    for turn in range(steps + 1):
        for name, (model, optimizer, data, batch_size, loss) in trainings.items():
            torch.manual_seed(turn)
            rows = np.random.default_rng(turn).permutation(len(data))[:batch_size]
            stopwatch = Stopwatch()
            batch = data.batch(rows)
            losses[name].append(step(model, optimizer, loss, batch))
            cost = stopwatch.read()
            if turn:
                costs[name].append(Cost(cost.wall / len(batch.lengths), cost.cpu / len(batch.lengths)))
    return {
        name: Steps(Cost(median(cost.wall for cost in each), median(cost.cpu for cost in each)), losses[name])
        for name, each in costs.items()
    }


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
