"""AdamW for speakers: groups of weights with and without decay, and a schedule of warm-up and cosine."""

import math
from collections.abc import Callable, Mapping

from torch import Tensor
from torch.optim import AdamW

from stages.speaker.interface import Network

# Share of the weights that decays with each update, times the learning rate.
WEIGHT_DECAY = 0.05
# Share of all updates in which the learning rates rise.
WARMUP = 0.05


def adamw(model: Network, rates: Mapping[str, float]) -> AdamW:
    """AdamW on all weights that learn; biases, norms and word vectors have no weight decay.

    Args:
        rates: learning rate of the weights whose names begin so; the first that fits counts.
    """
    groups: dict[tuple[str, bool], list[Tensor]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            decays = weight.ndim > 1 and not name.startswith("embedding.")
            part = next(prefix for prefix in rates if name.startswith(prefix))
            groups.setdefault((part, decays), []).append(weight)
    # Fused: one pass over the weights. On a CPU, five passes would take a tenth of the training time.
    return AdamW(
        [
            {"params": weights, "lr": rates[part], "weight_decay": WEIGHT_DECAY * decays}
            for (part, decays), weights in groups.items()
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
