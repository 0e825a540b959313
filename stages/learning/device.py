"""The device that computes: choice, seeds, memory, and arrays that stay on it."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from stages.common.entry import peak_memory
from stages.common.errors import UserError
from stages.common.processes import usable_cores


def resolve(device: str) -> torch.device:
    """`auto` is CUDA where there is one, else the CPU; of several processes each has a GPU of its own."""
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError(
            "params.yaml: device is 'cuda', but torch finds no CUDA device here; 'auto' or 'cpu' run anywhere"
        )
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and "LOCAL_RANK" in os.environ:
        device = f"cuda:{os.environ['LOCAL_RANK']}"
    return torch.device(device)


def prepare(device: str, seed: int) -> torch.device:
    """Fix thread count and seeds, so that two runs on one machine give the same bytes; return the device.

    Sums on several threads depend on how many there are: results are equal for an
    equal thread count only. `OMP_NUM_THREADS` overrides the count.
    """
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or usable_cores()))
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Reading memory before writing it would be a defect in torch; filling it costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return resolve(device)


@contextmanager
def explained(when: str) -> Iterator[None]:
    """Turn what a GPU's failure raises into a sentence that ends with `when`.

    Raises:
        UserError: its memory ran out, or it can no longer be reached.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise UserError(f"the GPU's memory ran out {when}; a smaller batch needs less") from None
    except torch.AcceleratorError as error:
        raise UserError(f"the GPU failed ({str(error).splitlines()[0]}) {when}") from None


def describe(device: torch.device) -> str:
    """What the last digits of a result depend on, besides code and data."""
    return f"{device.type}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def peak(device: torch.device) -> float:
    """Most memory that was in use at once so far, in GB (10^9 bytes): the GPU's, or this process's on a CPU."""
    return torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else peak_memory()


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
