"""Backbones: normalisation, feature maps, pooling, sizes, digests, frozen layers."""

import functools
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision import models

from stages.common.errors import UserError
from stages.common.params import Pooling
from stages.learning.backbones import Backbone, create, frozen
from stages.learning.weights import save_weights

CNN, VIT, SWIN = "test_resnet", "test_vit", "swin_tiny_patch4_window7_224"


def pictures(count: int, size: int) -> Tensor:
    return torch.randint(0, 256, (count, size, size, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(4))


def ready(name: str, seed: int = 0, size: int = 0, pooling: Pooling | None = None) -> Backbone:
    torch.manual_seed(seed)
    return Backbone(name, size, pooling).eval()


def shrink(monkeypatch: pytest.MonkeyPatch, **sizes: Any) -> None:
    """Make timm's networks narrow: millions of random weights take seconds to draw."""
    monkeypatch.setattr(timm, "create_model", functools.partial(timm.create_model, **sizes))


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


class TestPooling:
    @pytest.mark.parametrize("pooling", ["average", "max"])
    def test_a_backbone_with_pooling_has_one_place(self, pooling: Pooling) -> None:
        pixels = pictures(2, 64)
        grid = ready(CNN).network.forward_features((pixels.permute(0, 3, 1, 2) / 255 - 0.5) / 0.5)  # (2, 96, 2, 2)
        expected = grid.mean((2, 3)) if pooling == "average" else grid.amax((2, 3))
        backbone = ready(CNN, pooling=pooling)
        torch.testing.assert_close(backbone(pixels), expected[:, None], rtol=1e-4, atol=1e-5)
        assert backbone.places(pixels).shape == (2, 4, 96)

    @pytest.mark.parametrize("name", [CNN, "tf_efficientnet_lite0", VIT])
    @torch.no_grad()
    def test_stages_are_the_means_and_deviations_of_every_feature_map(self, name: str) -> None:
        backbone = ready(name, pooling="stages")
        pixels = pictures(2, 160)
        maps: list[Tensor] = backbone.network.forward_intermediates(
            (pixels.permute(0, 3, 1, 2) - backbone.mean) / backbone.std, intermediates_only=True
        )
        expected = []
        for each in maps:
            values = each.flatten(2)  # (2, c, places)
            mean = values.mean(2)
            expected += [mean, (values - mean[:, :, None]).square().mean(2).sqrt()]
        vector = backbone(pixels)
        assert vector.shape == (2, 1, backbone.channels)
        torch.testing.assert_close(vector[:, 0], torch.cat(expected, 1), rtol=1e-3, atol=1e-4)
        # One pass yields the same places as without.
        places, pooled = backbone.look(pixels, "stages")
        torch.testing.assert_close(places, backbone.places(pixels))
        torch.testing.assert_close(pooled, vector[:, 0])

    def test_building_one_leaves_batch_statistics_as_they_are(self) -> None:
        backbone = Backbone(CNN, pooling="stages")
        assert backbone.training
        assert all(not int(value) for name, value in backbone.state_dict().items() if name.endswith("batches_tracked"))

    def test_a_network_without_stages_is_refused(self) -> None:
        message = r"^params\.yaml: features\.pooling is stages, but the stages of torchvision:resnet18 cannot be had; "
        with pytest.raises(UserError, match=message):
            Backbone("torchvision:resnet18", pooling="stages")


class TestSizes:
    def test_pictures_are_resized_to_a_given_size(self, capsys: pytest.CaptureFixture[str]) -> None:
        backbone = ready(CNN, size=64)
        assert backbone(pictures(2, 96)).shape == (2, 4, 96)
        backbone.report_resizing(64)
        backbone.report_resizing(96)
        assert capsys.readouterr().out == "  pictures of 96 px are resized to the 64 x 64 px of test_resnet\n"

    def test_a_network_that_takes_one_size_only(self) -> None:
        assert Backbone(VIT, size=160).input_size == (160, 160)
        with pytest.raises(UserError, match=r"test_vit takes pictures of \(160, 160\) px only, not of 64; set size: 0"):
            Backbone(VIT, size=64)


class TestDigests:
    def test_weights_network_and_size_change_the_digest(self) -> None:
        others = [ready(CNN, seed=1), ready(VIT), ready("test_convnext"), ready(CNN, size=32), ready(CNN, size=64)]
        assert len({backbone.digest() for backbone in (ready(CNN), *others)}) == 6

    def test_every_weight_and_statistic_and_the_normalisation_change_it(self) -> None:
        backbone = ready(CNN)
        digests = {backbone.digest()}
        tensors = [backbone.mean, backbone.std, backbone.network.conv1[0].weight, backbone.network.bn1.running_var]
        with torch.no_grad():
            for tensor in tensors:
                tensor.add_(1)
                digests.add(backbone.digest())
        assert len(digests) == 5

    def test_what_no_feature_depends_on_does_not_change_it(self) -> None:
        expected = ready(CNN).digest()
        trained = ready(CNN, pooling="max").train()
        trained.tune("last_block")
        assert trained.digest() == expected
        assert ready(CNN).to(memory_format=torch.contiguous_format).digest() == expected

    def test_a_saved_backbone_has_the_digest_of_the_loaded_one(self, tmp_path: Path) -> None:
        backbone = ready(CNN)
        backbone.train()(pictures(2, 64))  # batch statistics, and a count of the batches
        save_weights(backbone.network, tmp_path / "model.safetensors")
        assert create(CNN, str(tmp_path / "model.safetensors")).digest() == backbone.digest()


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

    def test_none_and_all(self) -> None:
        backbone = ready(CNN)
        backbone.tune("none")
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


class TestFolding:
    @pytest.mark.parametrize(("name", "left"), [("resnet10t", 1), ("efficientnet_lite0", 0), ("test_vit", 0)])
    def test_batch_normalisation_goes_into_convolutions(self, name: str, left: int) -> None:
        backbone = ready(name)
        for layer in _norms(backbone):
            nn.init.normal_(layer.running_mean, 0, 0.1)
            nn.init.uniform_(layer.running_var, 0.5, 2)
        height, _ = backbone.input_size or (96, 96)
        pixels = pictures(2, height)
        with torch.no_grad():
            before = backbone(pixels)
            backbone.fold()
            assert len(_norms(backbone)) == left
            torch.testing.assert_close(backbone(pixels), before, rtol=1e-4, atol=1e-4 * float(before.abs().max()))

    def test_a_network_that_computes_in_another_order_is_left_alone(self) -> None:
        class Crossed(nn.Module):
            """The layer in front of a normalisation is not the one whose output it gets."""

            num_features, pretrained_cfg = 4, ready("resnet10t").network.pretrained_cfg

            def __init__(self) -> None:
                super().__init__()
                self.first, self.second, self.norm = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)

            def forward_features(self, x: Tensor) -> Tensor:
                return self.second(x) + self.norm(self.first(x))

        backbone, pixels = ready("resnet10t"), pictures(1, 32)
        backbone.network = Crossed().eval()
        nn.init.uniform_(backbone.network.norm.running_var, 0.5, 2)
        with torch.no_grad():
            before = backbone(pixels)
            backbone.fold()
            assert len(_norms(backbone)) == 1
            assert torch.equal(backbone(pixels), before)


def _norms(backbone: Backbone) -> list[nn.BatchNorm2d]:
    return [layer for layer in backbone.network.modules() if isinstance(layer, nn.BatchNorm2d)]
