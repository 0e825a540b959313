"""Features by a Ray cluster: the files are those of one process, bit for bit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from stages.common.errors import UserError
from stages.features import by_cluster, store
from stages.features.by_cluster import looked
from stages.features.compute import compute
from stages.images import packed
from stages.learning.backbones import frozen
from tests.ray_nodes import HAS_RAY

NAME, CPU, COUNT = "test_resnet", torch.device("cpu"), 70
pytestmark = [HAS_RAY, pytest.mark.timeout(200)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in an actor: sums of several threads differ in the last digits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> packed.Packed:
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(5).integers(0, 256, (COUNT, 32, 32, 3), dtype=np.uint8)
    count, digest = packed.save_pixels(pixels, 32)
    artworks = pd.DataFrame(
        {"art_style": ["Cubism"] * count, "painting": [f"{n:02}" for n in range(count)], "digest": ["0"] * count}
    )
    packed.save_index(artworks, [None] * count, "squash", digest)
    return packed.load()


def _files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_the_files_are_those_of_one_process(nodes: Any, images: packed.Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_cluster, "BATCHES", 1)
    for places in (True, False):
        backbone = frozen(NAME, "none")
        how = {"pooling": "average", "places": places, "device": CPU}
        compute(backbone, images, Path("alone"), **how)
        found = looked(nodes.address, backbone, "none", images, "average", places=places, device="cpu")
        compute(backbone, images, Path("cluster"), looked=found, **how)
        assert _files("cluster") == _files("alone")
    assert store.load(Path("alone")).pooled.shape == (COUNT, 96)


def test_a_machine_with_other_pictures(nodes: Any, images: packed.Packed) -> None:
    other = packed.Packed(images.pixels, images.index, images.fit, "other")
    with pytest.raises(UserError, match=r"other pictures in data/images"):
        list(looked(nodes.address, frozen(NAME, "none"), "none", other, "average", places=True, device="cpu"))
