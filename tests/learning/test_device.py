"""Where models compute, and that seeds and threads are set before they do."""

import pytest
import torch

from stages.common.errors import UserError
from stages.learning.device import prepare, resolve


def test_auto_is_the_cpu_where_there_is_no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve("auto") == torch.device("cpu")
    with pytest.raises(UserError, match="device is 'cuda', but torch finds no CUDA device here"):
        resolve("cuda")


def test_auto_is_cuda_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
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
