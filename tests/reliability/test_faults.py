"""Faults of machines: full and read-only disks, a failing GPU, odd names. One sentence each, and nothing is lost."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from stages.annotations.__main__ import main as annotations
from stages.annotations.metadata import write_missing
from stages.annotations.tables import load_annotations, load_images
from stages.captions import attention
from stages.common import inventory
from stages.common.errors import UserError
from stages.common.files import write_json, write_parquet, write_with
from stages.common.locks import exclusive
from stages.images import packed
from stages.images.__main__ import main as images
from stages.learning.training import Terms, fit, shuffled_batches
from tests.study import ROOT

NOISE = np.random.default_rng(1).integers(0, 255, 3 << 20, np.uint8)
# Each writes some megabytes to a file of this name in the way of a stage.
WRITERS: dict[str, Callable[[Path], object]] = {
    "figures.json": lambda path: write_json(NOISE.tobytes().hex(), path),
    "table.parquet": lambda path: write_parquet(pa.table({"noise": NOISE}), path),
    "model.safetensors": lambda path: write_with(
        lambda temporary: save_file({"w": torch.from_numpy(NOISE)}, temporary), path
    ),
    "pooled.npy": lambda path: write_with(lambda temporary: np.save(temporary, NOISE), path),
    "pixels.npy": lambda path: packed.save_pixels(NOISE.reshape(-1, 64, 64, 3), 64, path.parent),
    "attention.npz": lambda path: attention.save([NOISE.reshape(-1, 32, 32).astype(np.float32)], path),
}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_a_user_error_and_keeps_the_old_file(small_disk: Path, name: str) -> None:
    path = small_disk / name
    path.write_bytes(b"old")
    message = f"{path} cannot be written: No space left on device; nothing of it was kept"
    with pytest.raises(UserError, match=f"^{re.escape(message)}$"):
        WRITERS[name](path)
    assert {file.name: file.read_bytes() for file in small_disk.iterdir()} == {name: b"old"}


@pytest.mark.parametrize("name", WRITERS)
def test_a_read_only_disk_is_a_user_error(small_disk: Path, name: str) -> None:
    # Not by permissions, which do not apply to root.
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(UserError, match=rf"{name} cannot be written: Read-only file system; nothing"):
        WRITERS[name](small_disk / name)


def test_a_stage_in_a_read_only_folder_is_a_user_error(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    lock = small_disk / ".scratch/images.lock"
    message = f"{lock} cannot be written: Read-only file system"
    with pytest.raises(UserError, match=f"^{re.escape(message)}$"), exclusive(lock, "it is running"):
        pass


def test_a_file_that_grows_too_large_is_a_user_error(tmp_path: Path) -> None:
    # As with a quota; needs no permission to mount disks.
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    code = (
        "from pathlib import Path; from stages.common.entry import run; from stages.common.files import write_json;"
        "run('', lambda: write_json('x' * (2 << 20), Path('figures.json')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_STAGE": "images"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, preexec_fn=limited, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("images: figures.json cannot be written: File too large; nothing of it was kept; ")
    assert [path.name for path in tmp_path.iterdir()] == [".scratch"]


def test_an_error_of_another_file_keeps_its_name(tmp_path: Path) -> None:
    def save(_: Path) -> None:
        raise PermissionError(13, "Permission denied", "picture.jpg")

    with pytest.raises(PermissionError, match=r"picture\.jpg"):
        write_with(save, tmp_path / "pixels.npy")


class Failing(nn.Linear):
    """A network that raises torch's exception for a GPU failure in its `fails_in`-th forward pass."""

    fails_in = 0
    passes = 0
    failure: type[RuntimeError] = torch.AcceleratorError

    def forward(self, x: Tensor) -> Tensor:
        self.passes += 1
        if self.passes == self.fails_in:
            raise self.failure("CUDA error: unspecified launch failure\nCUDA kernel errors might be reported later")
        return super().forward(x)


class Doubling:
    """Learn to double a number; an epoch has two training batches and one of validation."""

    x = torch.arange(8.0).reshape(8, 1) / 8

    def batches(self, epoch: int) -> list[np.ndarray]:
        return shuffled_batches(8, 4, 1, epoch)

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        x = self.x[torch.from_numpy(items)]
        return {"squares": ((model(x) - 2 * x).square().sum(), len(items))}

    def validate(self, model: nn.Module) -> dict[str, float]:
        return {"val_loss": float((model(self.x) - 2 * self.x).square().mean())}


def _trained(folder: Path, fails_in: int, failure: type[RuntimeError] = torch.AcceleratorError) -> Failing:
    torch.manual_seed(1)
    model = Failing(1, 1)
    model.fails_in, model.failure = fails_in, failure
    places = {"scratch": folder / "scratch", "curves": folder / "epochs.tsv"}
    settings: dict[str, Any] = {"device": torch.device("cpu"), "seed": 1, "epochs": 4, "patience": 4}
    fit(model, torch.optim.Adam(model.parameters(), lr=0.1), Doubling(), **places, **settings)
    return model


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (torch.AcceleratorError, "the GPU failed (CUDA error: unspecified launch failure) in epoch 3; "),
        (torch.OutOfMemoryError, "the GPU's memory ran out in epoch 3; "),
    ],
)
def test_a_gpu_failure_loses_no_complete_epoch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], failure: type[RuntimeError], message: str
) -> None:
    whole = _trained(tmp_path / "whole", fails_in=0)
    with pytest.raises(UserError, match=f"^{re.escape(message)}"):
        _trained(tmp_path / "lost", fails_in=8, failure=failure)
    capsys.readouterr()
    again = _trained(tmp_path / "lost", fails_in=0)
    assert "resuming after epoch 2" in capsys.readouterr().out
    assert torch.equal(again.weight, whole.weight)


ODD_NAMES = [
    "a painting with spaces",
    "l'été d'une \"dame\"",
    "two\nlines",
    "tab\there",
    "富士山 🎨",
    "$(touch ran) `touch ran`; touch ran",
    "%s {0} & <b>",
    "-rf",
    "=1+1",
    "a,b;c",
    "CON",
    "x" * 200,
]


def test_pictures_of_any_name_are_listed_and_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    raw = Path("data/raw/mine")
    for number, name in enumerate(ODD_NAMES):
        path = raw / "images" / "Art & Nouveau's" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (number, 0, 0)).save(path)
    columns = {"art_style": "Art & Nouveau's", "painting": ODD_NAMES, "emotion": "awe", "utterance": "so blue"}
    pd.DataFrame(columns).to_csv(raw / "annotations.csv", index=False)
    inventory.save(inventory.scan(raw / "images"), raw / "images.tsv")
    write_missing(raw)
    config = {"file": "annotations.csv", "strict": True, "require_images": True, "artworks": 0}
    values = {"dataset": "mine", "seed": 1, "annotations": config, "images": {"size": 16, "fit": "squash"}}
    Path("params.yaml").write_text(json.dumps(values), "utf-8")
    annotations()
    images()
    pictures = packed.load()
    rows = pictures.rows(pd.DataFrame({"art_style": "Art & Nouveau's", "painting": ODD_NAMES}))
    assert pictures.pixels[rows, 0, 0, 0].tolist() == list(range(len(ODD_NAMES)))
    assert load_annotations()["has_picture"].all()
    assert len(load_images()) == len(ODD_NAMES)
    assert not list(tmp_path.rglob("ran"))
