"""The training task: cross-entropy of the emotion that the annotator chose."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.learning.predictions import cross_entropy, fit_temperature
from stages.learning.training import Terms
from stages.text_classifier.interface import Examples

VALIDATION_BATCH = 512
# Utterances are sorted by length within this many batches: enough to leave hardly any
# padding, and few enough for batches to differ from epoch to epoch.
BATCHES_IN_POOL = 16


class EmotionTask:
    """Cross-entropy of the emotion labels (`learning.training.Task`)."""

    def __init__(
        self,
        train: Examples,
        val: Examples,
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
        label_smoothing: float = 0.0,
    ) -> None:
        self.train, self.val = train, val
        self.batch_size, self.seed, self.device = batch_size, seed, device
        self.label_smoothing = label_smoothing

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """Batches of utterances of similar length, in random order."""
        return bucketed_batches(self.train.lengths.numpy(), self.batch_size, self.seed, epoch)

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Sum over utterances of the cross-entropy with the smoothed labels, in nats."""
        predicted, labels = logits(model, self.train, torch.from_numpy(items), self.device)
        loss = functional.cross_entropy(
            predicted.float(), labels, reduction="sum", label_smoothing=self.label_smoothing
        )
        return {"cross_entropy": (loss, len(items))}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean cross-entropy and accuracy over the validation utterances.

        The cross-entropy is that at the epoch's own best temperature, since a temperature is fitted after
        training: overconfidence alone does not stop the training of a network that still improves.
        """
        predicted, labels = all_logits(model, self.val, self.device).numpy(), self.val.labels.numpy()
        targets = np.eye(predicted.shape[1])[labels]  # (N, C)
        loss = cross_entropy(predicted / fit_temperature(predicted, targets), targets)
        return {"val_loss": loss, "val_accuracy": float((predicted.argmax(1) == labels).mean())}


def logits(model: nn.Module, examples: Examples, rows: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    """The logits (n, C) and labels (n,) of `rows` (n,)."""
    return model(*examples.inputs(rows, device)), examples.labels[rows].to(device)


def all_logits(model: nn.Module, examples: Examples, device: torch.device) -> Tensor:
    """float32 (N, C) on the CPU, computed in batches of similar length; of at least one utterance."""
    with torch.inference_mode():
        order = examples.lengths.argsort(stable=True)
        parts = [
            logits(model, examples, rows, device)[0].float().cpu() for rows in torch.split(order, VALIDATION_BATCH)
        ]
        return torch.cat(parts)[order.argsort()]


def bucketed_batches(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The numbers 0..N-1 in batches of similar length, of nearly equal size and at most `batch_size`."""
    generator = np.random.default_rng((seed, epoch))
    pools = -(-len(lengths) // (batch_size * BATCHES_IN_POOL))
    batches: list[np.ndarray] = []
    for pool in np.array_split(generator.permutation(len(lengths)), pools):
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        batches += np.array_split(by_length, -(-len(pool) // batch_size))
    return [batches[index] for index in generator.permutation(len(batches))]
