"""How each architecture is brought to learn, as `arch` names it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, ReduceLROnPlateau

from stages.speaker.interface import Network
from stages.speaker.learning import whole_batches
from stages.speaker.params import Merge, Sat, Speaker, Transformer

# As in ArtEmis: the gradient's largest norm, and how the learning rates fall when
# the validation likelihood stands still.
CLIP_NORM = 5.0
LR_FACTOR, LR_PATIENCE, LR_LEAST = 0.5, 2, 5e-7
# Of transformers: how much their matrices shrink, in learning rates, with each update, and the
# gradient's largest norm.
WEIGHT_DECAY, TRANSFORMER_CLIP_NORM = 0.05, 1.0


@dataclass(frozen=True)
class Recipe:
    """What a network learns with; see `common.training.fit` and `learning.Speaking`."""

    optimizer: Optimizer
    schedule: LRScheduler | ReduceLROnPlateau | None
    batch_size: int
    epochs: int
    clip_norm: float | None = None
    attention_penalty: float = 0.0
    label_smoothing: float = 0.0
    each_update: bool = False


def recipe_of(dials: Speaker, model: Network, pictures: int) -> Recipe:
    """What `dials.arch` asks for, to learn from so many pictures."""
    if dials.arch == "transformer":
        own = dials.transformer
        steps = dials.steps_per_epoch or whole_batches(pictures, own.batch_size)
        return _transformer(own, model, own.epochs * steps)
    return _merge(dials.merge, model) if dials.arch == "merge" else _sat(dials.sat, model)


def _sat(dials: Sat, model: Network) -> Recipe:
    """ArtEmis' way; the picture encoder has a learning rate of its own."""
    encoder = [value for value in model.backbone.parameters() if value.requires_grad]
    decoder = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    rates = ((encoder, dials.encoder_learning_rate), (decoder, dials.learning_rate))
    # In one pass over the weights: on a CPU, five would cost a tenth of the training.
    optimizer = Adam([{"params": part, "lr": rate} for part, rate in rates if part], fused=True)
    schedule = ReduceLROnPlateau(optimizer, factor=LR_FACTOR, patience=LR_PATIENCE, min_lr=LR_LEAST)
    return Recipe(optimizer, schedule, dials.batch_size, dials.epochs, CLIP_NORM, dials.attention_penalty)


def _merge(dials: Merge, model: Network) -> Recipe:
    """The CNN-RNN study's way: Adam and nothing else; the encoder is frozen."""
    learning = [value for value in model.parameters() if value.requires_grad]
    return Recipe(Adam(learning, lr=dials.learning_rate, fused=True), None, dials.batch_size, dials.epochs)


def _transformer(dials: Transformer, model: Network, updates: int) -> Recipe:
    """As transformers are trained today; biases, norms and vectors of words do not shrink."""
    rates = {True: dials.encoder_learning_rate, False: dials.learning_rate}
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, value in model.named_parameters():
        if value.requires_grad:
            shrinks = value.ndim > 1 and not name.startswith("embedding.")
            groups.setdefault((name.startswith("backbone."), shrinks), []).append(value)
    optimizer = AdamW(
        [
            {"params": part, "lr": rates[encoder], "weight_decay": WEIGHT_DECAY * shrinks}
            for (encoder, shrinks), part in groups.items()
        ],
        fused=True,
    )
    schedule = LambdaLR(optimizer, warmup_cosine(updates, dials.warmup))
    return Recipe(
        optimizer,
        schedule,
        dials.batch_size,
        dials.epochs,
        TRANSFORMER_CLIP_NORM,
        label_smoothing=dials.label_smoothing,
        each_update=True,
    )


def warmup_cosine(updates: int, warmup: float) -> Callable[[int], float]:
    """The learning rate's share at each update: up in a line over `warmup`, a share of all, then down half a cosine."""
    rising = round(warmup * updates)

    def share(update: int) -> float:
        if update < rising:
            return (update + 1) / rising
        return (1 + math.cos(math.pi * min(1, (update - rising) / (updates - rising)))) / 2

    return share
