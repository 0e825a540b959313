"""Foreign pickles are read as data: their values are restored, their code does not run."""

import json
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import torch
from pandas.testing import assert_frame_equal
from torch import nn

from formats.artemis.pickles import Foreign, load_pickles, load_torch, weights
from stages.common.errors import UserError

CHECKPOINTS = Path(__file__).parents[3] / "shared/parity/checkpoints"
TABLE = pd.DataFrame(
    {
        "painting": ["joaquã\xadn-x", "a_b(1)"],
        "emotion": ["awe", None],
        "count": [3, 4],
        "weight": [0.5, 1.5],
        "ids": [[1], [2, 3]],
    }
)


def written(path: Path, *objects: Any, protocol: int = 2) -> Path:
    with path.open("wb") as file:
        for value in objects:
            pickle.dump(value, file, protocol)
    return path


class Harm:
    """Its unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.path}'",)


class Forger(pickle._Pickler):
    """Writes classes under the names in their attribute `forged`, as if another program had."""

    dispatch: ClassVar[dict[type, Any]] = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def save_forged(self, kind: Any) -> None:
        if not hasattr(kind, "forged"):
            self.save_global(kind)  # type: ignore[attr-defined]
            return
        module, _, name = kind.forged.rpartition(".")
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(kind)

    dispatch[type] = save_forged


def forged_class(full: str) -> type:
    return type("Forged", (), {"forged": full})


def test_several_objects_in_one_file(tmp_path: Path) -> None:
    assert load_pickles(written(tmp_path / "x.pkl", 2, {"a": [1, (2.5, None)]}, {"é", "ü"})) == [
        2,
        {"a": [1, (2.5, None)]},
        {"é", "ü"},
    ]


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", ">i4"])
def test_arrays(tmp_path: Path, dtype: str, protocol: int) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    (c, fortran, scalar) = load_pickles(
        written(tmp_path / "x.pkl", array, np.asfortranarray(array), array[1, 1], protocol=protocol)
    )
    assert c.dtype == array.dtype
    np.testing.assert_array_equal(c, array)
    np.testing.assert_array_equal(fortran, array)
    assert scalar == array[1, 1]


def test_table_of_todays_pandas(tmp_path: Path) -> None:
    # Strings are objects, as in ArtEmis' pandas.
    old = TABLE.astype({"painting": object, "emotion": object}).set_axis(TABLE.columns.astype(object), axis="columns")
    (table,) = load_pickles(written(tmp_path / "x.pkl", old))
    assert_frame_equal(table, TABLE, check_dtype=False)
    assert table["ids"].tolist() == [[1], [2, 3]]


def test_table_of_pandas_before_1_3(tmp_path: Path) -> None:
    columns = np.array(["count", "painting", "weight"], dtype=object)
    state = {
        "axes": [columns, np.arange(2)],
        "blocks": [
            {"values": np.array([["x", "y"]], dtype=object), "mgr_locs": slice(1, 2, 1)},
            {"values": np.array([[1.0, 2.0], [0.5, 1.5]]), "mgr_locs": np.array([0, 2])},
        ],
    }
    manager = forged_class("pandas.core.internals.managers.BlockManager")
    frame = forged_class("pandas.core.frame.DataFrame")
    saved_manager, saved_frame = manager(), frame()
    manager.__reduce__ = lambda self: (manager, (), ([], [], [], {"0.14.1": state}))  # type: ignore[method-assign, assignment]
    frame.__reduce__ = lambda self: (frame, (), {"_data": saved_manager})  # type: ignore[method-assign, assignment]
    array = forged_class("numpy.ndarray")
    Forger.dispatch[np.ndarray] = lambda pickler, value: pickler.save_reduce(
        forged_class("numpy.core.multiarray._reconstruct"),
        (array, (0,), b"b"),
        (
            1,
            value.shape,
            Kind(value.dtype),
            False,
            value.ravel().tolist() if value.dtype == object else value.tobytes(),
        ),
        obj=value,
    )
    with (tmp_path / "old.pkl").open("wb") as file:
        Forger(file, 2).dump(saved_frame)
    (table,) = load_pickles(tmp_path / "old.pkl")
    assert_frame_equal(
        table, pd.DataFrame({"count": [1.0, 2.0], "painting": ["x", "y"], "weight": [0.5, 1.5]}), check_index_type=False
    )


class Kind:
    """NumPy's dtype as any version of NumPy pickles it."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.code = dtype.str[1:]

    def __reduce__(self) -> tuple[Any, ...]:
        return forged_class("numpy.dtype"), (self.code, False, True), (3, "<", None, None, None, -1, -1, 0)


def test_a_class_of_artemis_is_never_imported() -> None:
    if not CHECKPOINTS.is_dir():
        pytest.skip("shared/parity/checkpoints is not beside this checkout")
    (vocabulary,) = load_pickles(CHECKPOINTS / "vocabulary.pkl")
    assert isinstance(vocabulary, Foreign)
    assert vocabulary.name == "artemis.utils.vocabulary.Vocabulary"
    assert [vocabulary.state[name] for name in ("pad", "sos", "eos", "unk")] == [0, 1, 2, 3]


def test_a_network_saved_whole_by_artemis() -> None:
    if not CHECKPOINTS.is_dir():
        pytest.skip("shared/parity/checkpoints is not beside this checkout")
    path = CHECKPOINTS / "text_classifier.pt"
    tensors = weights(load_torch(path), path)
    shapes = {name: list(value.shape) for name, value in tensors.items()}
    assert shapes == json.loads((CHECKPOINTS / "text_classifier.keys.json").read_text())


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_networks_of_both_formats_of_torch(tmp_path: Path, zipped: bool, whole: bool) -> None:
    network = nn.Sequential(OrderedDict(first=nn.Linear(3, 2), norm=nn.BatchNorm1d(2)))
    path = tmp_path / "x.pt"
    torch.save(network if whole else network.state_dict(), path, _use_new_zipfile_serialization=zipped)
    tensors = weights(load_torch(path), path)
    assert list(tensors) == list(network.state_dict())
    for name, value in network.state_dict().items():
        assert torch.equal(tensors[name], value)


def test_harm_in_a_pickle_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "harm.pkl", 1, [Harm(tmp_path / "made")])
    with pytest.raises(UserError, match=r"harm\.pkl asks for posix\.system, which no file of ArtEmis needs"):
        load_pickles(path)
    assert not (tmp_path / "made").exists()
    # Proof that the file is harmful:
    with path.open("rb") as file:
        pickle.load(file)
        pickle.load(file)
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_harm_in_a_checkpoint_is_refused(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "harm.pt"
    torch.save({"model": Harm(tmp_path / "made")}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(UserError, match=r"harm\.pt asks for posix\.system"):
        load_torch(path)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "call", ["builtins\neval", "__builtin__\ngetattr", "torch\nload", "torch._utils\n_import_dotted_name"]
)
def test_names_outside_the_allow_list(tmp_path: Path, call: str) -> None:
    (tmp_path / "x.pkl").write_bytes(f"c{call}\n(S'1'\ntR.".encode())
    with pytest.raises(UserError, match="asks for"):
        load_pickles(tmp_path / "x.pkl")


@pytest.mark.parametrize(
    "content",
    [b"\x80\x02]q\x00", b"no pickle", b"\x80\x02K\x01r\xff\xff\xff\x7f.", pickle.dumps(np.zeros(3), 2)[:-20]],
    ids=["cut short", "text", "two thousand million objects", "cut array"],
)
def test_broken_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pkl").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.pkl"):
        load_pickles(tmp_path / "x.pkl")


@pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04rest"])
def test_broken_checkpoints(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.pt cannot be read"):
        load_torch(tmp_path / "x.pt")


def test_neither_a_network_nor_tensors(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"x\.pt holds neither a network nor its state dict"):
        weights({"epoch": 3}, tmp_path / "x.pt")


def test_a_missing_file(tmp_path: Path) -> None:
    for load in (load_pickles, load_torch):
        with pytest.raises(UserError, match=r"gone: there is no such file$"):
            load(tmp_path / "gone")
