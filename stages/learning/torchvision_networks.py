"""torchvision's networks in the shape of timm's: what `Backbone` asks of a network, and no more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

# Where the trunk ends: from here on, torchvision's networks pool and classify.
HEADS = ("avgpool", "classifier", "fc", "head", "heads")
# Their forward pass is more than one layer after the other; timm has the like of each.
NO_CHAIN = ("densenet", "googlenet", "inception", "maxvit", "vit")
# Fewer children than these hold the stages inside.
FEW = 4
# torchvision states them in each network's transforms: those of ImageNet, everywhere.
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
        """Where a weight stands between stem and top, as timm's networks tell it: its child, or that child's part.

        Most networks are a handful of children; a few hide all their layers in one or two.
        """
        children = [name for name, child in self.named_children() if next(child.parameters(), None) is not None]

        def place(name: str) -> tuple[int, ...]:
            child, part, *_ = name.split(".")
            return (children.index(child), int(part) if len(children) < FEW and part.isdigit() else 0)

        return place


def create(name: str) -> Trunk:
    """The network of that name, with random weights.

    Raises:
        ValueError: torchvision has none, or it is no chain of layers.
    """
    if name.startswith(NO_CHAIN):
        raise ValueError("not supported; timm has networks of this kind")
    return Trunk(models.get_model(name, weights=None))


def names() -> list[str]:
    """The names that `create` knows."""
    return [name for name in models.list_models(module=models) if not name.startswith(NO_CHAIN)]


def pretrained(name: str) -> tuple[str, Path, Callable[[], dict[str, Any]]]:
    """torchvision's best ImageNet weights: where from, the file in the local cache, and what loads them."""
    weights = models.get_model_weights(name).DEFAULT
    cached = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    return weights.url, cached, lambda: weights.get_state_dict(progress=False, check_hash=True)
