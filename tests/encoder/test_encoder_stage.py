"""The image classifier's backbone, handed to a speaker that asks for it: weights, and features if it stays frozen."""

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
from stages.features import store
from stages.image_classifier.classifier import ImageClassifier
from stages.image_classifier.classifier import save as save_classifier
from stages.images import packed
from stages.learning import backbones
from stages.learning.backbones import Backbone

PIXELS = np.random.default_rng(6).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
INDEX = pd.DataFrame({"art_style": ["Cubism"] * 3, "painting": ["a", "b", "c"]})
PARAMS = """device: cpu
features: {{backbone: test_vit, weights: none, pooling: {pooling}, places: {places}}}
image_classifier: {{tune: {classifier_tune}}}
speaker: {{tune: {tune}, backbone: {backbone}, weights: {weights}}}
"""
# A grid of 2 x 2 places.
WITH_FEATURES = "test_resnet of the image classifier, and 4 places of each of 3 pictures"


def configure(
    tune: str,
    weights: str = encoder.IMAGE_CLASSIFIER,
    *,
    backbone: str = "test_resnet",
    classifier_tune: str = "all",
    pooling: Pooling = "average",
    places: str = "true",
) -> None:
    values = {"tune": tune, "weights": weights, "backbone": backbone, "classifier_tune": classifier_tune}
    Path("params.yaml").write_text(PARAMS.format(**values, pooling=pooling, places=places), encoding="utf-8")


def trained(seed: int, size: int = 0) -> Backbone:
    """Save an image classifier, with statistics of an update, where the stage reads it; returns its backbone."""
    torch.manual_seed(seed)
    model = ImageClassifier(Backbone("test_resnet", size))
    model.train()(torch.from_numpy(PIXELS))
    save_classifier(model.eval(), 64, "squash")
    return model.backbone


def grid_of(backbone: Backbone) -> np.ndarray:
    """The feature maps of PIXELS at the packed size, by the plain network: float32 (3, 96, 2, 2)."""
    x = (torch.from_numpy(PIXELS).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
    with torch.no_grad():
        grid: np.ndarray = backbone.network.forward_features(x).numpy()
    return grid


def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in encoder.FOLDER.iterdir()}


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    _, digest = packed.save_pixels(iter(PIXELS), 64)
    packed.save_index(INDEX.assign(digest="d"), [None] * 3, "squash", digest)
    return tmp_path


@pytest.mark.parametrize("weights", ["none", "pretrained", "weights.pth"])
@pytest.mark.parametrize("tune", ["none", "last_block", "all"])
def test_for_every_other_speaker_the_files_are_the_same_bytes(tune: str, weights: str) -> None:
    configure("none", "none")
    assert main() == "empty: the speaker does not use the image classifier's backbone"
    empty = files()
    assert set(empty) == {"index.parquet", "model.safetensors", "places.npy", "pooled.npy"}
    # Neither the classifier nor what the stage wrote before shows.
    trained(1)
    configure("none")
    main()
    assert files() != empty
    configure(tune, weights, pooling="max", places="false", classifier_tune="none", backbone="test_vit")
    main()
    assert files() == empty


def test_without_an_image_classifier_the_stage_is_empty() -> None:
    configure("all", "pretrained")
    main()
    assert len(store.load(encoder.FOLDER).pooled) == 0


def test_the_empty_files_have_no_backbone() -> None:
    configure("all", "pretrained")
    main()
    message = r"^data/encoder/model\.safetensors: empty, but speaker\.weights is image_classifier; `dvc repro encoder`"
    with pytest.raises(UserError, match=message):
        encoder.name()
    trained(1)
    configure("all")
    main()
    assert encoder.name() == "test_resnet"


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_a_frozen_backbone_comes_with_its_features(pooling: Pooling) -> None:
    backbone = trained(5)
    configure("none", pooling=pooling)
    assert main() == WITH_FEATURES
    features, grid = store.load(encoder.FOLDER), grid_of(backbone)
    expected = grid.mean((2, 3)) if pooling == "average" else grid.max((2, 3))
    np.testing.assert_allclose(features.pooled, expected, rtol=1e-5, atol=1e-6)
    # Rounded to float16, which has 11 significant bits.
    places = grid.transpose(0, 2, 3, 1).reshape(3, 4, 96)
    np.testing.assert_allclose(features.places, places, rtol=1.01 * 2**-11, atol=1e-5)
    assert features.origin["pooling"] == pooling
    assert features.index["painting"].tolist() == ["a", "b", "c"]


def test_a_speaker_recognises_the_features_as_those_of_the_backbone() -> None:
    trained(5)
    configure("none")
    main()
    backbone = backbones.frozen(encoder.name(), str(encoder.WEIGHTS))
    features = store.load(encoder.FOLDER)
    features.check(pixels=packed.load().digest, encoder=backbone.digest(), backbone=backbone.name, pooling="average")


def test_a_frozen_backbone_may_be_another_than_the_one_to_tune() -> None:
    trained(5)
    configure("none", backbone="resnet10t")
    assert main() == WITH_FEATURES
    assert encoder.name() == "test_resnet"


def test_features_without_places() -> None:
    trained(5)
    configure("none", places="false")
    main()
    features = store.load(encoder.FOLDER)
    assert (len(features.pooled), len(features.places)) == (3, 0)


@pytest.mark.parametrize("tune", ["last_block", "all"])
def test_a_backbone_to_tune_comes_as_weights_only(tune: str) -> None:
    backbone = trained(5)
    configure(tune)
    assert main() == "test_resnet of the image classifier"
    assert encoder.name() == "test_resnet"
    features = store.load(encoder.FOLDER)
    assert (len(features.pooled), len(features.places), len(features.index)) == (0, 0, 0)
    values = dict(backbones.create(encoder.name(), str(encoder.WEIGHTS)).network.named_parameters())
    assert all(torch.equal(values[name], value) for name, value in backbone.network.named_parameters())


def test_features_are_those_of_pictures_of_the_packed_size() -> None:
    # The classifier resizes pictures; the speaker does not.
    backbone = trained(5, size=32)
    configure("none")
    assert main() == WITH_FEATURES
    expected = grid_of(backbone).mean((2, 3))
    np.testing.assert_allclose(store.load(encoder.FOLDER).pooled, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("tune", ["none", "all"])
def test_two_runs_write_the_same_bytes(tune: str) -> None:
    trained(5)
    configure(tune)
    main()
    first = files()
    main()
    assert files() == first


@pytest.mark.parametrize("tune", ["none", "last_block", "all"])
def test_a_classifier_without_a_backbone_of_its_own_is_an_error(tune: str) -> None:
    trained(5)
    configure(tune, classifier_tune="none")
    with pytest.raises(UserError) as caught:
        main()
    message = str(caught.value)
    assert message.startswith("params.yaml: speaker.weights is image_classifier, but image_classifier.tune is none")
    assert re.search("set image_classifier.tune to last_block or all, or speaker.weights to", message)
    assert "\n" not in message


@pytest.mark.parametrize("tune", ["last_block", "all"])
def test_another_backbone_to_tune_is_an_error(tune: str) -> None:
    trained(5)
    configure(tune, backbone="resnet10t")
    message = "image_classifier.backbone is test_resnet and speaker.backbone resnet10t; set both to the same network"
    with pytest.raises(UserError, match=re.escape(f"params.yaml: speaker.weights is image_classifier, but {message}")):
        main()
