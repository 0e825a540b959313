"""Attention maps, written and read."""

import time
from pathlib import Path

import numpy as np
import pytest

from stages.captions import attention


def _maps() -> list[np.ndarray]:
    random = np.random.default_rng(2)
    return [random.random((tokens, 4, 4), np.float32) for tokens in (3, 1, 7)]


def test_maps_come_back_in_their_order(tmp_path: Path) -> None:
    attention.save(_maps(), tmp_path / "attention.npz")
    found = attention.load(tmp_path / "attention.npz")
    assert [one.shape for one in found] == [(3, 4, 4), (1, 4, 4), (7, 4, 4)]
    assert all(one.dtype == np.float32 for one in found)
    for one, wanted in zip(found, _maps(), strict=True):
        # float16 has eleven binary digits.
        np.testing.assert_allclose(one, wanted, atol=2**-12)


def test_a_single_caption(tmp_path: Path) -> None:
    attention.save(_maps()[:1], tmp_path / "attention.npz")
    assert [one.shape for one in attention.load(tmp_path / "attention.npz")] == [(3, 4, 4)]


def test_the_same_maps_are_the_same_bytes_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A zip archive can hold the time of writing.
    for year in (1, 2):
        monkeypatch.setattr(time, "time", lambda year=year: 1e9 + year * 31_536_000.0)
        attention.save(_maps(), tmp_path / f"{year}.npz")
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
