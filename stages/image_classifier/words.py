"""What people say of a picture as a second lesson: to tell which words will fall, one must see what is there.

A few votes for emotions say little about what a picture shows; the words beside them say
much. So the network may learn both from the same features. The words are forgotten
when it has learnt: what is saved tells emotions only.
"""

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from stages.image_classifier.classifier import ImageClassifier
from stages.images.packed import KEY
from stages.utterances.vocabulary import SPECIALS

# Words said of fewer artworks than this share are chance, words said of more tell nothing apart.
RARE, COMMON = 0.015, 0.6


def words_said(utterances: pd.DataFrame, artworks: pd.DataFrame) -> np.ndarray:
    """Which words people used of each of `artworks`, bool (N, words); the words that say something about a picture."""
    row = pd.MultiIndex.from_frame(artworks[KEY]).get_indexer(pd.MultiIndex.from_frame(utterances[KEY]))
    ids = np.stack(utterances["tokens_encoded"][row >= 0].to_list())  # (utterances, length)
    # Once for each artwork and word: with a row for every word of a big vocabulary this would be gigabytes.
    size = int(ids.max()) + 1
    row, ids = np.divmod(np.unique(row[row >= 0, None] * size + ids), size)
    share = np.bincount(ids) / len(artworks)
    share[: len(SPECIALS)] = 0
    (telling,) = np.nonzero((share >= RARE) & (share <= COMMON))
    known = np.isin(ids, telling)
    said = np.zeros((len(artworks), len(telling)), bool)
    said[row[known], np.searchsorted(telling, ids[known])] = True
    return said


class WithWords(nn.Module):
    """The classifier and, while it learns, a logit for each word from the same features."""

    def __init__(self, classifier: ImageClassifier, said: np.ndarray) -> None:
        """Start from how often each word is said: `said` is (N, words)."""
        super().__init__()
        self.classifier = classifier
        self.words = nn.Linear(classifier.backbone.channels, said.shape[1])
        with torch.no_grad():
            self.words.bias.copy_(torch.from_numpy(said.mean(0)).logit())

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> nine logits (N, 9), in training followed by those of the words (N, 9 + words)."""
        features = self.classifier.pooled(pixels)
        emotions = self.classifier.head(features)
        return torch.cat([emotions, self.words(features)], 1) if self.training else emotions
