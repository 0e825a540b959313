"""The training task: the emotion shares of each artwork and, as an auxiliary task, the words of its utterances.

The few annotations of an artwork say little about what is in the picture; the words beside them say much. The
network may therefore learn both from the same features. Only the emotion classifier is saved.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.artworks import ARTWORK
from stages.common.emotions import shares
from stages.image_classifier.classifier import ImageClassifier
from stages.images.packed import Packed
from stages.learning.training import Terms, shuffled_batches
from stages.utterances.vocabulary import SPECIALS

VALIDATION_BATCH = 64
# Rate of dropout on stored features.
FEATURE_DROPOUT = 0.5
# Words used for fewer artworks than this share are chance; words used for more distinguish none.
RARE, COMMON = 0.015, 0.6


def artworks_with_pictures(utterances: pd.DataFrame, histograms: pd.DataFrame, images: Packed) -> pd.DataFrame:
    """The artworks that have a split and a picture, sorted.

    Returns:
        Columns art_style, painting, split, `row` (of their pixels) and `counts` (C).
    """
    artworks = utterances[[*ARTWORK, "split"]].drop_duplicates().merge(histograms[[*ARTWORK, "counts"]], on=ARTWORK)
    return artworks.assign(row=images.rows(artworks)).query("row >= 0").sort_values(ARTWORK, ignore_index=True)


def counts_of(artworks: pd.DataFrame) -> np.ndarray:
    """Number of annotations with each emotion, int32 (N, C); `artworks` has at least one row."""
    return np.array(artworks["counts"].to_list(), np.int32)


def shares_of(artworks: pd.DataFrame) -> np.ndarray:
    """Share of each emotion, float32 (N, C)."""
    return shares(counts_of(artworks))


def word_targets(utterances: pd.DataFrame, artworks: pd.DataFrame) -> np.ndarray:
    """The words that occur in the utterances of each of `artworks`, bool (N, words).

    Words that are rare or common among the artworks are left out.
    """
    row = pd.MultiIndex.from_frame(artworks[ARTWORK]).get_indexer(pd.MultiIndex.from_frame(utterances[ARTWORK]))
    ids = np.stack(utterances["tokens_encoded"][row >= 0].to_list())  # (utterances, length)
    # Distinct pairs of artwork and word: a table of all artworks and a big vocabulary would need gigabytes.
    size = int(ids.max()) + 1
    row, ids = np.divmod(np.unique(row[row >= 0, None] * size + ids), size)
    share = np.bincount(ids) / len(artworks)  # (size,)
    share[: len(SPECIALS)] = 0
    (informative,) = np.nonzero((share >= RARE) & (share <= COMMON))
    kept = np.isin(ids, informative)
    targets = np.zeros((len(artworks), len(informative)), bool)
    targets[row[kept], np.searchsorted(informative, ids[kept])] = True
    return targets


class WithWords(nn.Module):
    """The classifier and, in training, a logit for each word from the same features."""

    def __init__(self, classifier: ImageClassifier, targets: np.ndarray) -> None:
        super().__init__()
        self.classifier = classifier
        self.words = _words(classifier.backbone.channels, targets)

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> logits (N, E), in training followed by those of the words (N, E + words)."""
        features = self.classifier.pooled(pixels)  # (N, C)
        emotions = self.classifier.head(features)
        return torch.cat([emotions, self.words(features)], 1) if self.training else emotions


class HeadWithWords(nn.Module):
    """The head of a classifier on stored features and, in training, a logit for each word from its hidden layer.

    Dropout on the standardised features keeps so small a network from learning by heart which picture has which.
    """

    def __init__(self, head: nn.Sequential, targets: np.ndarray) -> None:
        super().__init__()
        self.head = head
        self.words = _words(cast(nn.Linear, head[-1]).in_features, targets)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, C) -> logits (N, E), in training followed by those of the words (N, E + words)."""
        standardised, *hidden, emotions = self.head
        x = functional.dropout(standardised(features), FEATURE_DROPOUT, self.training)
        for layer in hidden:
            x = layer(x)
        return torch.cat([emotions(x), self.words(x)], 1) if self.training else cast(Tensor, emotions(x))


def _words(channels: int, targets: np.ndarray) -> nn.Linear:
    """Features -> logits of words, whose initial bias is the frequency of each in `targets`, bool (N, words)."""
    words = nn.Linear(channels, targets.shape[1])
    with torch.no_grad():
        words.bias.copy_(torch.from_numpy(targets.mean(0)).logit())
    return words


class EmotionTask:
    """Kullback-Leibler divergence from the emotion shares (`learning.training.Task`).

    Args:
        inputs: pixels (N, S, S, 3), or features (N, C) for a head alone; `train` and `val` name rows of it.
        augment: flip and shift pixels.
        words: word targets, bool (train, words), of a model that returns word logits in training.
        words_weight: weight of their cross-entropy.
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
        """Sums over artworks of KL(shares || prediction), in nats, and of the weighted cross-entropy of the words."""
        inputs = self._to_device(self.inputs[self.train_rows[items]])
        logits = model(augmented(inputs) if self.augment else inputs)
        count = self.train_shares.shape[1]
        emotions, words = logits[:, :count], logits[:, count:]
        terms = {"kl": (divergence(emotions, self._to_device(self.train_shares[items])), len(items))}
        if self.words is not None:
            targets = self._to_device(self.words[items]).float()  # (n, words)
            loss = functional.binary_cross_entropy_with_logits(words, targets, reduction="sum")
            terms["words"] = (self.words_weight * loss, len(items))
        return terms

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean KL divergence over the validation artworks."""
        total = 0.0
        for start in range(0, len(self.val_rows), VALIDATION_BATCH):
            part = slice(start, start + VALIDATION_BATCH)
            predicted = model(self._to_device(self.inputs[self.val_rows[part]]))
            total += float(divergence(predicted, self._to_device(self.val_shares[part])))
        return {"val_loss": total / len(self.val_rows)}

    def _to_device(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device)


def divergence(logits: Tensor, shares: Tensor) -> Tensor:
    """Sum over rows of KL(shares || softmax(logits)), in nats."""
    return functional.kl_div(functional.log_softmax(logits, -1), shares, reduction="sum")


def augmented(pixels: Tensor) -> Tensor:
    """Random flips, and shifts by up to a twelfth of the side that repeat the edge pixels: (N, S, S, 3)."""
    count, side = pixels.shape[:2]
    reach = side // 12
    rows, columns = (
        (torch.arange(side) + torch.randint(-reach, reach + 1, (count, 1))).clamp(0, side - 1) for _ in range(2)
    )  # (N, S) each
    columns = torch.where(torch.rand(count, 1) < 0.5, side - 1 - columns, columns)
    return pixels[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
