"""Backbones: any network of timm or torchvision as a function from packed pixels to features.

A plain name is timm's (`resnet34.tv_in1k`), `torchvision:resnet34` is torchvision's, whose
weights have other names. Each backbone applies its network's normalisation, and resizes
to its network's input size if that is fixed (vision transformers; convolutional networks
take any size).
"""

import difflib
from pathlib import Path
from typing import Any, Literal, cast

import timm
import torch
from huggingface_hub import try_to_load_from_cache
from timm.models import group_parameters
from torch import Tensor, nn
from torch.nn import functional

from stages.common.errors import UserError
from stages.common.params import Pooling
from stages.learning import torchvision_networks, weights

TORCHVISION = "torchvision:"
# timm's names of layers behind the feature map, which some networks keep without a classifier.
HEADS = ("head", "fc", "classifier", "pre_logits")
COUNTER = "num_batches_tracked"
# Any fixed seed will do: with the weights `none`, a frozen backbone is a random projection.
FROZEN_SEED = 0

# The part of a network that is trained besides the classifier's head: nothing, its last stage, or everything.
Tune = Literal["head", "last_block", "all"]


class Backbone(nn.Module):
    """A network from uint8 pixels to a feature map.

    Attributes:
        name: name of the network, as in params.yaml.
        input_size: height and width to which pictures are resized first; None: no resizing.
        channels: size C of a feature.
        pooling: reduction over places; None keeps all places.
    """

    def __init__(self, name: str, size: int = 0, pooling: Pooling | None = None) -> None:
        """Build the network with random weights.

        Args:
            size: side to which pictures are resized; 0 takes them at their size.

        Raises:
            UserError: there is no network of that name, or it does not take that size.
        """
        super().__init__()
        self.name, self.size, self.pooling = name, size, pooling
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

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (N, H, W, 3) -> float (N, places, C), places row by row; (N, 1, C) with pooling."""
        places = self._places(pixels)  # (N, places, C)
        if self.pooling is None:
            return places
        return places.mean(1, keepdim=True) if self.pooling == "average" else places.amax(1, keepdim=True)

    def _places(self, pixels: Tensor) -> Tensor:
        """Feature map: uint8 (N, H, W, 3) -> float (N, places, C)."""
        x = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std  # (N, 3, H, W)
        if self.input_size is not None and tuple(x.shape[2:]) != self.input_size:
            x = functional.interpolate(x, self.input_size, mode="bicubic", antialias=True)
        features = self.network.forward_features(x)
        if features.ndim == 3:  # (N, prefix + places, C): class and register tokens come first
            return cast(Tensor, features[:, getattr(self.network, "num_prefix_tokens", 0) :])
        if getattr(self.network, "output_fmt", "NCHW") == "NHWC":  # (N, h, w, C)
            return cast(Tensor, features.flatten(1, 2))
        return cast(Tensor, features.flatten(2).transpose(1, 2))  # from (N, C, h, w)

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

    def tune(self, part: Tune) -> None:
        """Train only `part` of the network; frozen layers also keep their batch statistics."""
        trained = {"head": set(), "last_block": self._last_block(), "all": {name for name, _ in self._weights()}}[part]
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
    if weights == "pretrained":
        fetch = _pretrained_torchvision if name.startswith(TORCHVISION) else _pretrained_timm
        state = fetch(name.removeprefix(TORCHVISION))
        backbone.network.load_state_dict({key: state[key] for key in backbone.network.state_dict()})
    elif weights != "none":
        _load_file(backbone, Path(weights))
    return backbone


def frozen(name: str, weights: str, pooling: Pooling = "average") -> Backbone:
    """`create` for feature extraction: in evaluation mode, without gradients, equal for equal arguments."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(FROZEN_SEED)
        backbone = create(name, weights, pooling=pooling)
    backbone.tune("head")
    return backbone.eval()


def weight_files(weights: str) -> list[Path]:
    """The file that `weights` names, if it names one: checkpoints depend on its content."""
    return [] if weights in ("none", "pretrained") else [Path(weights)]


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


def _load_file(backbone: Backbone, path: Path) -> None:
    """Load a state dict, in safetensors or in torch's format (tensors only: no code of the file runs)."""
    if not path.is_file():
        raise UserError(f"params.yaml: there is no weights file {path}; allowed are none, pretrained or a path")
    try:
        state = timm.models.load_state_dict(str(path), weights_only=True)
    except Exception as error:  # the two readers raise many types on other files
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise UserError(
            f"{path}: not a weights file ({type(error).__name__}: {reason}); expected is a state dict in "
            f"safetensors or torch's format, without code"
        ) from None
    # Files older than torch 0.4.1 lack the counters of batches, which nothing reads here.
    tensors = {name: value for name, value in backbone.network.state_dict().items() if not name.endswith(COUNTER)}
    if wrong := [name for name, value in tensors.items() if getattr(state.get(name), "shape", None) != value.shape]:
        raise UserError(
            f"{path}: these are not weights of {backbone.name}; {len(wrong)} of its {len(tensors)} tensors are absent "
            f"or of another shape, {wrong[0]} among them; name the file of this network"
        )
    backbone.network.load_state_dict({name: state[name] for name in tensors}, strict=False)


def _pretrained_timm(name: str) -> dict[str, Tensor]:
    """timm's pretrained weights, from the local cache, else from the hub."""
    repository = timm.get_pretrained_cfg_value(name, "hf_hub_id")
    if not repository and (url := timm.get_pretrained_cfg_value(name, "url")):
        raise UserError(f"the weights of {name} are not on the hub; fetch {url} and set weights to the file's path")
    if not repository:
        raise UserError(f"there are no pretrained weights of {name}; set weights: none or the path of a file")
    cached = try_to_load_from_cache(repository, "model.safetensors")
    if not isinstance(cached, str) and not weights.hub_reachable():
        raise _unavailable(name, f"hf download {repository}")
    # With a file given, timm does not ask the hub for a newer one.
    source = {"file": cached} if isinstance(cached, str) else {}
    network = timm.create_model(name, pretrained=True, num_classes=0, global_pool="", pretrained_cfg_overlay=source)
    return cast(dict[str, Tensor], network.state_dict())


def _pretrained_torchvision(name: str) -> dict[str, Tensor]:
    """torchvision's pretrained weights, from the local cache, else from its server."""
    url, cached, load = torchvision_networks.pretrained(name)
    if not cached.exists() and not weights.hub_reachable(url):
        raise _unavailable(f"{TORCHVISION}{name}", f"curl {url} -o {cached}")
    return load()


def _unavailable(name: str, command: str) -> UserError:
    return UserError(
        f"the pretrained weights of {name} are not in the local cache and the model hub cannot be reached; "
        f"fetch them once where there is a network ({command}), or set weights: none or the path of a file"
    )
