"""What the text classifier learns: the emotion label of each training utterance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.emotions import EMOTIONS
from stages.common.training import Terms
from stages.text_classifier.reading import Reader, Tokens, padded

VALIDATION_BATCH = 512
# Utterances are sorted by length within this many batches: enough to leave hardly any
# padding, and little enough that batches differ from epoch to epoch.
BATCHES_IN_POOL = 16


@dataclass(frozen=True)
class Examples:
    """Encoded utterances: `ids` (N, T), `lengths` (N,), each 1 at least, `labels` (N,)."""

    ids: Tensor
    lengths: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Examples":
        """The utterances where `rows` (N,) is true."""
        chosen = torch.from_numpy(np.flatnonzero(rows))
        return Examples(self.ids[chosen], self.lengths[chosen], self.labels[chosen])

    @classmethod
    def read(cls, reader: Reader, tokens: Tokens, labels: np.ndarray) -> "Examples":
        """Tokenized utterances as a reader reads them."""
        return cls(*padded(reader.read(tokens), reader.pad), torch.from_numpy(labels.astype(np.int64)))

    @classmethod
    def encoded(cls, path: Path) -> "Examples":
        """All rows of an utterances table, in its own encoding without <sos>, as `WordReader` reads them."""
        table = pq.read_table(path, columns=["tokens_encoded", "tokens_len", "emotion_label"])
        lists = table["tokens_encoded"].combine_chunks()
        ids = torch.from_numpy(_matrix(lists)[:, 1:])
        lengths = torch.from_numpy(table["tokens_len"].to_numpy().astype(np.int64)).clamp(min=1)
        return cls(ids, lengths, torch.from_numpy(table["emotion_label"].to_numpy().astype(np.int64)))


def _matrix(lists: pa.ListArray) -> np.ndarray:
    """Lists of one length as int32 (N, T), without a Python object each; what is not read is not copied."""
    width = pc.list_value_length(lists)[0].as_py() if len(lists) else 1
    values = lists.flatten().to_numpy(zero_copy_only=False).reshape(len(lists), width)
    return np.array(values, np.int32)


class EmotionsOfUtterances:
    """The training task (`common.training.Task`): cross-entropy of the annotator's emotion.

    Args:
        weights: how much an utterance of each emotion counts (9,); by default all alike.
    """

    def __init__(
        self,
        train: Examples,
        val: Examples,
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
        weights: Tensor | None = None,
    ) -> None:
        self.train, self.val = train, val
        self.batch_size, self.seed, self.device = batch_size, seed, device
        self.weights = weights.to(device) if weights is not None else None

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """Batches of utterances of similar length, in random order."""
        return bucketed_batches(self.train.lengths.numpy(), self.batch_size, self.seed, epoch)

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Sum over utterances of the weighted cross-entropy, in nats."""
        found, labels = logits(model, self.train, torch.from_numpy(items), self.device)
        loss = functional.cross_entropy(found.float(), labels, self.weights, reduction="sum")
        return {"cross_entropy": (loss, len(items))}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean cross-entropy, without weights, and accuracy over the validation utterances."""
        found, labels = all_logits(model, self.val, self.device), self.val.labels
        loss = functional.cross_entropy(found, labels)
        return {"val_loss": float(loss), "val_accuracy": float((found.argmax(1) == labels).float().mean())}


def balanced(labels: Tensor) -> Tensor:
    """Weights (9,) by which each emotion that occurs counts as much as any other; 1 on average over the rows."""
    counts = torch.bincount(labels, minlength=len(EMOTIONS)).float()
    return torch.where(counts > 0, len(labels) / ((counts > 0).sum() * counts.clamp(min=1)), 0)


def logits(model: nn.Module, examples: Examples, rows: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    """The logits (n, 9) and labels (n,) of `rows`, padded no further than the longest of them."""
    lengths = examples.lengths[rows]
    ids = examples.ids[rows, : int(lengths.max())].to(device).long()
    return model(ids, lengths.to(device)), examples.labels[rows].to(device)


def all_logits(model: nn.Module, examples: Examples, device: torch.device) -> Tensor:
    """float32 (N, 9) on the CPU, computed in batches of like length."""
    found = torch.zeros(len(examples), len(EMOTIONS))
    with torch.inference_mode():
        for rows in torch.split(examples.lengths.argsort(stable=True), VALIDATION_BATCH):
            found[rows] = logits(model, examples, rows, device)[0].float().cpu()
    return found


def bucketed_batches(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """The numbers 0..N-1 in batches of at most `batch_size` and nearly equal size, alike in length."""
    generator = np.random.default_rng((seed, epoch))
    pools = -(-len(lengths) // (batch_size * BATCHES_IN_POOL))
    batches: list[np.ndarray] = []
    for pool in np.array_split(generator.permutation(len(lengths)), pools):
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        batches += np.array_split(by_length, -(-len(pool) // batch_size))
    return [batches[index] for index in generator.permutation(len(batches))]
