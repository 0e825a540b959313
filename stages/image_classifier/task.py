"""The training task: the shares of emotions of each picture, and the words that people use of it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.emotions import EMOTIONS, shares
from stages.images.packed import KEY, Packed
from stages.learning.training import Terms, shuffled_batches

VALIDATION_BATCH = 64


def artworks_with_pictures(utterances: pd.DataFrame, histograms: pd.DataFrame, images: Packed) -> pd.DataFrame:
    """Artworks that have a split and a picture, sorted: art_style, painting, split, `row` of pixels, `counts` (9)."""
    artworks = utterances[[*KEY, "split"]].drop_duplicates().merge(histograms[[*KEY, "counts"]], on=KEY)
    return artworks.assign(row=images.rows(artworks)).query("row >= 0").sort_values(KEY, ignore_index=True)


def counts_of(artworks: pd.DataFrame) -> np.ndarray:
    """How many annotators chose each emotion, int32 (N, 9)."""
    return np.array(artworks["counts"].to_list(), np.int32).reshape(-1, len(EMOTIONS))


def shares_of(artworks: pd.DataFrame) -> np.ndarray:
    """The share of each emotion, float32 (N, 9)."""
    return shares(counts_of(artworks))


class EmotionsOfPictures:
    """The training task (`common.training.Task`): Kullback-Leibler divergence from the shares.

    `inputs` holds what the model looks at, in rows that `train` and `val` name: pixels, or
    features for a head alone. With `words`, bool (train, words), a model in training gives
    their logits too, and `words_weight` weighs their cross-entropy. `augment` is for pixels.
    """

    def __init__(
        self,
        inputs: np.ndarray,
        train: pd.DataFrame,
        val: pd.DataFrame,
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
        augment: bool = False,
        words: np.ndarray | None = None,
        words_weight: float = 0.0,
    ) -> None:
        self.inputs, self.batch_size, self.seed, self.device = inputs, batch_size, seed, device
        self.train_rows, self.train_shares = train["row"].to_numpy(), shares_of(train)
        self.val_rows, self.val_shares = val["row"].to_numpy(), shares_of(val)
        self.augment, self.words, self.words_weight = augment, words, words_weight

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """Shuffled artworks; a last batch of one is left out, since batch statistics need two."""
        batches = shuffled_batches(len(self.train_rows), self.batch_size, self.seed, epoch)
        return [batch for batch in batches if len(batch) > 1]

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Sum over pictures of KL(shares || prediction), in nats, and of the weighted cross-entropy of their words."""
        seen = self._seen(self.train_rows[items])
        logits = model(jittered(seen) if self.augment else seen)
        emotions, words = logits[:, : len(EMOTIONS)], logits[:, len(EMOTIONS) :]
        terms = {"kl": (divergence(emotions, self._told(self.train_shares[items])), len(items))}
        if self.words is not None:
            told = self._told(self.words[items]).float()
            missed = functional.binary_cross_entropy_with_logits(words, told, reduction="sum")
            terms["words"] = (self.words_weight * missed, len(items))
        return terms

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean KL over the validation artworks."""
        starts = range(0, len(self.val_rows), VALIDATION_BATCH)
        total = 0.0
        for part in (slice(start, start + VALIDATION_BATCH) for start in starts):
            total += float(divergence(model(self._seen(self.val_rows[part])), self._told(self.val_shares[part])))
        return {"val_loss": total / len(self.val_rows)}

    def _seen(self, rows: np.ndarray) -> Tensor:
        return torch.from_numpy(self.inputs[rows]).to(self.device)

    def _told(self, shares: np.ndarray) -> Tensor:
        return torch.from_numpy(shares).to(self.device)


def divergence(logits: Tensor, shares: Tensor) -> Tensor:
    """Sum over rows of KL(shares || softmax(logits)), in nats."""
    return functional.kl_div(functional.log_softmax(logits, -1), shares, reduction="sum")


def jittered(pixels: Tensor) -> Tensor:
    """Each picture mirrored or not, and shifted by up to a twelfth of its side; edges repeat. (N, S, S, 3)."""
    count, side = pixels.shape[:2]
    reach = side // 12
    rows, columns = (
        (torch.arange(side) + torch.randint(-reach, reach + 1, (count, 1))).clamp(0, side - 1) for _ in range(2)
    )
    columns = torch.where(torch.rand(count, 1) < 0.5, side - 1 - columns, columns)  # (N, S)
    return pixels[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
