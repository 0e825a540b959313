"""What the text classifier learns: the emotion label of each training utterance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.training import Terms, shuffled_batches

VALIDATION_BATCH = 512
# Utterances are sorted by length within this many batches: enough to leave hardly any
# padding, and little enough that batches differ from epoch to epoch.
BATCHES_IN_POOL = 16


@dataclass(frozen=True)
class Examples:
    """Encoded utterances: `ids` (N, T) without <sos>, `lengths` (N,) in words, `labels` (N,)."""

    ids: Tensor
    lengths: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


def examples_of(frame: pd.DataFrame) -> Examples:
    """The rows of an utterances table as tensors; an utterance without words is read as <eos> alone."""
    ids = torch.from_numpy(np.stack(frame["tokens_encoded"].to_list())[:, 1:].astype(np.int64))
    lengths = torch.from_numpy(frame["tokens_len"].to_numpy().astype(np.int64)).clamp(min=1)
    return Examples(ids, lengths, torch.from_numpy(frame["emotion_label"].to_numpy().astype(np.int64)))


class EmotionsOfUtterances:
    """The training task (`common.training.Task`): cross-entropy of the annotator's emotion."""

    def __init__(self, train: Examples, val: Examples, *, batch_size: int, seed: int, device: torch.device) -> None:
        self.train, self.val = train, val
        self.batch_size, self.seed, self.device = batch_size, seed, device

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """Batches of utterances of similar length, in random order."""
        return bucketed_batches(self.train.lengths.numpy(), self.batch_size, self.seed, epoch)

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Sum over utterances of the cross-entropy, in nats."""
        logits, labels = self._logits(model, self.train, torch.from_numpy(items))
        return {"cross_entropy": (functional.cross_entropy(logits, labels, reduction="sum"), len(items))}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean cross-entropy and accuracy over the validation utterances."""
        loss = right = 0.0
        for items in torch.split(self.val.lengths.argsort(stable=True), VALIDATION_BATCH):
            logits, labels = self._logits(model, self.val, items)
            loss += float(functional.cross_entropy(logits.float(), labels, reduction="sum"))
            right += float((logits.argmax(1) == labels).sum())
        return {"val_loss": loss / len(self.val), "val_accuracy": right / len(self.val)}

    def _logits(self, model: nn.Module, examples: Examples, items: Tensor) -> tuple[Tensor, Tensor]:
        lengths = examples.lengths[items]
        ids = examples.ids[items, : int(lengths.max())].to(self.device)
        return model(ids, lengths), examples.labels[items].to(self.device)


def bucketed_batches(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The numbers 0..N-1 in batches of at most `batch_size` and nearly equal size, alike in length."""
    batches: list[np.ndarray] = []
    for pool in shuffled_batches(len(lengths), batch_size * BATCHES_IN_POOL, seed, epoch):
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        batches += np.array_split(by_length, -(-len(pool) // batch_size))
    order = np.random.default_rng((seed, epoch, 1)).permutation(len(batches))
    return [batches[index] for index in order]
