"""Files of answers, good and bad, and the results of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commands.human_study import reading, results_page, tables
from commands.human_study.results import Results, results
from formats.human_study import answers as answer_files
from formats.human_study.answers import Answers
from stages.common.errors import UserError
from tests.browser import faults, needs_browser, opened
from tests.commands.run import artemis
from tests.human_study.conftest import SYSTEMS, Written
from tests.human_study.simulated import answers as simulated


def save(answers: Answers, file: Path, **changed: Any) -> Path:
    file.write_text(json.dumps(answers.model_dump(mode="json") | changed), encoding="utf-8")
    return file


@pytest.fixture
def files(study: Written) -> list[Path]:
    """The answers of three raters who prefer the first system."""
    rng = np.random.default_rng(1)
    return [
        save(simulated(study.design, study.key, rater, 0, rng), study.folder / f"rater-{rater}.json")
        for rater in (1, 2, 3)
    ]


def test_everything_is_counted(study: Written, files: list[Path]) -> None:
    raters = answer_files.read(files, study.key)
    assert [rater.name for rater in raters] == ["1", "2", "3"]
    assert [(len(rater.judged), rater.checks, rater.failed) for rater in raters] == [(6, 4, 0)] * 3
    found = results(raters, study.key)
    assert (found.judgements, found.pictures) == (18, 6)
    # Counted by hand from the files.
    wins = ties = 0
    for file in files:
        for answer in json.loads(file.read_text())["answers"]:
            item = study.key.items[answer["item"]]
            if item.systems:
                ties += answer["preferred"] is None
                wins += answer["preferred"] is not None and item.systems[answer["preferred"]] == 0
    (preference,) = found.preferences
    assert (preference.first, preference.second) == SYSTEMS
    assert preference.counts == (wins, ties, 18 - wins - ties)
    assert preference.estimate.share == pytest.approx((wins + ties / 2 + 0.75) / 19.5)
    assert found.strengths[SYSTEMS[0]] == -found.strengths[SYSTEMS[1]] > 0
    assert found.seconds == 12.5


def test_agreement_is_krippendorffs(study: Written) -> None:
    # Three raters who answer alike, and one alone; other values are the library's own tests.
    same = [simulated(study.design, study.key, 1, 0, np.random.default_rng(4)) for _ in range(3)]
    files = [
        save(answers, study.folder / f"{number}.json", session=f"s{number}") for number, answers in enumerate(same)
    ]
    assert results(answer_files.read(files, study.key), study.key).agreement == {"preference": 1.0, "reasonable": 1.0}
    alone = results(answer_files.read(files[:1], study.key), study.key)
    assert alone.agreement == {"preference": None, "reasonable": None}


def test_a_rater_who_fails_checks_is_left_out_and_told_of(study: Written, files: list[Path]) -> None:
    answers = json.loads(files[2].read_text())
    checks = [answer for answer in answers["answers"] if study.key.items[answer["item"]].check is not None]
    checks[0]["preferred"] = None
    files[2].write_text(json.dumps(answers))
    assert len(results(answer_files.read(files, study.key), study.key).raters) == 3  # one of four may fail
    checks[1]["preferred"] = 1 - checks[1]["preferred"]
    files[2].write_text(json.dumps(answers))
    found = results(answer_files.read(files, study.key), study.key)
    assert [rater.name for rater in found.raters] == ["1", "2"]
    assert sum(found.preferences[0].counts) == 12
    assert sum(found.everybody[0].counts) == 18
    assert "rater 3 (2 of 4 checks failed)" in reading.report(found)
    with pytest.raises(UserError, match="every rater who judged a pair failed"):
        results(answer_files.read(files[2:], study.key), study.key)


def test_of_two_files_of_one_person_the_later_counts(
    study: Written, files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    answers = json.loads(files[0].read_text())
    part = study.folder / "early.json"
    part.write_text(json.dumps(answers | {"answers": answers["answers"][:4], "saved": "2026-11-27T09:00:00.000Z"}))
    raters = answer_files.read([part, *files], study.key)
    assert [rater.file.name for rater in raters] == ["rater-1.json", "rater-2.json", "rater-3.json"]
    assert "early.json: left out" in capsys.readouterr().err
    # A correction, which a browser has saved beside the first file, under a name that comes before it.
    later = study.folder / "rater-1 (1).json"
    changed = [answer | {"preferred": None} for answer in answers["answers"]]
    later.write_text(json.dumps(answers | {"answers": changed, "saved": "2026-11-27T11:00:00.000Z"}))
    first = answer_files.read([later, *files], study.key)[0]
    assert first.file == later
    assert {answer.preferred for _, answer in first.judged} == {None}
    part.write_text(json.dumps(answers | {"session": "another person"}))
    raters = answer_files.read([part, *files], study.key)
    assert [rater.name for rater in raters] == ["1", "1 (2)", "2", "3"]
    assert "rater number 1" in capsys.readouterr().err
    part.write_text(json.dumps(answers | {"answers": answers["answers"][:4]}))
    files[0].write_text(json.dumps(answers | {"answers": answers["answers"][3:]}))
    with pytest.raises(UserError, match=r"early\.json and .*rater-1\.json"):
        answer_files.read([part, *files], study.key)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"study": "0" * 64}, "another study"),
        ({"format": "artemis study answers 9"}, "format"),
        ({"rater": 0}, "rater"),
        ({"rater": 4}, "rater is 4"),
        ({"rater": "1"}, "rater"),
        ({"answers": 3}, "answers"),
        ({"extra": 1}, "extra"),
        ({"answers": [{"item": 99, "preferred": None, "reasonable": [True, True], "first": 0, "seconds": 1}]}, "99"),
        ({"answers": [{"item": 1, "preferred": 2, "reasonable": [True, True], "first": 0, "seconds": 1}]}, "preferred"),
        ({"answers": [{"item": 1, "preferred": 1, "reasonable": [True], "first": 0, "seconds": 1}]}, "reasonable"),
        ({"answers": []}, "no pair is answered"),
        ({"answers": 2 * [{"item": 1, "preferred": 1, "reasonable": [True, True], "first": 0, "seconds": 1}]}, "twice"),
    ],
)
def test_bad_files_are_named(study: Written, files: list[Path], change: dict[str, Any], named: str) -> None:
    file = study.folder / "bad.json"
    file.write_text(json.dumps(json.loads(files[0].read_text()) | change))
    with pytest.raises(UserError, match=named) as refused:
        answer_files.read([file], study.key)
    assert "bad.json" in str(refused.value) or named == "no pair is answered"


@pytest.mark.parametrize("side", [0, 1])
def test_who_always_chooses_one_side_is_left_out(study: Written, files: list[Path], side: int) -> None:
    answers = json.loads(files[0].read_text())
    for answer in answers["answers"]:
        answer |= {"preferred": answer["first"] ^ side, "reasonable": [True, True]}
    files[0].write_text(json.dumps(answers))
    (first, *_) = answer_files.read(files, study.key)
    assert not first.attentive


def test_systems_that_no_counted_answer_connects_are_named(study: Written, files: list[Path]) -> None:
    key = study.key.model_copy(update={"systems": (*SYSTEMS, "third")})
    answers = json.loads(files[2].read_text())
    for answer in answers["answers"]:
        if key.items[answer["item"]].check is not None:
            answer["preferred"] = None
    files[2].write_text(json.dumps(answers))
    with pytest.raises(UserError, match=r"third.*rater 3"):
        results(answer_files.read(files, key), key)


def test_judgements_that_all_agree_do_not_contradict_the_model(study: Written, files: list[Path]) -> None:
    for file in files:
        answers = json.loads(file.read_text())
        for answer in answers["answers"]:
            if (systems := study.key.items[answer["item"]].systems) is not None:
                answer["preferred"] = systems.index(0)
        file.write_text(json.dumps(answers))
    found = results(answer_files.read(files, study.key), study.key)
    assert found.preferences[0].counts == (18, 0, 0)
    assert not [note for note in tables.notes(found) if "contradict" in note]


@pytest.mark.parametrize(
    ("raters", "note"),
    [(1, "a single rater: the intervals say nothing"), (3, "3 raters: the intervals are too narrow")],
)
def test_few_raters(study: Written, files: list[Path], raters: int, note: str) -> None:
    found = results(answer_files.read(files[:raters], study.key), study.key)
    assert [line for line in tables.notes(found) if line.startswith(note)]


def test_a_rater_without_a_pair_is_named(study: Written, files: list[Path]) -> None:
    answers = json.loads(files[0].read_text())
    checks = [answer for answer in answers["answers"] if study.key.items[answer["item"]].check is not None]
    files[0].write_text(json.dumps(answers | {"answers": checks}))
    found = results(answer_files.read(files, study.key), study.key)
    assert [rater.name for rater in found.raters] == ["2", "3"]
    assert "no pair answered: rater 1" in tables.notes(found)
    assert [rater["counts"] for rater in reading.as_json(found)["raters"]] == [True, True, False]


def test_a_mark_before_the_text_is_read(study: Written, files: list[Path]) -> None:
    files[0].write_bytes(b"\xef\xbb\xbf" + files[0].read_bytes())
    assert len(answer_files.read(files, study.key)) == 3


def test_ties_alone(study: Written, files: list[Path]) -> None:
    for file in files:
        answers = json.loads(file.read_text())
        for answer in answers["answers"]:
            if study.key.items[answer["item"]].check is None:
                answer["preferred"] = None
        file.write_text(json.dumps(answers))
    found = results(answer_files.read(files, study.key), study.key)
    assert found.preferences[0].estimate.share == pytest.approx(0.5)
    assert found.first_shown is None
    assert found.agreement["preference"] is None


@pytest.mark.parametrize("content", [b"", b"no JSON", b"\xff\xfe", b"[]", b"null", b'{"a":' * 5000])
def test_bytes_that_are_no_answers(study: Written, content: bytes) -> None:
    file = study.folder / "bad.json"
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"bad\.json"):
        answer_files.read([file], study.key)


def test_the_command(study: Written, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(study.folder)
    names = [file.name for file in files]
    code, lines, _ = artemis("study", "read", *names, "--study", ".", "--out", "results.json")
    assert code == 0
    assert lines[0] == "18 judgements by 3 raters of 6 pictures"
    written = json.loads(Path("results.json").read_text(encoding="utf-8"))
    (preference,) = written["preferences"]
    assert preference["first"] == SYSTEMS[0]
    assert preference["interval"][0] < preference["share"] < preference["interval"][1]
    assert written["raters"][0] == {
        "rater": "1",
        "file": "rater-1.json",
        "judged": 6,
        "checks": 4,
        "failed_checks": 0,
        "counts": True,
    }
    before = Path("key.json").read_bytes()
    code, _, errors = artemis("study", "read", *names, "--study", ".", "--out", "key.json")
    assert code == 1
    assert "key.json" in errors[-1]
    assert Path("key.json").read_bytes() == before
    for wrong in (["missing.json"], [*names, "--study", "elsewhere"], [*names, "--out", "results.docx"]):
        code, _, errors = artemis("study", "read", *wrong, *([] if "--study" in wrong else ["--study", "."]))
        assert code == 1
        assert any(part in errors[-1] for part in ("missing.json", "elsewhere/key.json", "results.docx"))


@needs_browser
def test_the_page_of_results(study: Written, files: list[Path]) -> None:
    found: Results = results(answer_files.read(files, study.key), study.key)
    path = study.folder / "results.html"
    results_page.save(found, path)
    with opened() as page:
        page.goto(path.as_uri())
        assert "18 judgements by 3 raters" in page.inner_text("header")
        assert f"{SYSTEMS[0]} : {SYSTEMS[1]}" in page.inner_text("main")
        assert faults(page) == []
