"""Fixtures that tests of several rooms share."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.miniature import Miniature, build
from tests.study import Study


@pytest.fixture(scope="session")
def study() -> Study:
    """This repository's dvc.yaml and imports."""
    return Study()


@pytest.fixture(scope="session")
def miniatures(tmp_path_factory: pytest.TempPathFactory) -> list[Miniature]:
    """Two clean runs of the whole study, made side by side, as each takes one core for a minute or two."""
    folder = tmp_path_factory.mktemp("miniatures")
    with ThreadPoolExecutor() as pool:
        return list(pool.map(build, [folder / "one", folder / "other"]))


@pytest.fixture(scope="session")
def miniature(miniatures: list[Miniature]) -> Miniature:
    """A finished study on a few small pictures; shared, so only to be read."""
    return miniatures[0]
