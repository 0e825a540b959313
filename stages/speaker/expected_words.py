"""The words that a picture lets expect, whatever has been said so far: what a language model gets to see first.

From the few captions of one picture, each met a few times, a deep network hardly learns which picture goes with which
words; a linear model of which words the captions of a picture have, in any order, learns it in seconds. So a speaker on
a language model begins with the one and learns the rest: the picture also enters where the next word is chosen, as in
merge models (Tanti et al., 2018).
"""

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

# Size of the vectors for word vectors whose entries have a root mean square of 1, so that steps suit every model.
SCALE = 0.0035
# Of the linear model: pictures in a batch, batches, and the learning rate.
BATCH, UPDATES, RATE = 32, 450, 0.002


class ExpectedWords(nn.Module):
    """Features of a picture -> a vector that is added to what a language model multiplies with the vectors of words.

    Before each word a gate tells how much of it: the picture knows more about nouns than about articles.

    Args:
        channels: C of the features.
        words: vectors of words (V, W).
        dropout: rate on the channels of a picture.
    """

    def __init__(self, channels: int, words: Tensor, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(channels, words.shape[1], bias=False)
        nn.init.zeros_(self.project.weight)
        self.gate = nn.Linear(words.shape[1], 1)
        nn.init.zeros_(self.gate.weight)
        nn.init.ones_(self.gate.bias)
        self.dropout = nn.Dropout(dropout)
        self.scale = SCALE / float(words.float().square().mean().sqrt())

    def forward(self, features: Tensor) -> Tensor:
        """Mean features of pictures (N, C), of any length -> vectors (N, W)."""
        return cast(Tensor, self.scale * self.project(self.dropout(functional.rms_norm(features, features.shape[-1:]))))

    def added(self, hidden: Tensor, vectors: Tensor) -> Tensor:
        """Last hidden states (N, T, W) with the vectors of their pictures (N, W)."""
        width = hidden.shape[-1]
        shares = torch.sigmoid(self.gate(hidden.to(self.gate.weight.dtype) / math.sqrt(width)))  # (N, T, 1)
        return hidden + (shares * vectors[:, None]).to(hidden.dtype)

    def learn(self, features: Tensor, said: Sequence[np.ndarray], words: Tensor) -> None:
        """Begin as the linear model that tells best which words are said of a picture.

        Args:
            features: mean features of pictures (N, C).
            said: rows of the vectors of all words that are said of each picture, however often.
            words: vectors of words (V, W).
        """
        occurring, places = np.unique(np.concatenate(said), return_inverse=True)
        owner = np.repeat(np.arange(len(said)), [len(some) for some in said])
        counts = torch.zeros(len(said), len(occurring))  # (N, V')
        counts.index_put_((torch.from_numpy(owner), torch.from_numpy(places)), torch.ones(len(places)), accumulate=True)
        vectors, frequency = words[torch.from_numpy(occurring)].float(), counts.sum(0).log()
        optimizer = torch.optim.Adam(self.project.parameters(), lr=RATE)
        batches: list[Tensor] = []
        for _ in range(UPDATES):
            batches = batches or list(torch.randperm(len(said)).split(BATCH))
            rows = batches.pop()
            scores = frequency + self(features[rows]) @ vectors.T  # (n, V')
            loss = -(counts[rows] * functional.log_softmax(scores, 1)).sum() / counts[rows].sum().clamp(min=1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        optimizer.zero_grad()
