"""The encoder prepared for a speaker: none, the image classifier's, or a frozen one with its features."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from stages.common.errors import UserError
from stages.common.params import Pooling
from stages.encoder import encoder
from stages.encoder.__main__ import main
from stages.features import pooled
from stages.features.pooling import pool
from stages.image_classifier.classifier import ImageClassifier
from stages.image_classifier.classifier import save as save_classifier
from stages.images import packed
from stages.learning import backbones
from stages.learning.backbones import Backbone, frozen

CPU = torch.device("cpu")
PIXELS = np.random.default_rng(6).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
INDEX = pd.DataFrame({"art_style": ["Cubism"] * 3, "painting": ["a", "b", "c"]})
PARAMS = """device: cpu
features: {{backbone: test_resnet, weights: none, pooling: {pooling}}}
image_classifier: {{tune: {tune}}}
speaker: {{arch: {arch}, backbone: {backbone}, weights: {weights}}}
"""


def _configure(
    arch: str,
    weights: str = "none",
    *,
    pooling: Pooling = "average",
    tune: str = "all",
    backbone: str = "test_resnet",
) -> None:
    text = PARAMS.format(arch=arch, weights=weights, pooling=pooling, tune=tune, backbone=backbone)
    Path("params.yaml").write_text(text, encoding="utf-8")
    pooled.save(pool(frozen("test_resnet", "none", pooling), PIXELS, CPU), INDEX)


def _save_classifier(seed: int, size: int = 0) -> Backbone:
    """Save an image classifier where the stage reads it; returns its backbone."""
    torch.manual_seed(seed)
    model = ImageClassifier(Backbone("test_resnet", size)).eval()
    save_classifier(model, 64, "squash")
    return model.backbone


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    _, digest = packed.save_pixels(iter(PIXELS), 64)
    packed.save_index(INDEX.assign(digest="d"), [None] * 3, "squash", digest)
    return tmp_path


def _prepared() -> encoder.Encoder:
    prepared = encoder.load()
    assert prepared is not None
    return prepared


def test_without_an_encoder_the_files_are_always_the_same_bytes() -> None:
    contents = []
    for seed, pooling in ((1, "average"), (2, "max")):
        _save_classifier(seed)
        _configure("sat", pooling=pooling)  # type: ignore[arg-type]
        assert main() == "empty: the speaker makes its encoder itself"
        contents.append([path.read_bytes() for path in encoder.FILES])
    assert contents[0] == contents[1]
    assert encoder.load() is None


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_features_come_with_their_encoder(pooling: Pooling) -> None:
    _configure("merge", pooling=pooling)
    assert main() == "test_resnet of features and the features of 3 pictures"
    prepared = _prepared()
    assert (prepared.backbone, prepared.pooling) == ("test_resnet", pooling)
    assert prepared.features is not None
    np.testing.assert_array_equal(prepared.features, pooled.load()[0])
    backbone = backbones.create(prepared.backbone, prepared.weights, pooling=prepared.pooling).eval()
    np.testing.assert_allclose(pool(backbone, PIXELS, CPU), prepared.features, rtol=1e-5, atol=1e-6)


def test_the_encoder_of_the_image_classifier() -> None:
    trained = _save_classifier(5)
    _configure("sat", "image_classifier")
    assert main() == "test_resnet of image_classifier"
    prepared = _prepared()
    assert (prepared.backbone, prepared.pooling, prepared.features) == ("test_resnet", None, None)
    state = backbones.create(prepared.backbone, prepared.weights).state_dict()
    assert all(torch.equal(state[name], value) for name, value in trained.state_dict().items())


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_its_features_are_those_of_pictures_of_the_packed_size(pooling: Pooling) -> None:
    # The classifier resizes pictures; the speaker does not.
    trained = _save_classifier(5, size=32)
    _configure("merge", "image_classifier", pooling=pooling)
    assert main() == "test_resnet of image_classifier and the features of 3 pictures"
    x = (torch.from_numpy(PIXELS).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    with torch.no_grad():
        grid = trained.network.forward_features(x)  # (3, 96, 2, 2)
    expected = grid.mean((2, 3)) if pooling == "average" else grid.amax((2, 3))
    np.testing.assert_allclose(_prepared().features, expected, rtol=1e-4, atol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tune": "head"}, "image_classifier.tune is head, which trains no backbone; set it to last_block or all"),
        (
            {"backbone": "resnet10t"},
            "image_classifier.backbone is test_resnet and speaker.backbone resnet10t; set both to the same network",
        ),
    ],
)
def test_an_unusable_image_classifier_is_an_error(changed: dict[str, str], message: str) -> None:
    _save_classifier(5)
    _configure("sat", "image_classifier", **changed)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=re.escape(f"params.yaml: speaker.weights is image_classifier, but {message}")):
        main()


def test_features_of_other_weights_are_an_error() -> None:
    _configure("merge")
    pooled.save(pooled.load()[0] + 1, INDEX)
    with pytest.raises(UserError, match=r"^data/features/pooled.npy: not the features that test_resnet computes with"):
        main()
