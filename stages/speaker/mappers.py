"""From the features of a picture to the vectors that a language model reads before its words."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.errors import UserError

HEADS = 8


class Mapper(nn.Module):
    """Features of a picture, its channels standardized by `standard` -> vectors.

    What all pictures have in common is most of their features, and would be most of every vector.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    def standardize(self, features: Tensor) -> None:
        """Note the mean and the deviation of each channel in features (N, places, C) of some pictures."""
        deviation, mean = torch.std_mean(features.float().flatten(0, 1), 0)
        self.mean.copy_(mean)
        # A channel that is the same in all of them says nothing.
        self.deviation.copy_(torch.where(deviation > 0, deviation, torch.inf))

    def standard(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.deviation


class Linear(Mapper):
    """Each cell of a coarser grid of places -> linear -> a vector; attention is uniform.

    Args:
        channels: C of the features.
        width: W of the vectors, whose entries begin with the deviation `scale`, as those of words have.
        prefix: K, a square number; 1 is the mean of all places.
        dropout: rate on the features.
    """

    def __init__(self, channels: int, width: int, prefix: int, dropout: float, scale: float) -> None:
        super().__init__(channels)
        self.side = math.isqrt(prefix)
        if self.side**2 != prefix:
            raise UserError(
                f"params.yaml: speaker.language_model.prefix is {prefix}; with mapper: linear it is the number of "
                "cells of a square grid: 1, 4, 9, 16 ..."
            )
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Linear(channels, width)
        self.norm = _norm(width, scale)
        self.position = nn.Parameter(torch.zeros(prefix, width))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Standardized features (N, places, C) -> vectors (N, K, W), attention (N, places)."""
        count, places, channels = features.shape
        side = math.isqrt(places)
        grid = features.transpose(1, 2).reshape(count, channels, side, side)  # (N, C, h, w)
        cells = functional.adaptive_avg_pool2d(grid, self.side).flatten(2).transpose(1, 2)  # (N, K, C)
        vectors = self.norm(self.project(self.dropout(cells))) + self.position
        return vectors, features.new_full((count, places), 1 / places)


class Resampler(Mapper):
    """Learned queries that attend to the places (the perceiver resampler of Alayrac et al., 2022, in one layer).

    The attention of a picture is the mean over queries and heads, the same for all words. Arguments as for `Linear`,
    but K may be any number.
    """

    def __init__(self, channels: int, width: int, prefix: int, dropout: float, scale: float) -> None:
        super().__init__(channels)
        self.dropout = nn.Dropout(dropout)
        self.project = nn.Sequential(nn.Linear(channels, width), nn.LayerNorm(width))
        self.queries = nn.Parameter(torch.randn(prefix, width))
        heads = next(heads for heads in range(HEADS, 0, -1) if width % heads == 0)
        self.attend = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = _norm(width, scale)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Standardized features (N, places, C) -> vectors (N, K, W), attention (N, places)."""
        places = self.project(self.dropout(features))  # (N, places, W)
        queries = self.queries.expand(len(places), -1, -1)  # (N, K, W)
        found, attention = self.attend(queries, places, places)  # (N, K, W), (N, K, places)
        return self.norm(found + queries), attention.float().mean(1)


MAPPERS = {"linear": Linear, "resampler": Resampler}


def _norm(width: int, scale: float) -> nn.LayerNorm:
    norm = nn.LayerNorm(width)
    nn.init.constant_(norm.weight, scale)
    return norm
