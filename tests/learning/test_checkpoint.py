"""The fingerprint in a checkpoint's folder name, and the size of a checkpoint."""

from pathlib import Path

import pytest
import torch
from torch import nn

from stages.common.params import View
from stages.learning import checkpoint
from stages.learning.checkpoint import Progress, checkpoint_size, save


class Params(View):
    epochs: int


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table"
    path.write_text("one")
    return path


def _fingerprint(epochs: int, table: Path) -> str:
    return checkpoint.fingerprint(Params(epochs=epochs), [table], "cpu")


def test_equal_runs_share_a_fingerprint(table: Path) -> None:
    assert _fingerprint(1, table) == checkpoint.fingerprint(Params(epochs=1), [table], "cpu")


def test_params_inputs_code_and_machine_change_it(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fingerprints = [_fingerprint(1, table), _fingerprint(2, table)]
    table.write_text("two")
    fingerprints.append(_fingerprint(1, table))
    edited = tmp_path / "scratch.py"
    edited.write_text("# the same module after an edit\n")
    monkeypatch.setattr(checkpoint, "__file__", str(edited))
    fingerprints.append(_fingerprint(1, table))
    fingerprints.append(checkpoint.fingerprint(Params(epochs=1), [table], "cuda"))
    assert len(set(fingerprints)) == 5


def test_the_folder_lies_in_the_main_repository(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # DVC sets DVC_ROOT to the main repository, also for a run in a temporary copy.
    monkeypatch.setenv("DVC_ROOT", "/somewhere")
    folder = checkpoint.scratch_folder("speaker", Params(epochs=1), [table], "cpu")
    assert folder.parent == Path("/somewhere/.scratch/speaker")
    assert len(folder.name) == 32


def test_the_announced_size_is_that_of_two_checkpoints(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(200, 300), nn.BatchNorm1d(300))
    model[0].bias.requires_grad_(False)
    optimizer = torch.optim.Adam([value for value in model.parameters() if value.requires_grad])
    model(torch.ones(4, 200)).sum().backward()
    optimizer.step()
    best = {name: value.clone() for name, value in model.state_dict().items()}
    save(tmp_path, model, optimizer, None, best, Progress())
    (file,) = tmp_path.iterdir()
    # Both exist for a moment; the header is small.
    assert 2 * file.stat().st_size == pytest.approx(checkpoint_size(model), rel=0.02)
