"""Rows of a big array on the device that computes with them."""

import numpy as np
import torch
from torch import Tensor

# Of the memory that is free before a model trains: it needs some itself.
SHARE = 0.5
CHUNK = 1 << 28  # bytes


class Rows:
    """Rows of `array`, gathered by their numbers; all of them lie on a GPU for good where they fit.

    On a CPU, and where they do not fit, they stay where they are, on disk perhaps, and
    each gathering copies what it needs.

    Attributes:
        resident: whether all rows lie on the device.
    """

    def __init__(self, array: np.ndarray, device: torch.device, *, resident: bool | None = None) -> None:
        self.device = device
        self.resident = fits(array.nbytes, device) if resident is None else resident
        self._array = array
        self._there = _upload(array, device) if self.resident else None

    def __getitem__(self, rows: np.ndarray) -> Tensor:
        """The `rows` (n,), as (n, ...) on the device."""
        if self._there is not None:
            return self._there[torch.from_numpy(rows).to(self.device)]
        return torch.from_numpy(np.ascontiguousarray(self._array[rows])).to(self.device)


def fits(size: int, device: torch.device) -> bool:
    """Whether `size` bytes are at most half of what a GPU has free; a CPU needs no copy."""
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return size <= SHARE * free


def _upload(array: np.ndarray, device: torch.device) -> Tensor:
    """A copy on the device, made piece by piece: the array may be larger than the memory here."""
    there = torch.empty(array.shape, dtype=torch.from_numpy(array[:0].copy()).dtype, device=device)
    step = max(1, CHUNK // max(1, array[:1].nbytes))
    for start in range(0, len(array), step):
        there[start : start + step] = torch.from_numpy(array[start : start + step].copy()).to(device)
    return there
