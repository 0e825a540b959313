"""Rows of an array, wherever they lie."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stages.learning import device
from stages.learning.device import Rows, fits

CPU = torch.device("cpu")


@pytest.mark.parametrize("stays", [False, True])
def test_rows_are_the_arrays(tmp_path: Path, stays: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.arange(7 * 2 * 3, dtype=np.uint8).reshape(7, 2, 3)
    np.save(tmp_path / "pixels.npy", array)
    # Three rows at a time; the last piece is shorter.
    monkeypatch.setattr(device, "CHUNK", 20)
    rows = Rows(np.load(tmp_path / "pixels.npy", mmap_mode="r"), CPU, resident=stays)
    assert rows.resident == stays
    found = rows[np.array([6, 0, 6, 3])]
    assert (found.dtype, found.tolist()) == (torch.uint8, array[[6, 0, 6, 3]].tolist())


def test_nothing_is_copied_for_a_cpu() -> None:
    assert not Rows(np.zeros((1, 1)), CPU).resident


def test_half_of_a_gpus_free_memory_may_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1000, 4000))
    cuda = torch.device("cuda")
    assert (fits(500, cuda), fits(501, cuda), fits(1, CPU)) == (True, False, False)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_rows_lie_on_the_gpu() -> None:
    rows = Rows(np.arange(12, dtype=np.uint8).reshape(4, 3), torch.device("cuda"))
    assert rows.resident
    assert rows[np.array([3, 1])].cpu().tolist() == [[9, 10, 11], [3, 4, 5]]
