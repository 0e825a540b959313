"""All pages of a miniature study, built once for all tests of the pages; `study` and `copy` are fixtures."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from stages.classifiers_report.__main__ import main as classifiers
from stages.dataset_report.__main__ import main as dataset
from stages.emotions_report.__main__ import main as emotions
from stages.index_report.__main__ import main as index
from stages.language_report.__main__ import main as language
from stages.pages import page
from stages.reference_report.__main__ import main as reference
from stages.speakers_report.__main__ import main as speakers
from stages.wording.__main__ import main as wording
from tests import (
    in_process,
    textblob_used,  # noqa: F401
)
from tests.classifiers_report import made_up
from tests.index_report import miniature

PARAMS = "# <b>comments</b> are shown too\nseed: 1\nsharing: {}\nutterances:\n  rules: clean\n"


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the study with all its pages; only to be read."""
    return _build(tmp_path_factory.getbasetemp() / "pages")


@pytest.fixture
def copy(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the study in the working directory, to change; notebooks run in this process."""
    shutil.copytree(study, tmp_path / "study")
    monkeypatch.chdir(tmp_path / "study")
    monkeypatch.setattr(page, "execute", in_process.execute)
    return tmp_path / "study"


# A fixture that several conftest.py import is a fixture of each: only the cache makes them share one study.
@cache
def _build(folder: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        # The classifiers have a made-up study of their own.
        for name, write, mains in (
            ("study", miniature.write, (wording, dataset, language, emotions, reference, speakers, index)),
            ("classified", made_up.write, (classifiers,)),
        ):
            (folder / name).mkdir(parents=True)
            patch.chdir(folder / name)
            patch.setattr(page, "execute", in_process.execute)
            write()
            Path("params.yaml").write_text(PARAMS.format("false"), encoding="utf-8")
            for main in mains:
                main()
    shutil.copy(folder / "classified/reports/classifiers.html", folder / "study/reports")
    return folder / "study"
