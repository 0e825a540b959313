"""How each architecture is brought to learn, as `arch` names it."""

from dataclasses import dataclass

from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from stages.speaker.interface import Network
from stages.speaker.params import Merge, Sat, Speaker

# As in ArtEmis: the gradient's largest norm, and how the learning rates fall when
# the validation likelihood stands still.
CLIP_NORM = 5.0
LR_FACTOR, LR_PATIENCE, LR_LEAST = 0.5, 2, 5e-7


@dataclass(frozen=True)
class Recipe:
    """What a network learns with; see `common.training.fit` and `learning.Speaking`."""

    optimizer: Optimizer
    schedule: LRScheduler | ReduceLROnPlateau | None
    batch_size: int
    epochs: int
    clip_norm: float | None = None
    attention_penalty: float = 0.0


def recipe_of(dials: Speaker, model: Network) -> Recipe:
    """What `dials.arch` asks for."""
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
