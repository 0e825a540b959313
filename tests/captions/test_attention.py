"""The file of attention maps."""

import time
from pathlib import Path

import numpy as np
import pytest

from stages.captions import attention


def _maps() -> list[np.ndarray]:
    random = np.random.default_rng(2)
    return [random.random((tokens, 4, 4), np.float32) for tokens in (3, 1, 7)]


@pytest.mark.parametrize("count", [3, 1])
def test_loaded_maps_are_the_saved_ones_in_order(tmp_path: Path, count: int) -> None:
    attention.save(_maps()[:count], tmp_path / "attention.npz")
    loaded = attention.load(tmp_path / "attention.npz")
    assert [maps.shape for maps in loaded] == [(3, 4, 4), (1, 4, 4), (7, 4, 4)][:count]
    assert all(maps.dtype == np.float32 for maps in loaded)
    for maps, expected in zip(loaded, _maps(), strict=False):
        # float16 has eleven binary digits.
        np.testing.assert_allclose(maps, expected, atol=2**-12)


def test_equal_maps_are_equal_bytes_at_any_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A zip archive can hold the time of writing.
    for year in (1, 2):
        monkeypatch.setattr(time, "time", lambda year=year: 1e9 + year * 31_536_000.0)
        attention.save(_maps(), tmp_path / f"{year}.npz")
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()
