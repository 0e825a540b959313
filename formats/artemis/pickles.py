"""Read the pickles and checkpoints of ArtEmis' code without running anything that they name.

A pickle is a program: it may call whatever it can import. Here every name is looked up
in an allow-list instead. A class of ArtEmis, NumPy, pandas or torch.nn becomes a
`Foreign`, an inert record of name, arguments and state; a few constructors of plain
values are replaced by trusted ones; any other name stops the reading. No module that a
file names is imported.
"""

import pickle
import pickletools
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor
from torch._utils import _rebuild_parameter, _rebuild_tensor, _rebuild_tensor_v2

from stages.common.errors import UserError
from stages.utterances.vocabulary import Vocabulary


class Foreign:
    """An object of a class that is not imported: its name, constructor arguments and state."""

    name = ""
    args: tuple[Any, ...] = ()
    state: Any = None
    # torch.load asks this of classes whose source text differs from the file's.
    dump_patches = False

    def __new__(cls, *args: Any) -> "Foreign":
        record = object.__new__(cls)
        record.args = args
        return record

    def __setstate__(self, state: Any) -> None:
        self.state = state


def load_pickles(path: Path) -> list[Any]:
    """The objects of a file that holds one pickle after another, as ArtEmis writes them.

    Arrays and tables of NumPy and pandas, of any version, are restored; objects of
    other classes are `Foreign`.

    Raises:
        UserError: no such file, not pickles, or a name outside the allow-list.
    """
    objects = []
    with _errors(path, "pickles"):
        _check_sizes(path)
        with path.open("rb") as file:
            while file.peek(1):
                objects.append(_restored(_unpickler(path)(file).load()))
    return objects


def load_torch(path: Path) -> Any:
    """The content of a file of `torch.save`, tensors on the CPU; a network that was saved whole is a `Foreign`.

    Raises:
        UserError: no such file, not written by torch.save, or a name outside the allow-list.
    """
    unpickler = _unpickler(path)
    # torch.load reads the headers of old files with `load`, the rest with `Unpickler`.
    module = SimpleNamespace(
        __name__=__name__, Unpickler=unpickler, load=lambda file, **options: unpickler(file, **options).load()
    )
    with _errors(path, "a file of torch.save"), warnings.catch_warnings():
        # Old files hold the source text of their classes, which torch would compare with ours.
        warnings.simplefilter("ignore", torch.serialization.SourceChangeWarning)
        return torch.load(path, map_location="cpu", pickle_module=module, weights_only=False)


@contextmanager
def _errors(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a broken file raises into a UserError."""
    try:
        yield
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except Exception as error:
        # Torch's messages have many lines; Python's MemoryError has none.
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(f"{path} cannot be read as {kind}: {first_line}") from error


def weights(saved: Any, path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict, or of a network that was saved whole, by their names in `state_dict()`.

    Raises:
        UserError: `saved` is neither.
    """
    if isinstance(saved, Foreign) and isinstance(saved.state, dict):
        tensors = {**saved.state.get("_parameters", {}), **saved.state.get("_buffers", {})}
        named = {name: value for name, value in tensors.items() if value is not None}
        for child, module in saved.state.get("_modules", {}).items():
            if module is not None:
                named |= {f"{child}.{name}": value for name, value in weights(module, path).items()}
        return named
    if isinstance(saved, dict) and all(isinstance(value, Tensor) for value in saved.values()):
        return dict(saved)
    raise UserError(f"{path} holds neither a network nor its state dict.")


def read_vocabulary(path: Path) -> Vocabulary:
    """The words of a pickled `artemis.utils.vocabulary.Vocabulary`; its special tokens have the same ids here.

    Raises:
        UserError: the file is no such pickle, or names something outside the allow-list.
    """
    states = [value.state for value in load_pickles(path) if isinstance(value, Foreign)]
    ids = next((state["word2idx"] for state in states if isinstance(state, dict) and "word2idx" in state), None)
    if ids is None:
        raise UserError(f"{path}: not a vocabulary of ArtEmis (no word2idx in it)")
    try:
        if sorted(ids.values()) != list(range(len(ids))):
            raise ValueError("its ids are not 0, 1, 2 ...")
        return Vocabulary(sorted(ids, key=lambda word: int(ids[word])))
    except (AttributeError, TypeError, ValueError) as error:
        raise UserError(f"{path}: not a vocabulary of ArtEmis ({error})") from None


# Classes below these become `Foreign`.
FOREIGN = ("artemis.", "numpy.", "pandas.", "torch.nn.", "torchvision.models.")
# Constructors of plain values. Old pickles write bytes as a call of `_codecs.encode`.
PLAIN: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": OrderedDict,
    "builtins.set": set,
    "builtins.slice": slice,
    "_codecs.encode": lambda text, encoding: bytes(text, "latin1"),
    "torch.Size": torch.Size,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor_v2,
}


def _unpickler(path: Path) -> type[pickle.Unpickler]:
    class Unpickler(pickle.Unpickler):
        """Resolves every name from the tables above."""

        def find_class(self, module: str, name: str) -> Any:
            full = f"{module.replace('__builtin__', 'builtins')}.{name}"
            if full in PLAIN:
                return PLAIN[full]
            if full.startswith(FOREIGN):
                return type("Foreign", (Foreign,), {"name": full})
            raise UserError(f"{path} asks for {full}, which no file of ArtEmis needs; it was not read further.")

    return Unpickler


def _check_sizes(path: Path) -> None:
    """Refuse a memo index beyond the file's size: Python's unpickler would allocate that many slots."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            for opcode, argument, _ in pickletools.genops(file):
                if "PUT" in opcode.name and isinstance(argument, int) and argument > size:
                    raise UserError(f"{path} is no honest pickle: it counts {argument:,} objects in {size:,} bytes.")


def _restored(value: Any) -> Any:
    """`value` with the arrays and tables of NumPy and pandas in it rebuilt, at any depth."""
    if isinstance(value, Foreign):
        rebuild = REBUILD.get(value.name.rpartition(".")[2])
        if rebuild:
            return rebuild(value)
        value.args, value.state = _restored(value.args), _restored(value.state)
    elif isinstance(value, dict):
        return {key: _restored(item) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        return type(value)(map(_restored, value))
    return value


def _dtype(value: Foreign) -> np.dtype[Any]:
    dtype = np.dtype(value.args[0])
    if dtype.kind not in "biufO" or dtype.fields:
        raise ValueError(f"it holds an array of {dtype}")
    return dtype.newbyteorder(value.state[1]) if value.state and value.state[1] in "<>" else dtype


def _array(value: Foreign) -> npt.NDArray[Any]:
    _, shape, dtype, fortran, content = value.state
    order: Literal["F", "C"] = "F" if fortran else "C"
    if isinstance(content, list):
        flat = np.empty(len(content), dtype=object)
        for index, item in enumerate(content):  # one by one: an item may itself be a sequence
            flat[index] = _restored(item)
        return flat.reshape(shape, order=order)
    return np.frombuffer(content, _dtype(dtype)).reshape(shape, order=order).copy()


def _scalar(value: Foreign) -> Any:
    dtype, content = value.args
    return np.frombuffer(content, _dtype(dtype))[0]


def _index(value: Foreign) -> pd.Index:
    kind, arguments = value.args
    if kind is not None and kind.name.endswith("RangeIndex"):
        return pd.RangeIndex(arguments["start"], arguments["stop"], arguments["step"])
    return pd.Index(_restored(arguments["data"]))


def _table(value: Foreign) -> pd.DataFrame:
    """A table from its blocks: arrays (columns of one dtype, rows), and the positions of those columns.

    From version 1.3 on pandas writes the block manager as constructor arguments; before,
    as a state whose fourth item has the key 0.14.1. Before version 1.1 it is called `_data`.
    """
    manager = value.state.get("_mgr", value.state.get("_data"))
    if manager.state is not None:
        state = manager.state[3]["0.14.1"]
        blocks = [(block["values"], block["mgr_locs"]) for block in state["blocks"]]
        axes = state["axes"]
    else:
        blocks = [block.args[:2] for block in manager.args[0]]
        axes = manager.args[1]
    names, rows = _restored(axes)
    columns: dict[int, Any] = {}
    for values, slots in blocks:
        positions = range(*slots.indices(len(names))) if isinstance(slots, slice) else _restored(slots)
        columns |= dict(zip(map(int, positions), _restored(values), strict=True))
    return pd.DataFrame({name: columns[position] for position, name in enumerate(names)}, index=rows)


# By the last part of their names: their modules differ from version to version.
REBUILD: dict[str, Callable[[Foreign], Any]] = {
    "_reconstruct": _array,
    "scalar": _scalar,
    "_new_Index": _index,
    "DataFrame": _table,
}
