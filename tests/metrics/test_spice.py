"""SPICE: the input and output of its program; the program itself needs language models that the tests do not have."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from stages.metrics.interface import Context, Pairings, Unavailable
from stages.metrics.java import package_folder
from stages.metrics.spice import MAIN, MODELS, spice

# Replaces Java: scores a caption by the number of its references, and gives no score to an empty one.
PROGRAM = f"""#!{sys.executable} -IS
import json, sys
captions, scores = sys.argv[sys.argv.index({MAIN!r}) + 1], sys.argv[sys.argv.index("-out") + 1]
results = [
    {{"image_id": item["image_id"], "scores": {{"All": {{"f": len(item["refs"]) if item["test"] else None}}}}}}
    for item in json.load(open(captions))
]
json.dump(results[::-1], open(scores, "w"))
"""


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    java = tmp_path / "java"
    java.write_text(PROGRAM, encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in MODELS:
        (tmp_path / name).touch()
    return tmp_path


def test_program_gets_the_references_that_are_not_left_out(models: Path) -> None:
    score = spice(models).prepare(Context([["one", "two", "three"], ["one", "two"]]))
    columns = score(Pairings(["a sea", ""], *(np.array(row) for row in ([0, 0, 1], [0, 1, 1], [-1, 0, 1]))))
    assert columns["spice"].tolist() == [3, 1, 0]
    # A caption without a score does not count as zero.
    assert columns["spice.scored"].tolist() == [1, 1, 0]


def test_unavailable_without_models(models: Path) -> None:
    (models / MODELS[1]).unlink()
    with pytest.raises(Unavailable, match=r"SPICE needs stanford-corenlp-3.6.0-models.jar in .*metrics\.spice"):
        spice(models).prepare(Context([["a"]]))(Pairings.in_order(["a"]))


def test_error_of_the_program_is_quoted(models: Path) -> None:
    (models / "java").write_text(f"#!{sys.executable} -IS\nimport sys\nsys.exit('no memory')", encoding="utf-8")
    with pytest.raises(Unavailable, match="SPICE failed: no memory"):
        spice(models).prepare(Context([["a"]]))(Pairings.in_order(["a"]))


def test_program_is_in_the_package() -> None:
    with zipfile.ZipFile(package_folder("spice") / "spice-1.0.jar") as jar:
        assert f"{MAIN.replace('.', '/')}.class" in jar.namelist()
