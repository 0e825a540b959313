"""A checkpoint's folder is named after all that its content depends on."""

from pathlib import Path

import pytest

from stages.common.params import View
from stages.learning import checkpoint


class Params(View):
    epochs: int


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table"
    path.write_text("one")
    return path


def _print(epochs: int, table: Path) -> str:
    return checkpoint.fingerprint(Params(epochs=epochs), [table], "cpu")


def test_equal_runs_share_a_fingerprint(table: Path) -> None:
    assert _print(1, table) == checkpoint.fingerprint(Params(epochs=1), [table], "cpu")


def test_params_inputs_code_and_machine_change_it(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = [
        _print(1, table),
        _print(2, table),
    ]
    table.write_text("two")
    prints.append(_print(1, table))
    edited = tmp_path / "scratch.py"
    edited.write_text("# the same module after an edit\n")
    monkeypatch.setattr(checkpoint, "__file__", str(edited))
    prints.append(_print(1, table))
    prints.append(checkpoint.fingerprint(Params(epochs=1), [table], "cuda"))
    assert len(set(prints)) == 5


def test_the_folder_lies_in_the_main_repository(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # DVC sets DVC_ROOT to the main repository, also for a run in a temporary copy.
    monkeypatch.setenv("DVC_ROOT", "/somewhere")
    folder = checkpoint.scratch_folder("speaker", Params(epochs=1), [table], "cpu")
    assert folder.parent == Path("/somewhere/.scratch/speaker")
    assert len(folder.name) == 32
