"""Pooled features: computed in batches, written and read, and the stage."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from stages.features import pooled, pooling
from stages.features.__main__ import main
from stages.images import packed
from stages.learning.backbones import Backbone

CPU = torch.device("cpu")
PIXELS = np.random.default_rng(6).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
INDEX = pd.DataFrame({"art_style": ["Cubism"] * 4 + ["null"], "painting": ["a", "b", "c", "d", "nan"]})
PARAMS = "device: cpu\nfeatures:\n  backbone: test_resnet\n  weights: none\n  pooling: average\n"


def backbone() -> Backbone:
    torch.manual_seed(0)
    return Backbone("test_resnet")


@pytest.mark.parametrize("batch", [2, 5, 64])
def test_pool_is_the_mean_over_places(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(pooling, "BATCH", batch)
    network = backbone().eval()
    with torch.no_grad():
        x = (torch.from_numpy(PIXELS).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
        expected = network.network.forward_features(x).mean((2, 3)).numpy()  # (5, 96)
    features = pooling.pool(network, PIXELS, CPU)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-5)


def test_pool_is_the_maximum_of_a_backbone_with_max_pooling() -> None:
    torch.manual_seed(0)
    network = Backbone("test_resnet", pooling="max").eval()
    with torch.no_grad():
        x = (torch.from_numpy(PIXELS).permute(0, 3, 1, 2) / 255 - 0.5) / 0.5
        expected = network.network.forward_features(x).amax((2, 3)).numpy()  # (5, 96)
    np.testing.assert_allclose(pooling.pool(network, PIXELS, CPU), expected, rtol=1e-4, atol=1e-5)
    assert network(torch.from_numpy(PIXELS)).shape == (5, 1, 96)


def test_pooling_changes_no_batch_statistics() -> None:
    network = backbone().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    pooling.pool(network, PIXELS, CPU)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_no_pictures() -> None:
    assert pooling.pool(backbone(), PIXELS[:0], CPU).shape == (0, 96)


def test_a_round_trip(tmp_path: Path) -> None:
    features = np.arange(10, dtype=np.float64).reshape(5, 2)
    pooled.save(features, INDEX, tmp_path)
    loaded, index = pooled.load(tmp_path)
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, features)
    assert index.to_dict("list") == INDEX.to_dict("list")


def test_two_runs_of_the_stage_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    _, digest = packed.save_pixels(iter(PIXELS), 64)
    packed.save_index(INDEX.assign(digest="d"), [None] * 5, "squash", digest)
    contents = []
    for _ in range(2):
        assert main() == "5 pictures x 96 features of test_resnet (random weights)"
        contents.append([path.read_bytes() for path in sorted(Path("data/features").iterdir())])
    assert len(contents[0]) == 2
    assert contents[0] == contents[1]
    features, index = pooled.load()
    np.testing.assert_allclose(features, pooling.pool(backbone(), PIXELS, CPU), rtol=1e-5, atol=1e-6)
    assert index["painting"].tolist() == ["a", "b", "c", "d", "nan"]


def test_the_stage_reports_that_it_resizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS.replace("test_resnet", "test_vit"), encoding="utf-8")
    _, digest = packed.save_pixels(iter(PIXELS[:1]), 64)
    packed.save_index(INDEX[:1].assign(digest="d"), [None], "squash", digest)
    assert main() == "1 pictures x 64 features of test_vit (random weights)"
    assert re.search("64 px .*160 x 160 px of test_vit", capsys.readouterr().out)
