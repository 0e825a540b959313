"""Small data of METEOR, and the real ones, each loaded once."""

from pathlib import Path

import pytest

from stages.metrics.meteor.meteor import Meteor
from tests.metrics.meteor import small


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the study in an empty cache of the user."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "artemis-dvc"


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small data; read-only."""
    return small.write(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def small_meteor(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Meteor:
    """METEOR with small data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.platform", "linux")
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return Meteor(small_folder)


@pytest.fixture(scope="session")
def meteor() -> Meteor:
    """METEOR with pycocoevalcap's data; its index is made in the user's cache if it is not there."""
    return Meteor()
