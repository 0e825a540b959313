"""Backbones: any network of timm or torchvision as a function from packed pixels to features.

A plain name is timm's (`resnet34.tv_in1k`), `torchvision:resnet34` is torchvision's, whose
weights have other names. Each brings its own normalisation, and its own input size
where it accepts no other (a vision transformer; convolutional networks take the packed
size as it is).
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
# What timm calls layers that look at no places any more, where a network has some left.
HEADS = ("head", "fc", "classifier", "pre_logits")
COUNTER = "num_batches_tracked"
# Weights `none` are random projections where nothing is learnt: any fixed seed will do.
FROZEN_SEED = 0

# How much of a network learns besides the head: nothing, its last stage, or everything.
Tune = Literal["head", "last_block", "all"]


class Backbone(nn.Module):
    """A network that looks at uint8 pixels.

    Attributes:
        name: of the network, as in params.yaml.
        own_size: height and width that pictures are brought to first, if any.
        channels: size C of a feature.
        pooling: what becomes of the places; None: they stay apart.
    """

    def __init__(self, name: str, size: int = 0, pooling: Pooling | None = None) -> None:
        """Build the network with random weights, to look at squares of `size`; 0: of whatever size they come.

        Raises:
            UserError: nobody knows the name, or the network takes no such size.
        """
        super().__init__()
        self.name, self.size, self.pooling = name, size, pooling
        # nn.Module types its members Tensor | Module: these are what the networks have besides.
        self.network: Any = _network(name)
        # Packed pixels are channels-last already; convolutions on a CPU are a third faster that way.
        self.network = self.network.to(memory_format=torch.channels_last)
        self.channels = int(self.network.num_features)
        config = self.network.pretrained_cfg
        self.own_size = tuple(config["input_size"][1:]) if config.get("fixed_input_size") else None
        if size:
            if self.own_size not in (None, (size, size)):
                raise UserError(f"params.yaml: {name} looks at {self.own_size} px only, not at {size}; size: 0 will do")
            self.own_size = (size, size)
        self.mean: Tensor
        self.std: Tensor
        for kind in ("mean", "std"):
            self.register_buffer(kind, torch.tensor(config[kind]).view(1, 3, 1, 1) * 255, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (N, H, W, 3) -> float (N, places, C), places row by row; (N, 1, C) where they are pooled."""
        places = self._places(pixels)
        if self.pooling is None:
            return places
        return places.mean(1, keepdim=True) if self.pooling == "average" else places.amax(1, keepdim=True)

    def _places(self, pixels: Tensor) -> Tensor:
        """Features on a grid: uint8 (N, H, W, 3) -> float (N, places, C)."""
        x = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std  # (N, 3, H, W)
        if self.own_size is not None and tuple(x.shape[2:]) != self.own_size:
            x = functional.interpolate(x, self.own_size, mode="bicubic", antialias=True)
        features = self.network.forward_features(x)
        if features.ndim == 3:  # (N, prefix + places, C): class and register tokens come first
            return cast(Tensor, features[:, getattr(self.network, "num_prefix_tokens", 0) :])
        if getattr(self.network, "output_fmt", "NCHW") == "NHWC":
            return cast(Tensor, features.flatten(1, 2))
        return cast(Tensor, features.flatten(2).transpose(1, 2))

    def freeze(self, stages: int) -> None:
        """Let the first `stages` keep their weights: 1 is the stem, 2 a ResNet's first group of blocks, too.

        Raises:
            UserError: the network has fewer.
        """
        groups = group_parameters(self.network, self.network.group_matcher(coarse=True), return_values=True)
        if stages > len(groups):
            raise UserError(f"params.yaml: {self.name} has {len(groups)} stages, and {stages} are to be frozen")
        for stage in range(stages):
            for value in groups[stage]:
                value.requires_grad_(False)

    def resizes_from(self, size: int) -> bool:
        """Whether packed pictures of `size` are brought to another size first."""
        return self.own_size is not None and self.own_size != (size, size)

    def tell_resizing(self, size: int) -> None:
        """Say it aloud if they are: enlarged pictures hold no more than they did."""
        if self.own_size is not None and self.resizes_from(size):
            height, width = self.own_size
            print(f"  pictures of {size} px are brought to the {height} x {width} px of {self.name}")

    def tune(self, part: Tune) -> None:
        """Let only `part` of the network learn; layers that do not also keep their batch statistics."""
        learning = {"head": set(), "last_block": self._last_block(), "all": {name for name, _ in self._weights()}}[part]
        for name, weight in self._weights():
            weight.requires_grad_(name in learning)

    def train(self, mode: bool = True) -> "Backbone":
        """As every module's, but frozen layers stay as they are when they predict."""
        super().train(mode)
        for module in self.network.modules():
            weights = list(module.parameters())
            if weights and not any(weight.requires_grad for weight in weights):
                module.eval()
        return self

    def _last_block(self) -> set[str]:
        """The names of the weights from the last stage on: by timm's grouping, the last with more than norms in it."""
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
        UserError: nobody knows the name, the network takes no such size, or the weights cannot be had.
    """
    backbone = Backbone(name, size, pooling)
    if weights == "pretrained":
        fetch = _torchvisions if name.startswith(TORCHVISION) else _timms
        state = fetch(name.removeprefix(TORCHVISION))
        backbone.network.load_state_dict({key: state[key] for key in backbone.network.state_dict()})
    elif weights != "none":
        _load_file(backbone, Path(weights))
    return backbone


def frozen(name: str, weights: str, pooling: Pooling = "average") -> Backbone:
    """As `create`, but never to be trained, and the same for the same arguments: the backbone of pooled features."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(FROZEN_SEED)
        backbone = create(name, weights, pooling=pooling)
    backbone.tune("head")
    return backbone.eval()


def files(weights: str) -> list[Path]:
    """The file that `weights` names, if it names one: a checkpoint depends on what is in it."""
    return [] if weights in ("none", "pretrained") else [Path(weights)]


def _network(name: str) -> nn.Module:
    """The network without pooling and head."""
    try:
        if name.startswith(TORCHVISION):
            return torchvision_networks.create(name.removeprefix(TORCHVISION))
        return timm.create_model(name, pretrained=False, num_classes=0, global_pool="")
    except (RuntimeError, ValueError, AssertionError, TypeError) as error:
        library = "torchvision" if name.startswith(TORCHVISION) else "timm"
        known = [f"{TORCHVISION}{one}" for one in torchvision_networks.names()]
        near = ", ".join(
            difflib.get_close_matches(name, known if library == "torchvision" else timm.list_models(), n=5)
        )
        raise UserError(
            f"params.yaml: {library} makes no backbone {name!r} ({error}); near: {near or 'none'}"
        ) from None


def _load_file(backbone: Backbone, path: Path) -> None:
    """Load a state dict, in safetensors or in torch's format (read as tensors only, whatever else is in it)."""
    if not path.is_file():
        raise UserError(f"params.yaml: there is no file of weights {path}; allowed are none, pretrained or a path")
    try:
        state = timm.models.load_state_dict(str(path), weights_only=True)
    except Exception as error:  # whatever a foreign file makes the two readers raise
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise UserError(
            f"{path}: no file of weights ({type(error).__name__}: {reason}); allowed is a state dict in safetensors or "
            f"torch's format, without code"
        ) from None
    # Files older than torch 0.4.1 lack the counters of batches, which nothing reads here.
    own = {name: one for name, one in backbone.network.state_dict().items() if not name.endswith(COUNTER)}
    if strange := [name for name, value in own.items() if getattr(state.get(name), "shape", None) != value.shape]:
        raise UserError(
            f"{path}: these are not weights of {backbone.name}; {len(strange)} of its {len(own)} tensors are absent "
            f"or of another shape, {strange[0]} among them"
        )
    backbone.network.load_state_dict({name: state[name] for name in own}, strict=False)


def _timms(name: str) -> dict[str, Tensor]:
    """timm's pretrained weights, from the local cache or, if the hub answers at once, fetched."""
    repository = timm.get_pretrained_cfg_value(name, "hf_hub_id")
    if not repository and (url := timm.get_pretrained_cfg_value(name, "url")):
        raise UserError(f"the weights of {name} are on no hub; fetch {url} and set weights to the path of the file")
    if not repository:
        raise UserError(f"there are no pretrained weights of {name}; set weights: none or the path of a file")
    cached = try_to_load_from_cache(repository, "model.safetensors")
    if not isinstance(cached, str) and not weights.answers():
        raise _out_of_reach(name, f"hf download {repository}")
    # Told of the file, timm does not ask the hub whether there is a newer one.
    source = {"file": cached} if isinstance(cached, str) else {}
    network = timm.create_model(name, pretrained=True, num_classes=0, global_pool="", pretrained_cfg_overlay=source)
    return cast(dict[str, Tensor], network.state_dict())


def _torchvisions(name: str) -> dict[str, Tensor]:
    """torchvision's pretrained weights, likewise."""
    url, cached, load = torchvision_networks.pretrained(name)
    if not cached.exists() and not weights.answers(url):
        raise _out_of_reach(f"{TORCHVISION}{name}", f"curl {url} -o {cached}")
    return load()


def _out_of_reach(name: str, command: str) -> UserError:
    return UserError(
        f"the pretrained weights of {name} are not in the local cache and the model hub cannot be reached; "
        f"fetch them once where there is a network ({command}), or set weights: none or the path of a file"
    )
