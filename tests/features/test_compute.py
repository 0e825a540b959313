"""Features of all pictures: equal to the network's, in any batches, and no half of them on a full disk."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from stages.common.errors import UserError
from stages.common.params import Pooling
from stages.features import looking, store
from stages.features.compute import compute
from stages.features.store import Features
from stages.images.packed import Packed
from stages.learning.backbones import Backbone

CPU = torch.device("cpu")
PIXELS = np.random.default_rng(6).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
INDEX = pd.DataFrame({"art_style": ["Cubism"] * 4 + ["null"], "painting": ["a", "b", "c", "d", "nan"]})
IMAGES = Packed(PIXELS, INDEX, "squash", "digest of the pictures")
# A grid of 2 x 2 places with 96 channels. Places are float16, vectors float32.
PLACES, CHANNELS = 4, 96
BYTES_OF_PLACES, BYTES_OF_VECTORS = 5 * PLACES * CHANNELS * 2, 5 * CHANNELS * 4
# Rounding to float16, which has 11 significant bits.
HALF = 2**-11


def backbone(seed: int = 0, name: str = "test_resnet", size: int = 0) -> Backbone:
    torch.manual_seed(seed)
    return Backbone(name, size).eval()


def computed(
    folder: Path, network: Backbone, images: Packed = IMAGES, *, pooling: Pooling = "average", places: bool = True
) -> Features:
    compute(network, images, folder, pooling=pooling, places=places, device=CPU)
    return store.load(folder)


def grid_of(network: Backbone) -> np.ndarray:
    """The feature maps of PIXELS by the plain network, float32 (5, 96, 2, 2)."""
    with torch.no_grad():
        x = (torch.from_numpy(PIXELS).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
        grid: np.ndarray = network.network.forward_features(x).numpy()
    return grid


@pytest.mark.parametrize("batch", [1, 2, 5, 64])
def test_places_are_the_feature_map_in_float16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setitem(looking.BATCH, "cpu", batch)
    network = backbone()
    grid = grid_of(network)
    assert compute(network, IMAGES, tmp_path, pooling="average", places=True, device=CPU) == PLACES
    features = store.load(tmp_path)
    assert features.places.dtype == np.float16
    assert features.places.shape == (5, PLACES, CHANNELS)
    np.testing.assert_allclose(
        features.places.reshape(5, 2, 2, CHANNELS), grid.transpose(0, 2, 3, 1), rtol=1.01 * HALF, atol=1e-5
    )


def test_places_are_exactly_what_the_backbone_says_of_the_same_batch(tmp_path: Path) -> None:
    network = backbone()
    with torch.inference_mode():
        expected = network(torch.from_numpy(PIXELS)).half().numpy()
    np.testing.assert_array_equal(computed(tmp_path, network).places, expected)


@pytest.mark.parametrize("batch", [2, 5, 64])
@pytest.mark.parametrize("places", [True, False])
@pytest.mark.parametrize("pooling", ["average", "max"])
def test_vectors_are_pooled_before_rounding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pooling: Pooling, places: bool, batch: int
) -> None:
    monkeypatch.setitem(looking.BATCH, "cpu", batch)
    network = backbone()
    grid = grid_of(network)
    features = computed(tmp_path, network, pooling=pooling, places=places)
    assert features.pooled.dtype == np.float32
    expected = grid.mean((2, 3)) if pooling == "average" else grid.max((2, 3))
    np.testing.assert_allclose(features.pooled, expected, rtol=1e-5, atol=1e-6)
    assert features.origin["pooling"] == pooling


def test_without_places_only_vectors_are_kept(tmp_path: Path) -> None:
    assert compute(backbone(), IMAGES, tmp_path, pooling="average", places=False, device=CPU) == PLACES
    features = store.load(tmp_path)
    assert features.places.shape == (0, PLACES, CHANNELS)
    assert (len(features.pooled), len(features.index)) == (5, 5)
    assert (tmp_path / store.PLACES).stat().st_size < 200


def test_no_pictures(tmp_path: Path) -> None:
    nothing = Packed(PIXELS[:0], INDEX[:0], "squash", "d")
    features = computed(tmp_path, backbone(), nothing)
    assert features.pooled.shape == (0, CHANNELS)
    assert features.places.shape == (0, 0, CHANNELS)


def test_numbers_beyond_float16_become_its_largest(tmp_path: Path) -> None:
    network = backbone()
    sign = torch.ones(CHANNELS, 1, 1)
    sign[1::2] = -1
    network.network.forward_features = lambda x: (1e6 * sign).expand(len(x), CHANNELS, 2, 2)
    features = computed(tmp_path, network)
    assert features.places[:, :, ::2].tolist() == [[[65504.0] * 48] * 4] * 5
    assert features.places[:, :, 1::2].tolist() == [[[-65504.0] * 48] * 4] * 5
    np.testing.assert_array_equal(np.abs(features.pooled), 1e6)


def test_no_batch_statistics_change(tmp_path: Path) -> None:
    network = backbone().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    features = computed(tmp_path, network)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    np.testing.assert_allclose(features.pooled, grid_of(backbone()).mean((2, 3)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("places", "needed"), [(True, BYTES_OF_PLACES + BYTES_OF_VECTORS), (False, BYTES_OF_VECTORS)])
def test_the_disk_is_asked_before_the_pictures_are_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: bool, needed: int
) -> None:
    network, seen = backbone(), []
    forward = network.places
    monkeypatch.setattr(network, "places", lambda pixels: seen.append(len(pixels)) or forward(pixels))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=needed - 1))
    with pytest.raises(UserError, match=f"5 pictures will take .* GB in {tmp_path}/features"):
        computed(tmp_path / "features", network, places=places)
    assert seen == [1]  # one picture tells the size of the grid
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=needed))
    assert len(computed(tmp_path / "features", network, places=places).pooled) == 5


def test_a_failure_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(looking.BATCH, "cpu", 2)
    network = backbone()
    forward = network.places

    def failing(pixels: torch.Tensor) -> torch.Tensor:
        if torch.equal(pixels[0], torch.from_numpy(PIXELS[4])):
            raise RuntimeError("no more")
        return forward(pixels)

    monkeypatch.setattr(network, "places", failing)
    with pytest.raises(RuntimeError, match="no more"):
        computed(tmp_path, network)
    assert list(tmp_path.iterdir()) == []


def test_features_belong_to_their_pictures_and_their_backbone(tmp_path: Path) -> None:
    features = computed(tmp_path, backbone())
    assert features.index.to_dict("list") == INDEX.to_dict("list")
    encoder = backbone().digest()
    expected = {"backbone": "test_resnet", "pooling": "average", "pixels": IMAGES.digest, "encoder": encoder}
    assert features.origin == expected
    features.check(**expected)
    with pytest.raises(UserError, match=r"other pictures than data/images"):
        features.check(**expected | {"pixels": "another digest"})
    with pytest.raises(UserError, match=r"pooled by average, but features\.pooling is max"):
        features.check(**expected | {"pooling": "max"})


def test_the_index_changes_with_all_that_the_features_depend_on(tmp_path: Path) -> None:
    # A hash of this small file covers the large ones.
    others = Packed(255 - PIXELS, INDEX, "squash", "digest of other pictures")
    for number, (images, network, pooling) in enumerate(
        [
            (IMAGES, backbone(), "average"),
            (others, backbone(), "average"),
            (IMAGES, backbone(seed=1), "average"),
            (IMAGES, backbone(name="test_convnext"), "average"),
            (IMAGES, backbone(), "max"),
        ]
    ):
        computed(tmp_path / str(number), network, images, pooling=pooling)  # type: ignore[arg-type]
    assert len({path.read_bytes() for path in tmp_path.glob("*/index.parquet")}) == 5


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"name": "test_convnext"}, {"size": 32}], ids=["weights", "network", "input size"]
)
def test_features_of_another_backbone_are_refused(tmp_path: Path, other: dict[str, int]) -> None:
    features, network = computed(tmp_path, backbone()), backbone(**other)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=f"^{tmp_path}: not the features that {network.name} computes with these"):
        features.check(**features.origin | {"encoder": network.digest(), "backbone": network.name})
