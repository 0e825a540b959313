"""Long work starts only where there is room for what it writes."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from stages.common.errors import UserError
from stages.common.files import require
from stages.learning.checkpoint import Progress, room, save


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with a million bytes left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))


@pytest.mark.usefixtures("free")
def test_enough_is_enough(tmp_path: Path) -> None:
    require(tmp_path / "not" / "yet", 1_000_000, "anything")


@pytest.mark.usefixtures("free")
def test_too_little_is_one_sentence_with_both_sizes(tmp_path: Path) -> None:
    with pytest.raises(UserError) as found:
        require(tmp_path / "data", 31_470_000_000, "80,031 packed pictures")
    assert str(found.value).startswith(
        f"80,031 packed pictures will take 31.47 GB in {tmp_path / 'data'}, but its disk has 0.00 GB free; make room"
    )


def test_a_folder_that_is_not_there_is_looked_for_upwards(tmp_path: Path) -> None:
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: asked.append(path) or SimpleNamespace(free=1))
        require(tmp_path / "a" / "b", 1, "anything")
    assert asked == [tmp_path]


def test_a_checkpoint_takes_the_room_that_is_asked_for(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(200, 300), nn.BatchNorm1d(300))
    model[0].bias.requires_grad_(False)
    optimizer = torch.optim.Adam([value for value in model.parameters() if value.requires_grad])
    model(torch.ones(4, 200)).sum().backward()
    optimizer.step()
    save(
        tmp_path,
        model,
        optimizer,
        None,
        {name: value.clone() for name, value in model.state_dict().items()},
        Progress(),
    )
    (file,) = tmp_path.iterdir()
    # The header is small; a new checkpoint stands beside the last for a moment.
    assert 2 * file.stat().st_size == pytest.approx(room(model), rel=0.02)
