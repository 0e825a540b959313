"""Choice of the device, seeds and threads; rows of an array in memory or on a GPU."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stages.common.errors import UserError
from stages.learning import device
from stages.learning.backbones import frozen
from stages.learning.device import Rows, fits_on_gpu, prepare, resolve

CPU = torch.device("cpu")


def test_auto_is_the_cpu_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve("auto") == torch.device("cpu")
    with pytest.raises(UserError, match="device is 'cuda', but torch finds no CUDA device here"):
        resolve("cuda")


def test_auto_is_cuda_if_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert resolve("auto") == torch.device("cuda")
    assert resolve("cpu") == torch.device("cpu")


def test_prepare_sets_seed_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    try:
        prepare("cpu", seed=7)
        first = torch.rand(3)
        assert torch.get_num_threads() == 1
        prepare("cpu", seed=7)
        assert torch.equal(first, torch.rand(3))
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])


@pytest.mark.parametrize("resident", [False, True])
def test_rows_equal_those_of_the_array(tmp_path: Path, resident: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.arange(7 * 2 * 3, dtype=np.uint8).reshape(7, 2, 3)
    np.save(tmp_path / "pixels.npy", array)
    # Chunks of three rows; the last one is shorter.
    monkeypatch.setattr(device, "CHUNK", 20)
    rows = Rows(np.load(tmp_path / "pixels.npy", mmap_mode="r"), CPU, resident=resident)
    assert rows.resident == resident
    values = rows[np.array([6, 0, 6, 3])]
    assert (values.dtype, values.tolist()) == (torch.uint8, array[[6, 0, 6, 3]].tolist())


def test_nothing_is_copied_for_a_cpu() -> None:
    assert not Rows(np.zeros((1, 1)), CPU).resident


def test_arrays_may_take_half_of_a_gpus_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (1000, 4000))
    cuda = torch.device("cuda")
    assert (fits_on_gpu(500, cuda), fits_on_gpu(501, cuda), fits_on_gpu(1, CPU)) == (True, False, False)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_rows_lie_on_the_gpu() -> None:
    rows = Rows(np.arange(12, dtype=np.uint8).reshape(4, 3), torch.device("cuda"))
    assert rows.resident
    assert rows[np.array([3, 1])].cpu().tolist() == [[9, 10, 11], [3, 4, 5]]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_features_of_a_gpu_are_those_of_a_cpu() -> None:
    pixels = torch.randint(0, 256, (4, 224, 224, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    prepare("cuda", 1)
    backbone = frozen("tf_efficientnet_lite0", "pretrained")
    with torch.inference_mode():
        expected = backbone.places(pixels)
        places = backbone.to("cuda").places(pixels.to("cuda")).cpu()
    # With TF32 they differ by up to 0.02.
    torch.testing.assert_close(places, expected, rtol=1e-3, atol=1e-3)
