"""A corpus without pictures, and a tiny painted one."""

from pathlib import Path

import pytest

from stages.demo import corpus
from stages.demo.artworks import Artwork, compose


@pytest.fixture(scope="session")
def artworks() -> list[Artwork]:
    """A corpus of medium size without pictures."""
    return compose(480, seed=5)


@pytest.fixture(scope="session")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of eight small pictures."""
    folder = tmp_path_factory.mktemp("demo")
    corpus.paint(folder, pictures=8, size=64, seed=3)
    return folder
