"""What a speaker is handed: nothing, an encoder that has learnt emotions, or features with the encoder behind them."""

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


def _ask(
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


def _learnt(seed: int, size: int = 0) -> Backbone:
    """The backbone of an image classifier that is saved where the stage looks for it."""
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


def _handed() -> encoder.Encoder:
    found = encoder.load()
    assert found is not None
    return found


def test_nothing_is_always_the_same_nothing() -> None:
    contents = []
    for seed, pooling in ((1, "average"), (2, "max")):
        _learnt(seed)
        _ask("sat", pooling=pooling)  # type: ignore[arg-type]
        assert main() == "nothing: the speaker makes its encoder itself"
        contents.append([path.read_bytes() for path in encoder.FILES])
    assert contents[0] == contents[1]
    assert encoder.load() is None


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_features_come_with_the_encoder_behind_them(pooling: Pooling) -> None:
    _ask("merge", pooling=pooling)
    assert main() == "test_resnet of features with the features of 3 pictures"
    handed = _handed()
    assert (handed.backbone, handed.pooling) == ("test_resnet", pooling)
    assert handed.features is not None
    np.testing.assert_array_equal(handed.features, pooled.load()[0])
    behind = backbones.create(handed.backbone, handed.weights, pooling=handed.pooling).eval()
    np.testing.assert_allclose(pool(behind, PIXELS, CPU), handed.features, rtol=1e-5, atol=1e-6)


def test_an_encoder_that_has_learnt_emotions() -> None:
    learnt = _learnt(5)
    _ask("sat", "image_classifier")
    assert main() == "test_resnet of image_classifier"
    handed = _handed()
    assert (handed.backbone, handed.pooling, handed.features) == ("test_resnet", None, None)
    found = backbones.create(handed.backbone, handed.weights).state_dict()
    assert all(torch.equal(found[name], value) for name, value in learnt.state_dict().items())


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_its_features_are_computed_of_pictures_as_they_are_packed(pooling: Pooling) -> None:
    # The classifier looked at smaller ones; the speaker does not.
    learnt = _learnt(5, size=32)
    _ask("merge", "image_classifier", pooling=pooling)
    assert main() == "test_resnet of image_classifier with the features of 3 pictures"
    x = (torch.from_numpy(PIXELS).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    with torch.no_grad():
        grid = learnt.network.forward_features(x)  # (3, 96, 2, 2)
    expected = grid.mean((2, 3)) if pooling == "average" else grid.amax((2, 3))
    np.testing.assert_allclose(_handed().features, expected, rtol=1e-4, atol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"tune": "head"}, "image_classifier.tune is head, which teaches no encoder; set it to last_block or all"),
        (
            {"backbone": "resnet10t"},
            "image_classifier.backbone is test_resnet and speaker.backbone resnet10t; give both the same",
        ),
    ],
)
def test_an_encoder_that_cannot_be_had_is_one_sentence(wish: dict[str, str], sentence: str) -> None:
    _learnt(5)
    _ask("sat", "image_classifier", **wish)  # type: ignore[arg-type]
    told = f"params.yaml: speaker.weights is image_classifier, but {sentence}"
    with pytest.raises(UserError, match=f"^{re.escape(told)}$"):
        main()


def test_features_of_other_weights_are_named() -> None:
    _ask("merge")
    pooled.save(pooled.load()[0] + 1, INDEX)
    with pytest.raises(UserError, match=r"^data/features/pooled.npy: not the features that test_resnet computes with"):
        main()
