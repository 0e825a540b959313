"""What the image classifier learns: the share of each emotion among an artwork's annotations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.emotions import EMOTIONS
from stages.common.training import Terms, shuffled_batches
from stages.images.packed import KEY, Packed

VALIDATION_BATCH = 64


def artworks_of(split: str, utterances: pd.DataFrame, histograms: pd.DataFrame, images: Packed) -> pd.DataFrame:
    """Artworks of a split that have a picture: art_style, painting, `row` of its pixels, `target` (9 shares)."""
    artworks = utterances.loc[utterances["split"] == split, KEY].drop_duplicates().merge(histograms, on=KEY)
    artworks = artworks.assign(row=images.rows(artworks)).query("row >= 0").sort_values(KEY, ignore_index=True)
    counts = np.array(artworks["counts"].to_list(), dtype=np.float32).reshape(-1, len(EMOTIONS))
    return artworks.assign(target=list(counts / counts.sum(1, keepdims=True)))


class EmotionsOfPictures:
    """The training task (`common.training.Task`): Kullback-Leibler divergence from the shares."""

    def __init__(
        self,
        images: Packed,
        train: pd.DataFrame,
        val: pd.DataFrame,
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self.pixels, self.train, self.val = images.pixels, train, val
        self.batch_size, self.seed, self.device = batch_size, seed, device

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """Shuffled artworks; a last batch of one is left out, since batch statistics need two."""
        batches = shuffled_batches(len(self.train), self.batch_size, self.seed, epoch)
        return [batch for batch in batches if len(batch) > 1]

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Sum over pictures of KL(shares || prediction), in nats."""
        return {"kl": (self._divergence(model, self.train, items), len(items))}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Mean KL over the validation artworks."""
        parts = np.split(np.arange(len(self.val)), range(VALIDATION_BATCH, len(self.val), VALIDATION_BATCH))
        return {"val_loss": sum(float(self._divergence(model, self.val, part)) for part in parts) / len(self.val)}

    def _divergence(self, model: nn.Module, artworks: pd.DataFrame, items: np.ndarray) -> Tensor:
        part = artworks.iloc[items]
        pixels = torch.from_numpy(self.pixels[part["row"].to_numpy()]).to(self.device)
        target = torch.from_numpy(np.stack(part["target"].to_list())).to(self.device)
        return functional.kl_div(functional.log_softmax(model(pixels), -1), target, reduction="sum")
