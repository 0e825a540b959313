"""Backbones: any network of timm or torchvision as a function from packed pixels to features.

A plain name is timm's (`resnet34.tv_in1k`), `torchvision:resnet34` is torchvision's, whose
weights have other names. Each backbone applies its network's normalisation, and resizes
to its network's input size if that is fixed (vision transformers; convolutional networks
take any size).
"""

import copy
import difflib
import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import timm
import torch
from timm.layers.norm_act import BatchNormAct2d
from timm.models import group_parameters
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from stages.common.errors import UserError
from stages.common.params import Pooling, Tune
from stages.learning import torchvision_networks
from stages.learning.pretrained import COUNTER, RANDOM, TORCHVISION, initialize

# timm's names of layers behind the feature map, which some networks keep without a classifier.
HEADS = ("head", "fc", "classifier", "pre_logits")
# Any fixed seed will do: with the weights `none`, a frozen backbone is a random projection.
FROZEN_SEED = 0
# A side, in pixels, that every network takes which takes any.
SMALL = 64
# By so much of the largest feature may folding change any.
FOLDING = 1e-4


class Backbone(nn.Module):
    """A network from uint8 pixels to a feature map.

    Attributes:
        name: name of the network, as in params.yaml.
        input_size: height and width to which pictures are resized first; None: no resizing.
        channels: size C of a feature.
        pooling: how the places become one vector; None keeps all places.
        origin: where its weights come from.
        precision: in which the network computes; features are float32.
    """

    def __init__(self, name: str, size: int = 0, pooling: Pooling | None = None) -> None:
        """Build the network with random weights.

        Args:
            size: side to which pictures are resized; 0 takes them at their size.

        Raises:
            UserError: there is no network of that name, or it does not take that size.
        """
        super().__init__()
        self.name, self.size, self.pooling, self.origin = name, size, pooling, RANDOM
        self.precision = torch.float32
        # Any, because nn.Module types its members as Tensor | Module, and the networks have others.
        self.network: Any = _network(name)
        # Packed pixels are channels-last already, and convolutions on a CPU are a third faster in that format.
        self.network = self.network.to(memory_format=torch.channels_last)
        self.channels = int(self.network.num_features)
        config = self.network.pretrained_cfg
        self.input_size = tuple(config["input_size"][1:]) if config.get("fixed_input_size") else None
        if size:
            if self.input_size not in (None, (size, size)):
                raise UserError(
                    f"params.yaml: {name} takes pictures of {self.input_size} px only, not of {size}; set size: 0"
                )
            self.input_size = (size, size)
        self.mean: Tensor
        self.std: Tensor
        for kind in ("mean", "std"):
            self.register_buffer(kind, torch.tensor(config[kind]).view(1, 3, 1, 1) * 255, persistent=False)
        if pooling == "stages":
            height, width = self.input_size or (SMALL, SMALL)
            with torch.no_grad():
                self.channels = self.eval()(torch.zeros(1, height, width, 3, dtype=torch.uint8)).shape[2]
            self.train()

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (N, H, W, 3) -> float (N, places, C), places row by row; (N, 1, C) with pooling."""
        return self.places(pixels) if self.pooling is None else self.look(pixels, self.pooling)[1][:, None]

    def places(self, pixels: Tensor) -> Tensor:
        """Feature map: uint8 (N, H, W, 3) -> float (N, places, C)."""
        return self._as_places(self.network.forward_features(self._normalised(pixels)))

    def look(self, pixels: Tensor, pooling: Pooling) -> tuple[Tensor, Tensor]:
        """In one pass the places (N, places, C), and one vector for each picture (N, C'), by `pooling`.

        `average` and `max` are over the places. `stages` are the means and the standard deviations of the feature maps
        of all stages: colours and textures of the first, things of the last.

        Raises:
            UserError: `stages`, of a network whose stages cannot be had.
        """
        if pooling != "stages":
            places = self.places(pixels)
            return places, places.mean(1) if pooling == "average" else places.amax(1)
        if not hasattr(self.network, "forward_intermediates"):
            raise UserError(
                f"params.yaml: features.pooling is stages, but the stages of {self.name} cannot be had; "
                f"average and max work with every network"
            )
        features, maps = self.network.forward_intermediates(self._normalised(pixels))
        exact = (each.float() for each in maps)
        statistics = [(each.mean((2, 3)), each.std((2, 3), correction=0)) for each in exact]  # (N, c) each
        return self._as_places(features), torch.cat([value for pair in statistics for value in pair], 1)

    def _normalised(self, pixels: Tensor) -> Tensor:
        """uint8 (N, H, W, 3) -> float (N, 3, h, w), resized if the network needs that."""
        x = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std  # (N, 3, H, W)
        if self.input_size is not None and tuple(x.shape[2:]) != self.input_size:
            x = functional.interpolate(x, self.input_size, mode="bicubic", antialias=True)
        return x.to(self.precision)

    def _as_places(self, features: Tensor) -> Tensor:
        if self.precision != torch.float32:
            features = features.float()
        if features.ndim == 3:  # (N, prefix + places, C): class and register tokens come first
            return features[:, getattr(self.network, "num_prefix_tokens", 0) :]
        if getattr(self.network, "output_fmt", "NCHW") == "NHWC":  # (N, h, w, C)
            return features.flatten(1, 2)
        return features.flatten(2).transpose(1, 2)  # from (N, C, h, w)

    def freeze(self, stages: int) -> None:
        """Freeze the weights of the first `stages`: 1 is the stem, 2 also a ResNet's first group of blocks.

        Raises:
            UserError: the network has fewer stages.
        """
        groups = group_parameters(self.network, self.network.group_matcher(coarse=True), return_values=True)
        if stages > len(groups):
            raise UserError(f"params.yaml: {self.name} has {len(groups)} stages, so {stages} cannot be frozen")
        for stage in range(stages):
            for value in groups[stage]:
                value.requires_grad_(False)

    def resizes_from(self, size: int) -> bool:
        """True if packed pictures of `size` are resized first."""
        return self.input_size is not None and self.input_size != (size, size)

    def report_resizing(self, size: int) -> None:
        """Print that packed pictures of `size` are resized, if they are: enlarging adds no detail."""
        if self.input_size is not None and self.resizes_from(size):
            height, width = self.input_size
            print(f"  pictures of {size} px are resized to the {height} x {width} px of {self.name}")

    def digest(self) -> str:
        """A digest of what a feature depends on: the network, its weights, normalisation and input size."""
        digest = hashlib.sha256(f"{self.name} {self.input_size}".encode())
        weights = [value for name, value in self.network.state_dict().items() if not name.endswith(COUNTER)]
        for tensor in (self.mean, self.std, *weights):
            digest.update(tensor.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()

    def fold(self) -> None:
        """Fold batch normalisation into the convolutions before it, for inference alone: a tenth faster on a CPU.

        Features differ in the sixth digit. The network then has other weights than its files, and another digest. One
        that does not compute in the order of its layers stays as it is.
        """
        height, width = self.input_size or self.network.pretrained_cfg["input_size"][1:]
        trial = torch.randint(0, 256, (1, height, width, 3), generator=torch.Generator().manual_seed(0))
        pixels = trial.to(self.mean.device, torch.uint8)
        original = self.network
        with torch.inference_mode():
            expected = self(pixels)
            self.network = _folded(original)
            if not torch.allclose(self(pixels), expected, rtol=FOLDING, atol=FOLDING * float(expected.abs().max())):
                self.network = original

    def halve(self) -> None:
        """Compute in bfloat16, for inference alone: twice as fast on a CPU that has it; features err by 7 % (RMS)."""
        self.precision = torch.bfloat16
        self.network.to(self.precision)

    def tune(self, part: Tune) -> None:
        """Train only `part` of the network; frozen layers also keep their batch statistics."""
        trained = {"none": set(), "last_block": self._last_block(), "all": {name for name, _ in self._weights()}}[part]
        for name, weight in self._weights():
            weight.requires_grad_(name in trained)

    def train(self, mode: bool = True) -> "Backbone":
        """As of every module, but frozen layers stay in evaluation mode."""
        super().train(mode)
        for module in self.network.modules():
            weights = list(module.parameters())
            if weights and not any(weight.requires_grad for weight in weights):
                module.eval()
        return self

    def _last_block(self) -> set[str]:
        """Names of the weights from the last stage on: timm's last group that holds more than normalisation."""
        weights = dict(self._weights())
        groups = group_parameters(self.network, self.network.group_matcher(coarse=True))
        last = max(
            number
            for number, names in groups.items()
            if any(weights[name].ndim > 1 and not name.startswith(HEADS) for name in names)
        )
        return {name for number, names in groups.items() if number >= last for name in names}

    def _weights(self) -> list[tuple[str, nn.Parameter]]:
        return list(self.network.named_parameters())


def create(name: str, weights: str, size: int = 0, pooling: Pooling | None = None) -> Backbone:
    """A backbone with its weights: `none` (random, from torch's generator), `pretrained` or a path.

    Raises:
        UserError: there is no network of that name, it does not take that size, or its weights are not available.
    """
    backbone = Backbone(name, size, pooling)
    backbone.origin = initialize(backbone.network, name, weights)
    return backbone


def frozen(name: str, weights: str, pooling: Pooling | None = None) -> Backbone:
    """`create` for feature extraction: in evaluation mode, without gradients, equal for equal arguments."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(FROZEN_SEED)
        backbone = create(name, weights, pooling=pooling)
    backbone.tune("none")
    return backbone.eval()


def weight_files(weights: str) -> list[Path]:
    """The file that `weights` names, if it names one: checkpoints depend on its content."""
    return [] if weights in ("none", "pretrained") else [Path(weights)]


def _folded(network: nn.Module) -> nn.Module:
    """A copy whose convolutions do what the batch normalisation behind them did."""
    folded = copy.deepcopy(network)
    for module in list(folded.modules()):
        for (name, convolution), (next_name, norm) in pairwise(list(module.named_children())):
            if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, name, fuse_conv_bn_eval(convolution, norm))
                setattr(module, next_name, norm.act if isinstance(norm, BatchNormAct2d) else nn.Identity())
    return folded.to(memory_format=torch.channels_last)


def _network(name: str) -> nn.Module:
    """The network without pooling and head."""
    try:
        if name.startswith(TORCHVISION):
            return torchvision_networks.create(name.removeprefix(TORCHVISION))
        return timm.create_model(name, pretrained=False, num_classes=0, global_pool="")
    except (RuntimeError, ValueError, AssertionError, TypeError) as error:
        library = "torchvision" if name.startswith(TORCHVISION) else "timm"
        known = (
            [f"{TORCHVISION}{network}" for network in torchvision_networks.names()]
            if library == "torchvision"
            else timm.list_models()
        )
        similar = ", ".join(difflib.get_close_matches(name, known, n=5))
        raise UserError(
            f"params.yaml: {library} has no backbone {name!r} ({error}); similar names: {similar or 'none'}"
        ) from None
