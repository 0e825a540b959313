"""Backbones: normalisation, feature maps, sizes, weights from files and hubs, frozen layers."""

import functools
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models

from stages.common.errors import UserError
from stages.learning import weights
from stages.learning.backbones import Backbone, create, frozen

CNN, VIT, SWIN = "test_resnet", "test_vit", "swin_tiny_patch4_window7_224"
# Seconds; the hub's client retries for a minute, and a slow machine needs a few.
WITHOUT_RETRIES = 30


def pictures(count: int, size: int) -> Tensor:
    return torch.randint(0, 256, (count, size, size, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(4))


def ready(name: str) -> Backbone:
    torch.manual_seed(0)
    return Backbone(name).eval()


def shrink(monkeypatch: pytest.MonkeyPatch, **sizes: Any) -> None:
    """Make timm's networks narrow: millions of random weights take seconds to draw."""
    monkeypatch.setattr(timm, "create_model", functools.partial(timm.create_model, **sizes))


class Trap:
    """An object that creates a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


class TestPixels:
    def test_pixels_are_normalised_as_in_pretraining(self) -> None:
        backbone = ready("resnet10t")
        backbone.network.forward_features = lambda x: x
        pixels = torch.tensor([[[[0, 0, 0], [255, 255, 255]], [[124, 116, 104], [10, 20, 30]]]], dtype=torch.uint8)
        # ImageNet's mean and standard deviation; places row by row.
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        expected = (pixels.view(1, 4, 3) / 255 - mean) / std
        torch.testing.assert_close(backbone(pixels), expected)
        assert expected[0, 0].tolist() == pytest.approx([-2.1179, -2.0357, -1.8044], abs=1e-4)

    def test_the_normalisation_is_the_networks(self) -> None:
        backbone = ready(CNN)
        backbone.network.forward_features = lambda x: x
        pixels = torch.tensor([[[[0, 255, 51]]]], dtype=torch.uint8)
        assert backbone(pixels).flatten().tolist() == pytest.approx([-1, 1, -0.6])

    def test_normalisation_is_not_in_the_state_dict(self) -> None:
        assert not {"mean", "std"} & set(ready(CNN).state_dict())


class TestGrids:
    def test_a_convolutional_network_takes_any_size(self) -> None:
        backbone = ready(CNN)
        assert backbone.channels == 96
        assert not backbone.resizes_from(64)
        for size, places in ((32, 1), (64, 4), (96, 9)):
            assert backbone(pictures(2, size)).shape == (2, places, 96)

    def test_places_are_row_by_row(self) -> None:
        backbone, pixels = ready(CNN), pictures(1, 96)
        grid = backbone.network.forward_features((pixels.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5)  # (1, 96, 3, 3)
        torch.testing.assert_close(backbone(pixels)[0, 5], grid[0, :, 1, 2], rtol=1e-4, atol=1e-5)

    def test_a_vision_transformer_has_a_fixed_size_and_no_class_token_among_the_places(self) -> None:
        backbone, pixels = ready(VIT), pictures(2, 160)
        assert backbone.input_size == (160, 160)
        assert not backbone.resizes_from(160)
        assert backbone.resizes_from(64)
        assert backbone(pictures(2, 64)).shape == (2, 100, 64)
        tokens = backbone.network.forward_features((pixels.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5)
        assert tokens.shape == (2, 101, 64)
        torch.testing.assert_close(backbone(pixels), tokens[:, 1:], rtol=1e-4, atol=1e-5)

    def test_a_picture_of_one_colour_keeps_it_when_resized(self) -> None:
        backbone = ready(VIT)
        backbone.network.forward_features = lambda x: x
        pixels = torch.full((1, 32, 32, 3), 255, dtype=torch.uint8)
        torch.testing.assert_close(backbone(pixels), torch.ones(1, 160 * 160, 3))

    def test_channels_last_networks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shrink(monkeypatch, embed_dim=8, depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1))
        backbone, pixels = ready(SWIN), pictures(1, 224)
        assert backbone.channels == 64
        assert backbone.resizes_from(128)
        features = backbone(pixels)
        assert features.shape == (1, 49, 64)
        x = (pixels.permute(0, 3, 1, 2) - backbone.mean) / backbone.std
        torch.testing.assert_close(features[0, 10], backbone.network.forward_features(x)[0, 1, 3])

    def test_a_network_of_tokens_without_a_prefix(self) -> None:
        backbone = ready("levit_128s")
        assert not hasattr(backbone.network, "num_prefix_tokens")
        assert backbone(pictures(1, 224)).shape == (1, 16, 384)


class TestSizes:
    def test_pictures_are_resized_to_a_given_size(self, capsys: pytest.CaptureFixture[str]) -> None:
        torch.manual_seed(0)
        backbone = Backbone(CNN, size=64).eval()
        assert backbone(pictures(2, 96)).shape == (2, 4, 96)
        backbone.report_resizing(64)
        backbone.report_resizing(96)
        assert capsys.readouterr().out == "  pictures of 96 px are resized to the 64 x 64 px of test_resnet\n"

    def test_a_network_that_takes_one_size_only(self) -> None:
        assert Backbone(VIT, size=160).input_size == (160, 160)
        with pytest.raises(UserError, match=r"test_vit takes pictures of \(160, 160\) px only, not of 64; set size: 0"):
            Backbone(VIT, size=64)


class TestRandomWeights:
    def test_random_weights_come_from_torchs_generator(self) -> None:
        pixels = pictures(1, 64)
        first, again = ready(CNN)(pixels), ready(CNN)(pixels)
        assert torch.equal(first, again)
        torch.manual_seed(1)
        assert not torch.equal(first, create(CNN, "none").eval()(pixels))

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("resnet10", r"has no backbone 'resnet10' \(Unknown model \(resnet10\)\); similar names: resnet10t, "),
            ("?", r"has no backbone '\?' \(Unknown model \(\?\)\); similar names: none$"),
            ("efficientvit_b0", r"has no backbone 'efficientvit_b0' \(Cannot disable pooling\)"),
        ],
    )
    def test_an_unusable_name_is_a_user_error(self, name: str, sentence: str) -> None:
        with pytest.raises(UserError, match=sentence):
            create(name, "none")


class TestFiles:
    @pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_a_state_dict_is_loaded(self, tmp_path: Path, suffix: str, wrapped: bool) -> None:
        torch.manual_seed(9)
        whole = timm.create_model(CNN)  # with a head of 1,000 classes, which is ignored
        state = {name: value.contiguous() for name, value in whole.state_dict().items()}
        path = tmp_path / f"weights{suffix}"
        if suffix == ".safetensors":
            save_file(state, path)
        else:
            torch.save({"state_dict": state} if wrapped else state, path)
        backbone = create(CNN, str(path))
        assert torch.equal(backbone.network.conv1[0].weight, whole.conv1[0].weight)
        assert all(torch.equal(value, state[name]) for name, value in backbone.network.state_dict().items())

    def test_an_old_file_without_counters_of_batches_is_loaded(self, tmp_path: Path) -> None:
        torch.manual_seed(9)
        whole = timm.create_model(CNN)
        state = {name: value for name, value in whole.state_dict().items() if "num_batches_tracked" not in name}
        save_file(state, tmp_path / "old.safetensors")
        loaded = create(CNN, str(tmp_path / "old.safetensors")).network.state_dict()
        assert all(torch.equal(value, state[name]) for name, value in loaded.items() if name in state)

    def test_weights_of_another_network(self, tmp_path: Path) -> None:
        path = tmp_path / "vit.safetensors"
        save_file(timm.create_model(VIT).state_dict(), path)
        with pytest.raises(UserError) as caught:
            create(CNN, str(path))
        count = sum("num_batches_tracked" not in name for name in ready(CNN).network.state_dict())
        assert str(caught.value).startswith(f"{path}: these are not weights of {CNN}; {count} of its {count} tensors")

    def test_weights_of_another_shape(self, tmp_path: Path) -> None:
        state = timm.create_model(CNN).state_dict() | {"conv1.0.weight": torch.zeros(1, 3, 3, 3)}
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


class TestPretrained:
    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """An empty cache, and a hub that refuses connections."""
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
        return tmp_path

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
        assert str(caught.value) == (
            "the pretrained weights of test_resnet are not in the local cache and the model hub cannot be reached; "
            "fetch them once where there is a network (hf download timm/test_resnet.r160_in1k), or set weights: none "
            "or the path of a file"
        )

    def test_a_silent_hub_is_given_up_after_seconds(self, silence: str, monkeypatch: pytest.MonkeyPatch) -> None:
        assert weights.SECONDS_TO_ANSWER <= 4
        monkeypatch.setattr(weights, "SECONDS_TO_ANSWER", 0.2)
        monkeypatch.setattr(constants, "ENDPOINT", silence)
        started = time.monotonic()
        with pytest.raises(UserError, match="the model hub cannot be reached"):
            create(CNN, "pretrained")
        assert 0.2 <= time.monotonic() - started < WITHOUT_RETRIES

    def test_cached_weights_need_no_hub(self, cache: Path) -> None:
        torch.manual_seed(9)
        whole = timm.create_model(CNN)
        repository = cache / "models--timm--test_resnet.r160_in1k"
        (repository / "refs").mkdir(parents=True)
        (repository / "refs" / "main").write_text("abc")
        (repository / "snapshots" / "abc").mkdir(parents=True)
        state = {name: value.contiguous() for name, value in whole.state_dict().items()}
        save_file(state, repository / "snapshots" / "abc" / "model.safetensors")
        started = time.monotonic()
        loaded = create(CNN, "pretrained").network.state_dict()
        assert time.monotonic() - started < WITHOUT_RETRIES
        assert all(torch.equal(value, state[name]) for name, value in loaded.items())

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
    def test_features_equal_those_of_torchvisions_network(self) -> None:
        torch.manual_seed(0)
        backbone, pixels = create("torchvision:resnet18", "none").eval(), pictures(2, 64)
        with torch.device("meta"):  # draws no weights
            whole = models.resnet18()
        whole.load_state_dict(backbone.network.state_dict(), strict=False, assign=True)
        layers = nn.Sequential(*list(whole.eval().children())[:-2])
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        with torch.no_grad():
            grid = layers(((pixels / 255 - mean) / std).permute(0, 3, 1, 2))  # (2, 512, 2, 2)
            features = backbone(pixels)
        assert backbone.channels == 512
        torch.testing.assert_close(features, grid.flatten(2).transpose(1, 2), rtol=1e-4, atol=1e-4)

    def test_a_state_dict_of_torchvision_is_loaded(self, tmp_path: Path) -> None:
        whole = models.mobilenet_v3_small()
        torch.save(whole.state_dict(), tmp_path / "weights.pth")
        backbone = create("torchvision:mobilenet_v3_small", str(tmp_path / "weights.pth"))
        assert torch.equal(backbone.network.features[0][0].weight, whole.features[0][0].weight)

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            (
                "resnet10",
                r"torchvision has no backbone 'torchvision:resnet10' .*; similar names: torchvision:res",
            ),
            ("vit_b_16", r"torchvision has no backbone 'torchvision:vit_b_16' \(not supported; timm has networks of"),
        ],
    )
    def test_an_unusable_name_is_a_user_error(self, name: str, sentence: str) -> None:
        with pytest.raises(UserError, match=sentence):
            create(f"torchvision:{name}", "none")

    def test_pretrained_weights_from_the_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        monkeypatch.setattr(weights, "get_session", _no_network)
        (tmp_path / "checkpoints").mkdir()
        whole = models.squeezenet1_1()
        torch.save(whole.state_dict(), tmp_path / "checkpoints" / "squeezenet1_1-b8a52dc0.pth")
        backbone = create("torchvision:squeezenet1_1", "pretrained")
        assert torch.equal(backbone.network.features[0].weight, whole.features[0].weight)

    def test_pretrained_weights_without_a_network(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        monkeypatch.setattr(weights, "get_session", _no_network)
        with pytest.raises(UserError) as caught:
            create("torchvision:resnet18", "pretrained")
        address = "https://download.pytorch.org/models/resnet18-f37072fd.pth"
        assert str(caught.value) == (
            "the pretrained weights of torchvision:resnet18 are not in the local cache and the model hub cannot be "
            f"reached; fetch them once where there is a network (curl {address} -o "
            f"{tmp_path}/checkpoints/resnet18-f37072fd.pth), or set weights: none or the path of a file"
        )


def _no_network() -> None:
    raise OSError


class TestTuning:
    @pytest.mark.parametrize(
        ("name", "first"),
        [
            (CNN, "layer4.0.conv1.weight"),
            (VIT, "blocks.5.norm1.weight"),
            ("resnet10t", "layer4.0.conv1.weight"),
            ("test_convnext", "stages.3.downsample.0.weight"),
            ("test_efficientnet", "blocks.4.0.conv_pw.weight"),
            ("torchvision:resnet18", "layer4.0.conv1.weight"),
            ("torchvision:swin_t", "features.7.0.norm1.weight"),
            ("torchvision:squeezenet1_1", "features.12.squeeze.weight"),
        ],
    )
    def test_the_last_block(self, name: str, first: str) -> None:
        with torch.device("meta"):  # draws no weights
            backbone = Backbone(name)
        backbone.tune("last_block")
        trained = [name for name, weight in backbone.network.named_parameters() if weight.requires_grad]
        names = [name for name, _ in backbone.network.named_parameters()]
        assert trained == names[names.index(first) :]

    def test_frozen_layers_keep_their_statistics_and_the_last_block_does_not(self) -> None:
        backbone, pixels = ready(CNN), pictures(4, 64)
        backbone.tune("last_block")
        before = {name: value.clone() for name, value in backbone.state_dict().items()}
        backbone.train()(pixels).sum().backward()
        changed = {name for name, value in backbone.state_dict().items() if not torch.equal(value, before[name])}
        assert changed
        assert all(name.startswith("network.layer4.") for name in changed)
        assert all(
            (weight.grad is not None) == name.startswith("layer4.")
            for name, weight in backbone.network.named_parameters()
        )

    def test_head_and_all(self) -> None:
        backbone = ready(CNN)
        backbone.tune("head")
        assert not any(weight.requires_grad for weight in backbone.parameters())
        assert not any(module.training for module in backbone.train().network.modules() if list(module.parameters()))
        backbone.tune("all")
        assert all(weight.requires_grad for weight in backbone.parameters())
        assert all(module.training for module in backbone.train().network.modules())

    def test_a_frozen_backbone_does_not_depend_on_earlier_draws(self) -> None:
        first = frozen(CNN, "none")
        drawn = torch.rand(3)
        again = frozen(CNN, "none")
        assert all(torch.equal(value, again.state_dict()[name]) for name, value in first.state_dict().items())
        assert not first.training
        torch.manual_seed(7)
        left = torch.rand(3)
        torch.manual_seed(7)
        frozen(CNN, "none")
        assert torch.equal(torch.rand(3), left)
        assert drawn.shape == left.shape
