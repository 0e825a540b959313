"""SPICE: what its program is asked and how its answer is read; the program itself needs models that are not here."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from stages.metrics.interface import Context, Trials, Unavailable
from stages.metrics.java import pycocoevalcap
from stages.metrics.spice import MAIN, MODELS, spice

# Stands in for Java: scores a caption by the number of its references, and has no score for an empty one.
PROGRAM = f"""#!{sys.executable}
import json, sys
asked, out = sys.argv[sys.argv.index({MAIN!r}) + 1], sys.argv[sys.argv.index("-out") + 1]
found = [
    {{"image_id": one["image_id"], "scores": {{"All": {{"f": len(one["refs"]) if one["test"] else None}}}}}}
    for one in json.load(open(asked))
]
json.dump(found[::-1], open(out, "w"))
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


def test_every_trial_is_asked_with_the_references_that_judge_it(models: Path) -> None:
    score = spice(models).prepare(Context([["one", "two", "three"], ["one", "two"]]))
    trials = Trials(["a sea", ""], *(np.array(row) for row in ([0, 0, 1], [0, 1, 1], [-1, 0, 1])))
    found = score(trials)
    assert found["spice"].tolist() == [3, 1, 0]
    # A caption without a score does not count as zero.
    assert found["spice.scored"].tolist() == [1, 1, 0]


def test_without_models_it_is_absent(models: Path) -> None:
    (models / MODELS[1]).unlink()
    with pytest.raises(Unavailable, match=r"SPICE needs stanford-corenlp-3.6.0-models.jar in"):
        spice(models).prepare(Context([["a"]]))(Trials.plain(["a"]))


def test_a_program_that_fails_is_quoted(models: Path) -> None:
    (models / "java").write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no memory')", encoding="utf-8")
    with pytest.raises(Unavailable, match="SPICE failed: no memory"):
        spice(models).prepare(Context([["a"]]))(Trials.plain(["a"]))


def test_the_program_is_where_it_is_looked_for() -> None:
    with zipfile.ZipFile(pycocoevalcap("spice") / "spice-1.0.jar") as jar:
        assert f"{MAIN.replace('.', '/')}.class" in jar.namelist()
