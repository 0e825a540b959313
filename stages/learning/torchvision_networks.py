"""torchvision's networks with the part of timm's interface that `Backbone` uses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

# The first child behind the trunk: these pool and classify.
HEADS = ("avgpool", "classifier", "fc", "head", "heads")
# Networks whose forward pass is not a sequence of their children; timm has networks of these kinds.
NOT_SEQUENTIAL = ("densenet", "googlenet", "inception", "maxvit", "vit")
# A trunk with fewer children than this has its stages inside one of them.
FEW = 4
# ImageNet's, as in the transforms of all torchvision networks.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Trunk(nn.Module):
    """A network without pooling and head; its weights keep torchvision's names."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        for name, child in network.named_children():
            if name in HEADS:
                break
            self.add_module(name, child)
        self.pretrained_cfg = {"mean": MEAN, "std": STD}
        with torch.no_grad():
            self.num_features = self.eval().forward_features(torch.zeros(1, 3, 64, 64)).shape[1]
        self.train()

    def forward_features(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, C, h, w)."""
        for child in self.children():
            x = child(x)
        return x

    def group_matcher(self, coarse: bool = True) -> Callable[[str], tuple[int, ...]]:
        """Maps a weight's name to its place between stem and top, as in timm's networks.

        The place is the number of the child; in a network with few children, which hold all
        layers, also the number of the part of the child.
        """
        children = [name for name, child in self.named_children() if next(child.parameters(), None) is not None]

        def place(name: str) -> tuple[int, ...]:
            child, part, *_ = name.split(".")
            return (children.index(child), int(part) if len(children) < FEW and part.isdigit() else 0)

        return place


def create(name: str) -> Trunk:
    """The network of that name, with random weights.

    Raises:
        ValueError: torchvision has no such network, or it is not a sequence of layers.
    """
    if name.startswith(NOT_SEQUENTIAL):
        raise ValueError("not supported; timm has networks of this kind")
    return Trunk(models.get_model(name, weights=None))


def names() -> list[str]:
    """The names that `create` knows."""
    return [name for name in models.list_models(module=models) if not name.startswith(NOT_SEQUENTIAL)]


def pretrained(name: str) -> tuple[str, Path, Callable[[], dict[str, Any]]]:
    """torchvision's best ImageNet weights: their URL, the path in the local cache, and a function that loads them."""
    weights = models.get_model_weights(name).DEFAULT
    cached = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    return weights.url, cached, lambda: weights.get_state_dict(progress=False, check_hash=True)
