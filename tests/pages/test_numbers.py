"""Final numbers of a stage."""

from pathlib import Path

import pytest

from stages.pages.training import flat, numbers


def test_numbers_that_a_stage_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("reports/speaker")
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text('{"test": {"loss": 2.25}, "epochs": 2}', encoding="utf-8")
    shown = numbers("speaker")
    assert '<th scope="row">test loss</th><td>2.25</td>' in shown
    assert '<th scope="row">epochs</th><td>2</td>' in shown
    few = numbers("speaker", ["epochs", "not measured"])
    assert few.count('<th scope="row">') == 1
    assert '<th scope="row">epochs</th><td>2</td>' in few


def test_nested_numbers_become_dotted_names_in_their_order() -> None:
    assert list(flat({"b": 1, "a": {"y": 2, "x": {"z": 3}}}).items()) == [("b", 1), ("a.y", 2), ("a.x.z", 3)]
