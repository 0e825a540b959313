"""The device for tensors: choice, seeds, errors, memory, and arrays that stay on it."""

import ctypes
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from stages.common import entry
from stages.common.errors import UserError
from stages.common.processes import threads

# Share of a GPU's free memory that arrays may take before a model trains, which needs memory too.
SHARE = 0.5
CHUNK = 1 << 28  # bytes
# Options of glibc's `mallopt`, and bytes: tensors below this size come from memory that the process keeps.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 1 << 30


def resolve(device: str) -> torch.device:
    """`auto` is CUDA where available, else the CPU; under a launcher each process has its own GPU.

    Raises:
        UserError: the device is `cuda`, but there is none.
    """
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

    Results are equal for equal thread counts only, because sums over several threads depend
    on their number. `OMP_NUM_THREADS` overrides it.
    """
    torch.set_num_threads(threads())
    _keep_freed_memory()
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Off: it guards against kernels that read memory before writing it, and costs time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # By default cuDNN rounds the inputs of float32 convolutions to TF32's 11 bits: a GPU's features would differ from a
    # CPU's in the third digit. Training is not slower without it, as it computes in bfloat16.
    torch.backends.cudnn.allow_tf32 = False
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return resolve(device)


def _keep_freed_memory() -> None:
    """Let the process keep the memory of freed tensors, on Linux with glibc; elsewhere nothing changes.

    By default glibc gives each large block back to the system, which must clear its pages at the next allocation: two
    fifths of the CPU time of a convolutional network.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "gnu_get_libc_version"):
        libc.mallopt(M_MMAP_THRESHOLD, KEPT)
        libc.mallopt(M_TRIM_THRESHOLD, 2 * KEPT - 1)


@contextmanager
def gpu_errors(when: str) -> Iterator[None]:
    """Turn the exceptions of a failing GPU into one sentence that ends with `when`.

    Raises:
        UserError: its memory ran out, or it failed.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise UserError(f"the GPU's memory ran out {when}; a smaller batch needs less") from None
    except torch.AcceleratorError as error:
        raise UserError(f"the GPU failed ({str(error).splitlines()[0]}) {when}") from None


def has_bfloat16(device: torch.device) -> bool:
    """True for a GPU, and for a CPU with instructions that multiply bfloat16 (AVX-512 BF16 or AMX)."""
    if device.type == "cuda":
        return True
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def describe(device: torch.device) -> str:
    """Device, threads and torch version: besides code and data, the last digits of a result depend on these."""
    return f"{device.type}, {torch.get_num_threads()} threads, torch {torch.__version__}"


def peak_memory(device: torch.device) -> float:
    """Peak memory so far in GB (10^9 bytes): of tensors on a GPU, or of this process on a CPU."""
    return torch.cuda.max_memory_allocated(device) / 1e9 if device.type == "cuda" else entry.peak_memory()


class Rows:
    """Rows of `array` by their numbers, as tensors; all of them lie on a GPU if they fit.

    On a CPU, and if they do not fit, the array stays where it is, in memory or on disk,
    and each access copies the rows that it returns.

    Attributes:
        resident: all rows lie on the device.
    """

    def __init__(self, array: np.ndarray, device: torch.device, *, resident: bool | None = None) -> None:
        self.device = device
        self.resident = fits_on_gpu(array.nbytes, device) if resident is None else resident
        self._array = array
        self._uploaded = _upload(array, device) if self.resident else None

    def __getitem__(self, rows: np.ndarray) -> Tensor:
        """The `rows` (n,), as (n, ...) on the device."""
        if self._uploaded is not None:
            return self._uploaded[torch.from_numpy(rows).to(self.device)]
        return torch.from_numpy(np.ascontiguousarray(self._array[rows])).to(self.device)


def fits_on_gpu(size: int, device: torch.device) -> bool:
    """True if `size` bytes are at most half of a GPU's free memory; False for a CPU, which needs no copy."""
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return size <= SHARE * free


def _upload(array: np.ndarray, device: torch.device) -> Tensor:
    """A copy on the device, made in chunks: the array may be larger than the host's memory."""
    uploaded = torch.empty(array.shape, dtype=torch.from_numpy(array[:0].copy()).dtype, device=device)
    step = max(1, CHUNK // max(1, array[:1].nbytes))
    for start in range(0, len(array), step):
        uploaded[start : start + step] = torch.from_numpy(array[start : start + step].copy()).to(device)
    return uploaded
