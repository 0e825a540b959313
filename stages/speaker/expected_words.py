"""The words to expect of a picture: a linear model that a speaker on a language model begins with.

A deep network needs many passes to learn from a few captions of each picture which words go with which features. A
linear model of the words of a picture's captions, in any order, learns that in seconds. Its scores are added to those
of the language model, so the picture also enters after the words, as in merge models (Tanti et al., 2018).
"""

import math
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

# By this factor over the length of a word's vector, steps of one size suit every language model.
SCALE = 0.084
# How the linear model is fitted: pictures in a batch, updates, and the learning rate.
BATCH, UPDATES, RATE = 32, 450, 0.002


class ExpectedWords(nn.Module):
    """Features of a picture -> a vector that is added to the last hidden states of a language model.

    A gate on each hidden state tells how much of it is added: nouns depend on the picture more than articles do.

    Args:
        channels: C of the features.
        words: vectors by which the model scores words (V, W).
        dropout: rate on the channels of a picture.
        factor: by which the model multiplies these scores.
    """

    def __init__(self, channels: int, words: Tensor, dropout: float, factor: float = 1.0) -> None:
        super().__init__()
        self.project = nn.Linear(channels, words.shape[1], bias=False)
        nn.init.zeros_(self.project.weight)
        self.gate = nn.Linear(words.shape[1], 1)
        nn.init.zeros_(self.gate.weight)
        nn.init.ones_(self.gate.bias)
        self.dropout = nn.Dropout(dropout)
        self.factor = factor
        length = float(torch.linalg.vector_norm(words.float())) / math.sqrt(len(words))
        self.scale = SCALE / (length * factor)

    def forward(self, features: Tensor) -> Tensor:
        """Mean standardized features of pictures (N, C) -> vectors (N, W); the norm of features has no effect."""
        return cast(Tensor, self.scale * self.project(self.dropout(functional.rms_norm(features, features.shape[-1:]))))

    def added(self, hidden: Tensor, vectors: Tensor) -> Tensor:
        """Hidden states (N, T, W) and, by the gate, the vectors of their pictures (N, W)."""
        width = hidden.shape[-1]
        shares = torch.sigmoid(self.gate(hidden.to(self.gate.weight.dtype) / math.sqrt(width)))  # (N, T, 1)
        return hidden + (shares * vectors[:, None]).to(hidden.dtype)

    def fit(self, features: Tensor, owner: np.ndarray, tokens: np.ndarray, words: Tensor) -> None:
        """Begin as the linear model under which the words of all captions, in any order, are likeliest.

        Args:
            features: mean standardized features of pictures (N, C).
            owner, tokens: picture and row in `words` of every word of every caption.
            words: as for the constructor.
        """
        occurring, columns = np.unique(tokens, return_inverse=True)
        counted = np.zeros((len(features), len(occurring)), np.float32)
        np.add.at(counted, (owner, columns), 1)
        counts = torch.from_numpy(counted)  # (N, V')
        vectors, frequency = words[torch.from_numpy(occurring)].float(), counts.sum(0).log()
        optimizer = torch.optim.Adam(self.project.parameters(), lr=RATE)
        batches: list[Tensor] = []
        for _ in range(UPDATES):
            batches = batches or list(torch.split(torch.randperm(len(features)), BATCH))
            rows = batches.pop()
            scores = frequency + self.factor * self(features[rows]) @ vectors.T  # (n, V')
            loss = -(counts[rows] * functional.log_softmax(scores, 1)).sum() / counts[rows].sum().clamp(min=1)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        optimizer.zero_grad()
