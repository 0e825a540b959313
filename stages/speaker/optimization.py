"""AdamW for speakers: groups of weights with and without decay, and a schedule of warm-up and cosine."""

import math
from collections.abc import Callable

from torch import Tensor
from torch.optim import AdamW

from stages.speaker.interface import Network

# Share of the weights that decays with each update, times the learning rate.
WEIGHT_DECAY = 0.05
# Share of all updates in which the learning rates rise.
WARMUP = 0.05


def adamw(model: Network, *, learning_rate: float, encoder_rate: float) -> AdamW:
    """AdamW on all weights that learn; biases, norms and word vectors have no weight decay."""
    rates = {True: encoder_rate, False: learning_rate}
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            decays = weight.ndim > 1 and not name.startswith("embedding.")
            groups.setdefault((name.startswith("backbone."), decays), []).append(weight)
    # Fused: one pass over the weights. On a CPU, five passes would take a tenth of the training time.
    return AdamW(
        [
            {"params": weights, "lr": rates[encoder], "weight_decay": WEIGHT_DECAY * decays}
            for (encoder, decays), weights in groups.items()
        ],
        fused=True,
    )


def warmup_cosine(updates: int, warmup: float) -> Callable[[int], float]:
    """Learning rate factor at each update: linear warm-up over the share `warmup` of all, then half a cosine to 0."""
    rising = round(warmup * updates)

    def factor(update: int) -> float:
        if update < rising:
            return (update + 1) / rising
        return (1 + math.cos(math.pi * min(1, (update - rising) / (updates - rising)))) / 2

    return factor
