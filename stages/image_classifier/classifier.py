"""The classifier of the emotions that a picture evokes (ArtEmis, section 4.2): `load(folder).predict(pixels)`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from stages.common.emotions import ARTEMIS, DEFINITIONS, NO_MAJORITY, Emotions
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.params import Fit
from stages.learning.backbones import Backbone
from stages.learning.learned_from import LearnedFrom
from stages.learning.no_model import require_model
from stages.learning.predictions import accuracies, auc, calibrated, disagreement, expected_calibration_error
from stages.learning.weights import load_weights, save_weights

FOLDER = Path("data/image_classifier")
FILES = ("config.json", "model.safetensors")
# Dropout rate of the head, as in ArtEmis.
DROPOUT = 0.3
BATCH = 64


class Standardised(nn.Module):
    """(features - mean) / standard deviation; the identity until `fit`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))

    def fit(self, features: np.ndarray) -> None:
        """Set mean and standard deviation to those of `features` (N, channels)."""
        precise = np.asarray(features, np.float64)
        std = precise.std(0)
        self.mean.copy_(torch.from_numpy(precise.mean(0)))
        # A constant feature is not scaled: division by almost nothing would make it noise.
        self.std.copy_(torch.from_numpy(np.where(std > 1e-6, std, 1.0)))

    def forward(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.std


def head(channels: int, hidden: int, emotions: int) -> nn.Sequential:
    """Features (N, channels) -> logits (N, C), with one hidden layer; a linear probe if `hidden` is 0."""
    if not hidden:
        return nn.Sequential(Standardised(channels), nn.Linear(channels, emotions))
    return nn.Sequential(
        Standardised(channels),
        nn.Linear(channels, hidden),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Dropout(DROPOUT),
        nn.Linear(hidden, emotions),
    )


class ImageClassifier(nn.Module):
    """A backbone, its features averaged over the picture, and a head with a logit for each emotion."""

    def __init__(self, backbone: Backbone, hidden: int = 100, emotions: Sequence[str] = ARTEMIS.names) -> None:
        super().__init__()
        self.backbone, self.hidden, self.emotions = backbone, hidden, tuple(emotions)
        self.head = head(backbone.channels, hidden, len(emotions))

    def pooled(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, channels)."""
        return cast(Tensor, self.backbone(pixels).mean(1))

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> logits (N, C)."""
        return cast(Tensor, self.head(self.pooled(pixels)))


class Predictor:
    """A trained classifier with what its inputs look like and how its logits become probabilities.

    Attributes:
        size, fit: side of the square pictures, in pixels, and how pictures become square.
        temperature: divides the logits; see `learning.calibration`.
        mirrored: average the logits of a picture and its mirror image, for a classifier trained on both.
        data: what it learned from; None for a foreign classifier.
    """

    def __init__(
        self,
        model: ImageClassifier,
        size: int,
        fit: Fit,
        device: torch.device,
        temperature: float = 1.0,
        mirrored: bool = False,
        data: LearnedFrom | None = None,
    ) -> None:
        self.model, self.size, self.fit, self.device = model.to(device).eval(), size, fit, device
        self.temperature, self.mirrored, self.data = temperature, mirrored, data

    def predict(self, pixels: np.ndarray, batch_size: int = BATCH) -> np.ndarray:
        """Calibrated probabilities of `model.emotions`: uint8 (N, S, S, 3) -> float32 (N, C)."""
        if not len(pixels):
            return np.zeros((0, len(self.model.emotions)), np.float32)
        rows = np.arange(len(pixels))
        predicted = logits(self.model, pixels, rows, self.device, mirrored=self.mirrored, batch_size=batch_size)
        return calibrated(predicted, self.temperature)

    def predict_pooled(self, features: Tensor) -> np.ndarray:
        """As `predict`, of features (N, channels) as from `model.pooled`; not for a `mirrored` classifier."""
        with torch.inference_mode():
            predicted = self.model.head(features).float().cpu().numpy()
        return calibrated(predicted, self.temperature)


def logits(
    model: nn.Module,
    inputs: np.ndarray,
    rows: np.ndarray,
    device: torch.device,
    *,
    mirrored: bool = False,
    batch_size: int = BATCH,
) -> np.ndarray:
    """Logits of `rows` of `inputs` (pixels, or features for a head alone), at least one: float32 (N, C).

    `mirrored`: the mean over each picture and its mirror image.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, len(rows), batch_size):
            # Indexed batch by batch: the pixels of a large collection do not fit into memory.
            batch = torch.from_numpy(inputs[rows[start : start + batch_size]]).to(device)
            predicted = (model(batch) + model(batch.flip(2))) / 2 if mirrored else model(batch)
            parts.append(predicted.float().cpu().numpy())
    return np.concatenate(parts)


def save(
    model: ImageClassifier,
    size: int,
    fit: Fit,
    folder: Path = FOLDER,
    temperature: float = 1.0,
    mirrored: bool = False,
    data: LearnedFrom | None = None,
) -> None:
    """Write model.safetensors and config.json, from which `load` makes a `Predictor`."""
    config = {
        "backbone": model.backbone.name,
        "looks_at": model.backbone.size,
        "pooling": model.backbone.pooling,
        "hidden": model.hidden,
        "size": size,
        "fit": fit,
        "temperature": temperature,
        "mirrored": mirrored,
        "emotions": model.emotions,
        "data": data and data._asdict(),
    }
    write_json(config, folder / "config.json")
    save_weights(model, folder / "model.safetensors")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> Predictor:
    """The classifier that `save` wrote.

    Raises:
        UserError: the folder holds no classifier.
    """
    if not (folder / "config.json").exists():
        raise UserError(f"{folder}: no image classifier there; `dvc repro image_classifier` trains one")
    config = read_json(folder / "config.json")
    require_model(config, folder)
    backbone = Backbone(config["backbone"], config["looks_at"], config["pooling"])
    model = ImageClassifier(backbone, config["hidden"], config["emotions"])
    load_weights(model, folder / "model.safetensors")
    data = LearnedFrom(**config["data"]) if config.get("data") else None
    return Predictor(
        model, config["size"], config["fit"], torch.device(device), config["temperature"], config["mirrored"], data
    )


def scores(counts: np.ndarray, probabilities: np.ndarray, emotions: Emotions) -> dict[str, Any]:
    """Scores of predictions (N, C) against the counts of the annotations (N, C).

    For each definition of a majority: the number of artworks that have one, and accuracies over them. `kl` is the
    mean divergence of the prediction from the shares, in nats. A score without any artwork is left out.
    """
    shares = counts / counts.sum(1, keepdims=True)  # (N, C)
    figures: dict[str, Any] = {"artworks": len(counts)}
    for name, definition in DEFINITIONS.items():
        majority = definition(counts)  # (N,)
        figures[name] = {
            "artworks": int((majority != NO_MAJORITY).sum()),
            **accuracies(majority, probabilities, emotions),
        }
    figures["kl"] = divergence(shares, probabilities)
    figures["calibration_error"] = expected_calibration_error(probabilities, shares)
    figures["auc"] = auc(shares, probabilities, emotions)
    figures["two_likeliest_disagree"] = disagreement(probabilities, emotions)
    return figures


def divergence(shares: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over rows of KL(shares || probabilities), in nats; probabilities of 0 count as 1e-12."""
    ratio = np.divide(shares, probabilities.clip(1e-12), out=np.ones(shares.shape), where=shares > 0)
    return float((shares * np.log(ratio)).sum(1).mean())
