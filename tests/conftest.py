"""Fixtures that tests of several rooms share."""

import locale
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.miniature import Miniature, build
from tests.study import Study

# A folder's name with much that file systems allow and programs stumble over. DVC itself stumbles over braces.
ODD = 'an  "odd" folder\'s\nname, größer & $HOME; #1 %s'


@pytest.fixture(scope="session")
def study() -> Study:
    """This repository's dvc.yaml and imports."""
    return Study()


@pytest.fixture(scope="session")
def miniatures(tmp_path_factory: pytest.TempPathFactory) -> list[Miniature]:
    """Two clean runs of the whole study, made side by side, as each takes one core for a minute or two.

    All that must not matter is different: the folder's name, the language, and what Python's hashes start from.
    """
    folder = tmp_path_factory.mktemp("miniatures")
    with ThreadPoolExecutor() as pool:
        one = pool.submit(build, folder / "one", PYTHONHASHSEED="1", LC_ALL="C.UTF-8")
        other = pool.submit(build, folder / ODD, PYTHONHASHSEED="2", LC_ALL=odd_locale())
        return [one.result(), other.result()]


def odd_locale() -> str:
    """German, with its decimal comma, where the machine has it; else C, whose text is ASCII."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return "de_DE.UTF-8"


@pytest.fixture(scope="session")
def miniature(miniatures: list[Miniature]) -> Miniature:
    """A finished study on a few small pictures; shared, so only to be read."""
    return miniatures[0]
