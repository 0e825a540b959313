"""Weights of networks: from installed packages, caches, hubs and files; refused where they are another network's."""

import hashlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from huggingface_hub import constants
from PIL import Image, ImageOps
from safetensors.torch import save_file
from timm.data import ImageNetInfo
from torch import Tensor
from torch.nn import functional
from torchvision import models

from stages.common.errors import UserError
from stages.learning import pretrained
from stages.learning.backbones import Backbone, create, frozen
from stages.learning.pretrained import PACKAGES, RANDOM, Origin, Package, read_tensors, renamed

CNN, VIT, LITE = "test_resnet", "test_vit", "tf_efficientnet_lite0"
# Seconds; the hub's client retries for a minute, and a slow machine needs a few.
WITHOUT_RETRIES = 30
PAINTINGS = Path(__file__).parents[3] / "shared/paintings/images"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def whole(name: str = CNN, seed: int = 9) -> dict[str, Tensor]:
    """The state dict of a network with its head of 1,000 classes, which is ignored."""
    torch.manual_seed(seed)
    return {key: value.contiguous() for key, value in timm.create_model(name).state_dict().items()}


def test_random_weights_have_no_file() -> None:
    assert create(CNN, "none").origin == RANDOM == Origin("random", "")


@pytest.fixture(scope="module")
def installed() -> Path:
    """The file of the package that the project installs."""
    package = PACKAGES[LITE]
    return Path(str(distribution(package.name).locate_file(package.file)))


@pytest.fixture(scope="module")
def state(installed: Path) -> dict[str, Tensor]:
    """Its tensors by timm's names."""
    return renamed(read_tensors(installed), LITE, installed)


class TestInstalled:
    """The package that the project installs, tried on paintings."""

    def test_the_file_is_the_one_that_was_tried(self, installed: Path, state: dict[str, Tensor]) -> None:
        assert digest(installed) == "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
        assert len(state) == 296
        # Variances, and not means of the same shape, stand where timm has variances.
        assert all((value >= 0).all() for key, value in state.items() if key.endswith("running_var"))

    def test_renaming_draws_no_random_numbers(self, installed: Path, state: dict[str, Tensor]) -> None:
        torch.manual_seed(3)
        before = torch.get_rng_state()
        again = renamed(read_tensors(installed), LITE, installed)
        assert torch.equal(torch.get_rng_state(), before)
        assert all(
            value.device == torch.device("cpu") and torch.equal(value, state[key]) for key, value in again.items()
        )

    @pytest.mark.parametrize("name", [LITE, f"{LITE}.in1k"])
    def test_a_backbone_says_that_its_weights_are_the_packages(self, name: str, installed: Path) -> None:
        package = PACKAGES[LITE]
        source = f"package {package.name} {distribution(package.name).version}"
        assert create(name, "pretrained").origin == Origin(source, digest(installed))

    def test_all_weights_of_the_backbone_are_the_packages(self, state: dict[str, Tensor]) -> None:
        loaded = create(LITE, "pretrained").network.state_dict()
        assert set(state) - set(loaded) == {"classifier.weight", "classifier.bias"}
        assert all(torch.equal(value, state[key]) for key, value in loaded.items())

    @pytest.mark.skipif(not PAINTINGS.is_dir(), reason="needs ../shared/paintings")
    def test_the_network_names_what_is_in_paintings(self, state: dict[str, Tensor]) -> None:
        # Measured with timm's whole network.
        shown = {
            "camille-corot_the-piazzetta": "palace",
            "joseph-mallord-william-turner_dutch-boats": "schooner",
            "hans-holbein-the-younger_portrait-of-erasmus": "fur coat",
            "leonardo-da-vinci_the-last-supper": "vault",
            "frederic-edwin-church_heart-of-the-andes": "valley",
        }
        pixels = torch.from_numpy(np.stack([_square(next(PAINTINGS.glob(f"{name}*"))) for name in shown]))
        info = ImageNetInfo()
        likeliest = _logits(pixels, state).argmax(1).tolist()
        names = [info.index_to_description(number).partition(",")[0] for number in likeliest]
        assert dict(zip(shown, names, strict=True)) == shown

    def test_a_backbone_is_timms_network_up_to_its_classifier(self, state: dict[str, Tensor]) -> None:
        network = timm.create_model(LITE).eval()
        network.load_state_dict(state)
        mean, std = (torch.tensor(network.pretrained_cfg[kind]) for kind in ("mean", "std"))
        assert network.pretrained_cfg["input_size"] == (3, 224, 224)
        pixels = torch.randint(0, 256, (2, 224, 224, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(4))
        with torch.inference_mode():
            expected = network(((pixels / 255 - mean) / std).permute(0, 3, 1, 2))
        torch.testing.assert_close(_logits(pixels, state), expected, rtol=1e-4, atol=1e-4)


def _logits(pixels: Tensor, state: dict[str, Tensor]) -> Tensor:
    """ImageNet's classes by the pretrained backbone and the classifier of `state`: uint8 (N, S, S, 3) -> (N, 1000)."""
    with torch.inference_mode():
        features = frozen(LITE, "pretrained").places(pixels).mean(1)  # (N, 1280)
        return functional.linear(features, state["classifier.weight"], state["classifier.bias"])


def _square(path: Path) -> np.ndarray:
    """The central square of a picture, uint8 (224, 224, 3)."""
    with Image.open(path) as picture:
        return np.asarray(ImageOps.fit(picture.convert("RGB"), (224, 224), Image.Resampling.BICUBIC))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an empty cache, and a hub that refuses connections."""
    folder = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    return folder


def fill(cache: Path, state: dict[str, Tensor]) -> Path:
    """Put weights of `CNN` into the cache of the hub; returns their file."""
    repository = cache / "models--timm--test_resnet.r160_in1k"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    path = repository / "snapshots" / "abc" / "model.safetensors"
    path.parent.mkdir(parents=True)
    save_file(state, path)
    return path


# The end of a message about the file of the small package.
AGAIN = "install the package tiny-weights again"


class TestPackages:
    """A small package beside the installed ones, whose tensors have other names."""

    @pytest.fixture
    def path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: Path) -> Path:
        """The file of the package, which holds nothing yet."""
        packages = tmp_path / "site-packages"
        (packages / "tiny_weights-1.2.dist-info").mkdir(parents=True)
        metadata = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.2\n"
        (packages / "tiny_weights-1.2.dist-info" / "METADATA").write_text(metadata)
        monkeypatch.setattr(sys, "path", [str(packages), *sys.path])
        monkeypatch.setitem(PACKAGES, CNN, Package("tiny-weights", "tiny/weights.pth"))
        (packages / "tiny").mkdir()
        return packages / "tiny" / "weights.pth"

    def test_tensors_go_by_their_order(self, path: Path) -> None:
        state = whole()
        torch.save(_other_names(state), path)
        backbone = create(CNN, "pretrained")
        loaded = backbone.network.state_dict()
        assert loaded
        assert all(torch.equal(value, state[key]) for key, value in loaded.items())
        assert backbone.origin == Origin("package tiny-weights 1.2", digest(path))

    def test_a_package_goes_before_the_cache(self, path: Path, hub: Path) -> None:
        torch.save(_other_names(whole(seed=1)), path)
        fill(hub, whole(seed=2))
        assert create(CNN, "pretrained").origin.source == "package tiny-weights 1.2"

    def test_a_package_of_other_weights_of_the_network_does_not_count(self, path: Path, hub: Path) -> None:
        torch.save(_other_names(whole(seed=1)), path)
        cached = fill(hub, whole(seed=2))
        origin = create(f"{CNN}.r160_in1k", "pretrained").origin
        assert origin == Origin("hub timm/test_resnet.r160_in1k", digest(cached))

    def test_without_the_package_weights_come_from_the_cache(self, monkeypatch: pytest.MonkeyPatch, hub: Path) -> None:
        monkeypatch.setitem(PACKAGES, CNN, Package("not-installed-anywhere", "weights.pth"))
        state = whole()
        cached = fill(hub, state)
        backbone = create(CNN, "pretrained")
        assert backbone.origin == Origin("hub timm/test_resnet.r160_in1k", digest(cached))
        assert all(torch.equal(value, state[key]) for key, value in backbone.network.state_dict().items())

    def test_without_package_and_cache_the_hub_is_asked(self, monkeypatch: pytest.MonkeyPatch, hub: Path) -> None:
        monkeypatch.setitem(PACKAGES, CNN, Package("not-installed-anywhere", "weights.pth"))
        with pytest.raises(UserError, match="weights of test_resnet are not in the local cache and the model hub"):
            create(CNN, "pretrained")

    def test_weights_of_another_network(self, path: Path) -> None:
        torch.save(whole(VIT), path)
        with pytest.raises(UserError) as caught:
            create(CNN, "pretrained")
        first, other = next(iter(whole())), next(iter(whole(VIT)))
        assert _one_line(caught).startswith(f"{path}: not the weights of {CNN}: where it has {first} (")
        assert str(caught.value).endswith(f"the file has {other}; {AGAIN}")

    def test_a_file_that_is_cut_off(self, path: Path) -> None:
        torch.save(_other_names(whole()), path)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(UserError) as caught:
            create(CNN, "pretrained")
        assert _one_line(caught).startswith(f"{path}: not a weights file (")
        assert str(caught.value).endswith(f"; {AGAIN}")

    def test_a_tensor_too_many(self, path: Path) -> None:
        torch.save(_other_names(whole()) | {"other.9.weight": torch.zeros(3), "other.10.bias": torch.zeros(3)}, path)
        with pytest.raises(UserError) as caught:
            create(CNN, "pretrained")
        assert _one_line(caught) == f"{path}: 2 tensors more than {CNN} has; {AGAIN}"

    def test_a_tensor_too_few(self, path: Path) -> None:
        state = _other_names(whole())
        state.popitem()
        torch.save(state, path)
        with pytest.raises(UserError) as caught:
            create(CNN, "pretrained")
        assert _one_line(caught).startswith(f"{path}: not the weights of {CNN}: where it has fc.bias (1000,)")
        assert str(caught.value).endswith(f"; {AGAIN}")

    @pytest.mark.parametrize(("name", "shape"), [("other.0.weight", (3,)), ("other.0.bias", None)])
    def test_a_tensor_of_another_shape_or_kind(self, path: Path, name: str, shape: tuple[int, ...] | None) -> None:
        state = list(_other_names(whole()).items())
        tensor = state[0][1] if shape is None else torch.zeros(shape)
        torch.save(dict([(name, tensor), *state[1:]]), path)
        with pytest.raises(UserError) as caught:
            create(CNN, "pretrained")
        first, value = next(iter(whole().items()))
        assert _one_line(caught).startswith(
            f"{path}: not the weights of {CNN}: where it has {first} {tuple(value.shape)}"
        )
        assert str(caught.value).endswith(f"the file has {name}; {AGAIN}")

    def test_two_tensors_that_changed_places(self, path: Path) -> None:
        state = list(_other_names(whole()).items())
        mean = next(number for number, (key, _) in enumerate(state) if key.endswith("running_mean"))
        state[mean : mean + 2] = state[mean : mean + 2][::-1]
        torch.save(dict(state), path)
        with pytest.raises(UserError, match=f"where it has .*running_mean .* the file has {state[mean][0]}"):
            create(CNN, "pretrained")

    def test_an_installed_package_without_its_file(self, path: Path) -> None:
        with pytest.raises(UserError) as caught:
            create(CNN, "pretrained")
        assert _one_line(caught).startswith(f"{path}: ")
        assert str(caught.value).endswith("package tiny-weights is missing; install the package again")


def _other_names(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors in the same order; only the last part of each name stays."""
    return {f"other.{number}.{key.rpartition('.')[2]}": value for number, (key, value) in enumerate(state.items())}


def _one_line(caught: pytest.ExceptionInfo[UserError]) -> str:
    """The message of an error, which has no line break."""
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.usefixtures("hub")
class TestHub:
    """Networks of timm that no package brings."""

    @pytest.fixture
    def silence(self) -> Iterator[str]:
        """A server that accepts connections and never answers."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"

    def test_an_unreachable_hub_is_a_user_error_at_once(self) -> None:
        started = time.monotonic()
        with pytest.raises(UserError) as caught:
            create(CNN, "pretrained")
        assert time.monotonic() - started < WITHOUT_RETRIES
        # Three ways out: fetch them, name a file, take the backbone whose weights a package brings.
        message = _one_line(caught)
        assert message.startswith("the pretrained weights of test_resnet are not in the local cache and the model hub ")
        assert "hf download timm/test_resnet.r160_in1k" in message
        assert "set weights to the path of a file" in message
        assert message.endswith(f"take the backbone {LITE}, whose weights the package {PACKAGES[LITE].name} brings")

    @pytest.mark.parametrize("name", [LITE, f"{LITE}.in1k"])
    def test_the_third_way_to_weights_of_a_package_is_that_package(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        package = PACKAGES[LITE].name

        def absent(_: str) -> Distribution:
            raise PackageNotFoundError

        monkeypatch.setattr(pretrained, "distribution", absent)
        with pytest.raises(UserError) as caught:
            create(name, "pretrained")
        message = _one_line(caught)
        assert message.startswith(f"the pretrained weights of {name} are not in the local cache and the model hub ")
        assert message.endswith(f"or install the package {package}, which brings them")

    def test_a_silent_hub_is_given_up_after_seconds(self, silence: str, monkeypatch: pytest.MonkeyPatch) -> None:
        assert pretrained.SECONDS_TO_ANSWER <= 4
        monkeypatch.setattr(pretrained, "SECONDS_TO_ANSWER", 0.2)
        monkeypatch.setattr(constants, "ENDPOINT", silence)
        started = time.monotonic()
        with pytest.raises(UserError, match="the model hub cannot be reached"):
            create(CNN, "pretrained")
        assert 0.2 <= time.monotonic() - started < WITHOUT_RETRIES

    def test_cached_weights_need_no_hub(self, hub: Path) -> None:
        state = whole()
        cached = fill(hub, state)
        started = time.monotonic()
        backbone = create(CNN, "pretrained")
        assert time.monotonic() - started < WITHOUT_RETRIES
        assert all(torch.equal(value, state[name]) for name, value in backbone.network.state_dict().items())
        assert backbone.origin == Origin("hub timm/test_resnet.r160_in1k", digest(cached))

    def test_weights_that_are_not_on_the_hub(self) -> None:
        with pytest.raises(UserError) as caught:
            create("legacy_xception.tf_in1k", "pretrained")
        assert str(caught.value).startswith("the weights of legacy_xception.tf_in1k are not on the hub; fetch https://")
        assert "/xception-43020ad28.pth and set weights to " in str(caught.value)

    def test_a_network_without_pretrained_weights(self) -> None:
        with pytest.raises(UserError) as caught:
            create("test_vit_relpos", "pretrained")
        message = "there are no pretrained weights of test_vit_relpos; set weights: none or the path of a file"
        assert str(caught.value) == message


class TestTorchvision:
    def test_pretrained_weights_from_the_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        monkeypatch.setattr(pretrained, "get_session", _no_network)
        cached = tmp_path / "checkpoints" / "squeezenet1_1-b8a52dc0.pth"
        cached.parent.mkdir()
        network = models.squeezenet1_1()
        torch.save(network.state_dict(), cached)
        backbone = create("torchvision:squeezenet1_1", "pretrained")
        assert torch.equal(backbone.network.features[0].weight, network.features[0].weight)
        address = "https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth"
        assert backbone.origin == Origin(address, digest(cached))

    def test_pretrained_weights_without_a_network(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        monkeypatch.setattr(pretrained, "get_session", _no_network)
        with pytest.raises(UserError) as caught:
            create("torchvision:resnet18", "pretrained")
        address = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
        message = _one_line(caught)
        assert message.startswith("the pretrained weights of torchvision:resnet18 are not in the local cache and the ")
        assert f"curl {address} -o {tmp_path}/checkpoints/resnet18-f37072fd.pth" in message
        assert "set weights to the path of a file" in message
        assert message.endswith(f"take the backbone {LITE}, whose weights the package {PACKAGES[LITE].name} brings")


class Trap:
    """An object that creates a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


class TestFiles:
    @pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_a_state_dict_is_loaded(self, tmp_path: Path, suffix: str, wrapped: bool) -> None:
        state = whole()
        path = tmp_path / f"weights{suffix}"
        if suffix == ".safetensors":
            save_file(state, path)
        else:
            torch.save({"state_dict": state} if wrapped else state, path)
        backbone = create(CNN, str(path))
        assert torch.equal(backbone.network.conv1[0].weight, state["conv1.0.weight"])
        assert all(torch.equal(value, state[name]) for name, value in backbone.network.state_dict().items())
        assert backbone.origin == Origin(str(path), digest(path))

    def test_an_old_file_without_counters_of_batches_is_loaded(self, tmp_path: Path) -> None:
        state = {name: value for name, value in whole().items() if "num_batches_tracked" not in name}
        save_file(state, tmp_path / "old.safetensors")
        loaded = create(CNN, str(tmp_path / "old.safetensors")).network.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in loaded.items() if name in state)

    def test_weights_of_another_network(self, tmp_path: Path) -> None:
        path = tmp_path / "vit.safetensors"
        save_file(whole(VIT), path)
        with pytest.raises(UserError) as caught:
            create(CNN, str(path))
        count = sum("num_batches_tracked" not in name for name in Backbone(CNN).network.state_dict())
        assert str(caught.value).startswith(f"{path}: these are not weights of {CNN}; {count} of its {count} tensors")

    def test_weights_of_another_shape(self, tmp_path: Path) -> None:
        state = whole() | {"conv1.0.weight": torch.zeros(1, 3, 3, 3)}
        torch.save(state, tmp_path / "other.pth")
        with pytest.raises(UserError, match=r"; 1 of its \d+ tensors are absent .* conv1.0.weight among them"):
            create(CNN, str(tmp_path / "other.pth"))

    @pytest.mark.parametrize("name", ["text.pth", "text.safetensors", "tensor.pth"])
    def test_another_file_is_a_user_error(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        if name == "tensor.pth":
            torch.save(torch.zeros(3), path)
        else:
            path.write_text("no weights")
        with pytest.raises(UserError) as caught:
            create(CNN, str(path))
        assert str(caught.value).startswith(f"{path}: not a weights file (")
        assert "\n" not in str(caught.value)

    def test_loading_weights_runs_no_code(self, tmp_path: Path) -> None:
        torch.save({"conv1.0.weight": Trap(tmp_path / "sprung")}, tmp_path / "trap.pth")
        with pytest.raises(UserError, match=r"trap.pth: not a weights file .*weights.only"):
            create(CNN, str(tmp_path / "trap.pth"))
        assert not (tmp_path / "sprung").exists()

    @pytest.mark.parametrize("path", ["absent.pth", "pretraind", "."])
    def test_an_absent_file_is_a_user_error(self, path: str) -> None:
        with pytest.raises(UserError) as caught:
            create(CNN, path)
        message = f"params.yaml: there is no weights file {path}; allowed are none, pretrained or a path"
        assert str(caught.value) == message


def _no_network() -> None:
    raise OSError
