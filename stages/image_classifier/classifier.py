"""From a picture to the distribution of the emotions it evokes (ArtEmis, section 4.2)."""

from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.tables import read_json, write_json
from stages.common.weights import load_weights, save_weights
from stages.features.backbones import Backbone
from stages.images.params import Fit

FOLDER = Path("data/image_classifier")
# The head of ArtEmis' classifier: one hidden layer between the pooled features and the emotions.
HIDDEN, DROPOUT = 100, 0.3


class ImageClassifier(nn.Module):
    """A backbone, its features averaged over the picture, and a small head of nine logits."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Sequential(
            nn.Linear(backbone.channels, HIDDEN),
            nn.BatchNorm1d(HIDDEN),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, len(EMOTIONS)),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> logits (N, 9)."""
        return cast(Tensor, self.head(self.backbone(pixels).mean(1)))


class Predictor:
    """A trained classifier: `load(folder).predict(pixels)`; it says which squares it wants."""

    def __init__(self, model: ImageClassifier, size: int, fit: Fit, device: torch.device) -> None:
        self.model, self.size, self.fit, self.device = model.to(device).eval(), size, fit, device

    def predict(self, pixels: np.ndarray, batch_size: int = 64) -> np.ndarray:
        """Probabilities of the nine emotions: uint8 (N, S, S, 3) -> float32 (N, 9)."""
        parts = [np.zeros((0, len(EMOTIONS)), np.float32)]
        with torch.inference_mode():
            for start in range(0, len(pixels), batch_size):
                batch = torch.from_numpy(np.array(pixels[start : start + batch_size])).to(self.device)
                parts.append(functional.softmax(self.model(batch).float(), -1).cpu().numpy())
        return np.concatenate(parts)


def save(model: ImageClassifier, size: int, fit: Fit, folder: Path = FOLDER) -> None:
    """Write model.safetensors and config.json."""
    config = {"backbone": model.backbone.name, "size": size, "fit": fit, "emotions": EMOTIONS}
    write_json(config, folder / "config.json")
    save_weights(model, folder / "model.safetensors")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> Predictor:
    """What `save` wrote, ready to predict.

    Raises:
        UserError: the folder holds no classifier.
    """
    if not (folder / "config.json").exists():
        raise UserError(f"{folder}: no image classifier there; `dvc repro image_classifier` trains one")
    config = read_json(folder / "config.json")
    model = ImageClassifier(Backbone(config["backbone"]))
    load_weights(model, folder / "model.safetensors")
    return Predictor(model, config["size"], config["fit"], torch.device(device))
