"""Fixtures that tests of several folders share."""

import pytest

from tests.miniature import Miniature, build
from tests.ray_nodes import nodes as nodes
from tests.study import Study


@pytest.fixture(scope="session")
def study() -> Study:
    """This repository's dvc.yaml and imports."""
    return Study()


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> Miniature:
    """A finished study on a few small pictures, run by DVC; shared, so read-only."""
    return build(tmp_path_factory.mktemp("miniature") / "study")
