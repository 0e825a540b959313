"""Reads the pickles that ArtEmis' code leaves behind, without running anything they name.

A pickle is a program: it may call whatever it can import. Here every name that it
asks for is looked up in a table of ours. A class of the networks and tables that
ArtEmis saves whole becomes a `Foreign`, an inert record of name, arguments and
state; a few constructors of plain values are answered by our own; any other name
stops the reading. No module that a file names is ever imported.
"""

import pickle
import pickletools
import warnings
from collections import OrderedDict
from collections.abc import Callable
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


class Foreign:
    """An object of somebody else's class: what it was made of, and never the class itself."""

    name = ""
    args: tuple[Any, ...] = ()
    state: Any = None
    # torch.load asks this of classes whose source text differs from the file's.
    dump_patches = False

    def __new__(cls, *args: Any) -> "Foreign":
        made = object.__new__(cls)
        made.args = args
        return made

    def __setstate__(self, state: Any) -> None:
        self.state = state


def load_pickles(path: Path) -> list[Any]:
    """The objects of a file that holds one pickle after another, as ArtEmis writes them.

    Arrays and tables of NumPy and pandas, of any version, come back as such; objects
    of other classes as `Foreign`.
    """
    found = []
    try:
        _refuse_absurd(path)
        with path.open("rb") as file:
            while file.peek(1):
                found.append(_thaw(_restricted(path)(file).load()))
    except UserError:
        raise
    except Exception as fault:
        raise UserError(f"{path} cannot be read as pickles: {_first_line(fault)}") from fault
    return found


def load_torch(path: Path) -> Any:
    """What `torch.save` wrote, tensors on the CPU; a network that was saved whole is a `Foreign`."""
    unpickler = _restricted(path)
    # torch.load reads the headers of old files with `load`, the rest with `Unpickler`.
    module = SimpleNamespace(
        __name__=__name__, Unpickler=unpickler, load=lambda file, **options: unpickler(file, **options).load()
    )
    try:
        with warnings.catch_warnings():
            # Old files hold the source text of their classes, which torch would compare with ours.
            warnings.simplefilter("ignore", torch.serialization.SourceChangeWarning)
            return torch.load(path, map_location="cpu", pickle_module=module, weights_only=False)
    except UserError:
        raise
    except Exception as fault:
        raise UserError(f"{path} cannot be read as a file of torch.save: {_first_line(fault)}") from fault


def weights(saved: Any, path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict, or of a network that was saved whole, by their names in `state_dict()`."""
    if isinstance(saved, Foreign) and isinstance(saved.state, dict):
        own = {**saved.state.get("_parameters", {}), **saved.state.get("_buffers", {})}
        named = {name: value for name, value in own.items() if value is not None}
        for child, module in saved.state.get("_modules", {}).items():
            if module is not None:
                named |= {f"{child}.{name}": value for name, value in weights(module, path).items()}
        return named
    if isinstance(saved, dict) and all(isinstance(value, Tensor) for value in saved.values()):
        return dict(saved)
    raise UserError(f"{path} holds neither a network nor its state dict.")


# Whatever stands below these becomes `Foreign`: nothing of it is looked up.
FOREIGN = ("artemis.", "numpy.", "pandas.", "torch.nn.", "torchvision.models.")
# Constructors of plain values. `_codecs.encode` is how old pickles spell bytes.
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


def _restricted(path: Path) -> type[pickle.Unpickler]:
    class Unpickler(pickle.Unpickler):
        """Answers every name from the tables above."""

        def find_class(self, module: str, name: str) -> Any:
            full = f"{module.replace('__builtin__', 'builtins')}.{name}"
            if full in PLAIN:
                return PLAIN[full]
            if full.startswith(FOREIGN):
                return type("Foreign", (Foreign,), {"name": full})
            raise UserError(f"{path} asks for {full}, which no file of ArtEmis needs; it was not read further.")

    return Unpickler


def _first_line(fault: Exception) -> str:
    """Torch tells whole stories, and Python says nothing at all when memory is out."""
    return (str(fault) or type(fault).__name__).splitlines()[0]


def _refuse_absurd(path: Path) -> None:
    """Python's reader makes room for whatever number a file gives to a remembered object."""
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            for opcode, argument, _ in pickletools.genops(file):
                if "PUT" in opcode.name and isinstance(argument, int) and argument > size:
                    raise UserError(f"{path} is no honest pickle: it counts {argument:,} objects in {size:,} bytes.")


def _thaw(value: Any) -> Any:
    """`value` with NumPy's and pandas' objects, wherever they lie in it, made real."""
    if isinstance(value, Foreign):
        rebuild = REBUILD.get(value.name.rpartition(".")[2])
        if rebuild:
            return rebuild(value)
        value.args, value.state = _thaw(value.args), _thaw(value.state)
    elif isinstance(value, dict):
        return {key: _thaw(item) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        return type(value)(map(_thaw, value))
    return value


def _dtype(value: Foreign) -> np.dtype[Any]:
    kind = np.dtype(value.args[0])
    if kind.kind not in "biufO" or kind.fields:
        raise ValueError(f"it holds an array of {kind}")
    return kind.newbyteorder(value.state[1]) if value.state and value.state[1] in "<>" else kind


def _array(value: Foreign) -> npt.NDArray[Any]:
    _, shape, kind, fortran, content = value.state
    order: Literal["F", "C"] = "F" if fortran else "C"
    if isinstance(content, list):
        flat = np.empty(len(content), dtype=object)
        for place, item in enumerate(content):  # one by one: an item may itself be a sequence
            flat[place] = _thaw(item)
        return flat.reshape(shape, order=order)
    return np.frombuffer(content, _dtype(kind)).reshape(shape, order=order).copy()


def _scalar(value: Foreign) -> Any:
    kind, content = value.args
    return np.frombuffer(content, _dtype(kind))[0]


def _index(value: Foreign) -> pd.Index:
    kind, made_of = value.args
    if kind is not None and kind.name.endswith("RangeIndex"):
        return pd.RangeIndex(made_of["start"], made_of["stop"], made_of["step"])
    return pd.Index(_thaw(made_of["data"]))


def _table(value: Foreign) -> pd.DataFrame:
    """A table from its blocks: arrays (columns of one kind, rows), and where those columns stand.

    pandas wrote the manager of the blocks as arguments from 1.3 on, before as a state
    whose fourth part is named for version 0.14.1; and `_data` was its name before 1.1.
    """
    manager = value.state.get("_mgr", value.state.get("_data"))
    if manager.state is not None:
        kept = manager.state[3]["0.14.1"]
        blocks = [(block["values"], block["mgr_locs"]) for block in kept["blocks"]]
        axes = kept["axes"]
    else:
        blocks = [block.args[:2] for block in manager.args[0]]
        axes = manager.args[1]
    names, rows = _thaw(axes)
    columns: dict[int, Any] = {}
    for values, places in blocks:
        where = range(*places.indices(len(names))) if isinstance(places, slice) else _thaw(places)
        columns |= dict(zip(map(int, where), _thaw(values), strict=True))
    return pd.DataFrame({name: columns[place] for place, name in enumerate(names)}, index=rows)


# By last name: the modules that these stand in have moved from version to version.
REBUILD: dict[str, Callable[[Foreign], Any]] = {
    "_reconstruct": _array,
    "scalar": _scalar,
    "_new_Index": _index,
    "DataFrame": _table,
}
