"""Backbones: any timm network as a function from packed pixels to features.

Each brings its own normalisation, and its own input size where it accepts no other
(a vision transformer; convolutional networks take the packed size as it is).
"""

import difflib
from pathlib import Path
from typing import Any, cast

import timm
import torch
from huggingface_hub import constants, get_session, try_to_load_from_cache
from timm.models import group_parameters
from torch import Tensor, nn
from torch.nn import functional

from stages.common.errors import UserError

SECONDS_TO_ANSWER = 3.0


class Backbone(nn.Module):
    """A timm network that looks at uint8 pixels.

    Attributes:
        name: timm's name of the network.
        channels: size C of a feature.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        # nn.Module types its members Tensor | Module: these are what timm's networks have besides.
        self.network: Any = _network(name)
        # Packed pixels are channels-last already; convolutions on a CPU are a third faster that way.
        self.network = self.network.to(memory_format=torch.channels_last)
        self.channels = int(self.network.num_features)
        config = self.network.pretrained_cfg
        self.own_size = tuple(config["input_size"][1:]) if config.get("fixed_input_size") else None
        self.mean: Tensor
        self.std: Tensor
        for kind in ("mean", "std"):
            self.register_buffer(kind, torch.tensor(config[kind]).view(1, 3, 1, 1) * 255, persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """Features on a grid: uint8 (N, H, W, 3) -> float (N, places, C), places row by row."""
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


def create(name: str, weights: str) -> Backbone:
    """A backbone with its weights: `none` (random, from torch's generator), `pretrained` or a path.

    Raises:
        UserError: timm does not know the name, or the weights cannot be had.
    """
    backbone = Backbone(name)
    if weights == "pretrained":
        backbone.network.load_state_dict(_pretrained(backbone.network.pretrained_cfg, name))
    elif weights != "none":
        _load_file(backbone, Path(weights))
    return backbone


def files(weights: str) -> list[Path]:
    """The file that `weights` names, if it names one: a checkpoint depends on what is in it."""
    return [] if weights in ("none", "pretrained") else [Path(weights)]


def _network(name: str) -> nn.Module:
    """timm's network without pooling and head."""
    try:
        return timm.create_model(name, pretrained=False, num_classes=0, global_pool="")
    except (RuntimeError, ValueError, AssertionError, TypeError) as error:
        near = ", ".join(difflib.get_close_matches(name, timm.list_models(), n=5))
        raise UserError(f"params.yaml: timm makes no backbone {name!r} ({error}); near: {near or 'none'}") from None


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
    own = backbone.network.state_dict()
    if strange := [name for name, value in own.items() if getattr(state.get(name), "shape", None) != value.shape]:
        raise UserError(
            f"{path}: these are not weights of {backbone.name}; {len(strange)} of its {len(own)} tensors are absent "
            f"or of another shape, {strange[0]} among them"
        )
    backbone.network.load_state_dict({name: state[name] for name in own})


def _pretrained(config: dict[str, str], name: str) -> dict[str, Tensor]:
    """timm's pretrained weights, from the local cache or, if the hub answers at once, fetched."""
    repository = config.get("hf_hub_id")
    if not repository:
        raise UserError(f"there are no pretrained weights of {name}; set weights: none or the path of a file")
    cached = try_to_load_from_cache(repository, "model.safetensors")
    if not isinstance(cached, str) and not _hub_answers():
        raise UserError(
            f"the pretrained weights of {name} are not in the local cache and the model hub cannot be reached; "
            f"fetch them once where there is a network (hf download {repository}), or set weights: none or the "
            f"path of a file"
        )
    # Told of the file, timm does not ask the hub whether there is a newer one.
    source = {"file": cached} if isinstance(cached, str) else {}
    network = timm.create_model(name, pretrained=True, num_classes=0, global_pool="", pretrained_cfg_overlay=source)
    return cast(dict[str, Tensor], network.state_dict())


def _hub_answers() -> bool:
    """Ask once, briefly: the hub's own client would retry for a minute without a network."""
    try:
        get_session().head(constants.ENDPOINT, timeout=SECONDS_TO_ANSWER)
    except Exception:  # whatever keeps it from answering, the answer is no
        return False
    return True
