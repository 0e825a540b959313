"""`artemis check`: wrong params stop it; it prints what the study would lack on this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands import checks
from commands.checks import check_all, require_tokenizer, schemas, skipped
from stages.common.errors import UserError
from stages.common.language import FOR_ENGLISH
from stages.common.params import load, read
from stages.metrics.meteor import resources
from stages.metrics.params import Metrics, Params
from tests.study import ROOT, leaves

DEMO = ROOT / "presets" / "demo.yaml"


def metrics(**changed: object) -> Metrics:
    return load(Params, DEMO).metrics.model_copy(update=changed)


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def test_all_faults_are_reported_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    text = DEMO.read_text("utf-8").replace("device: auto", "device: gpu").replace("  strict: false", "  strict: maybe")
    file.write_text(text, "utf-8")
    with pytest.raises(UserError) as raised:
        checks.run(file)
    assert sorted(str(raised.value).splitlines()) == [
        f'{file}: annotations.strict is "maybe"; allowed: true or false',
        f'{file}: device is "gpu"; allowed: "auto", "cpu", "cuda"',
    ]


def test_an_unknown_section_is_reported_with_the_nearest_name() -> None:
    near, far = check_all({**read(DEMO), "metric": {"shuffles": 1}, "zzz": 1}, schemas())
    assert near == "metric is an unknown key; did you mean metrics?"
    assert far.startswith("zzz is an unknown key; allowed: annotations, ")


def test_valid_params_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    checks.run(DEMO)
    assert capsys.readouterr().out.splitlines()[-1] == f"{DEMO}: {len(leaves(read(DEMO)))} keys, all valid"


def test_the_file_of_a_preset_is_completed(capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "presets" / "artemis.yaml"
    checks.run(file)
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == f"{file}: {len(leaves(read(DEMO)))} keys, all valid"
    assert any("data/raw/artemis" in line for line in printed[:-1])


def test_missing_files_of_the_data_set_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = DEMO.read_text("utf-8").replace("dataset: demo", "dataset: nowhere")
    (tmp_path / "params.yaml").write_text(text.replace("data/raw/demo/truth.parquet", "neutral.csv"), "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as raised:
        checks.run(Path("params.yaml"))
    sentences = str(raised.value).splitlines()
    assert all(sentence.startswith("params.yaml: ") for sentence in sentences)
    needed = ["annotations.csv", *checks.BESIDE, "neutral.csv", "`artemis inventory nowhere`"]
    assert [name for name in needed if name not in str(raised.value)] == []
    assert "keys, all valid" not in capsys.readouterr().out
    # With all of them there is nothing to say.
    folder = Path("data/raw/nowhere")
    folder.mkdir(parents=True)
    for file in ("neutral.csv", *(folder / name for name in ("annotations.csv", *checks.BESIDE))):
        Path(file).touch()
    checks.run(Path("params.yaml"))
    assert "keys, all valid" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("base", "missing"),
    [
        ("data/raw/demo/truth.parquet", False),
        ("data/captions/captions.parquet", False),
        ("data/raw/museum/neutral.csv", True),
        ("neutral.csv", True),
    ],
)
def test_neutral_captions_that_no_stage_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, missing: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    assert [base in sentence for sentence in checks.missing_captions(base)] == [True] * missing


@pytest.mark.usefixtures("no_java")
def test_metrics_that_need_java_are_reported_as_skipped() -> None:
    assert list(skipped(metrics(meteor="none"), "clean")) == []
    (meteor,) = skipped(metrics(meteor="java"), "clean")
    assert meteor.startswith("metrics.meteor will be skipped: ")
    assert "java" in meteor
    notices = skipped(metrics(meteor="java", spice="models"), "clean")
    assert [notice.split()[0] for notice in notices] == ["metrics.meteor", "metrics.spice"]


@pytest.mark.usefixtures("no_java")
def test_the_embedded_study_needs_no_java(capsys: pytest.CaptureFixture[str]) -> None:
    checks.run(DEMO)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith(" keys, all valid")


def test_meteor_without_its_data_is_reported_as_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "installed", lambda: tmp_path)
    (meteor,) = skipped(metrics(), "clean")
    assert meteor.startswith(f"metrics.meteor will be skipped: {tmp_path / resources.PARAPHRASES}")


def test_meteor_as_it_was_switched_before(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(DEMO.read_text("utf-8").replace("meteor: python", "meteor: true"), "utf-8")
    with pytest.raises(UserError, match=r'metrics\.meteor is true; allowed: "python", "java", "none"'):
        checks.run(file)


@pytest.mark.usefixtures("no_java")
def test_a_tokenizer_that_needs_java_is_an_error() -> None:
    require_tokenizer(metrics())
    with pytest.raises(UserError, match=r"metrics\.tokenizer.*ptb.*Java"):
        require_tokenizer(metrics(tokenizer="ptb"))


def test_a_stage_stops_with_one_line(tmp_path: Path) -> None:
    """A stage as DVC starts it, on a params file with a wrong value."""
    text = DEMO.read_text("utf-8").replace("  strict: false", "  strict: maybe")
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "stages.annotations"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DVC_STAGE": "annotations"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith('annotations: params.yaml: annotations.strict is "maybe"; allowed: true or false; ')
    assert "dvc checkout" in line


def test_rules_of_english_do_not_suit_another_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_bytes(DEMO.read_bytes())
    card = Path("data/raw/demo/dataset.yaml")
    card.parent.mkdir(parents=True)
    card.write_text("language: de\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"dataset\.yaml: language is de.*utterances\.rules is clean.*plain"):
        checks.run(Path("params.yaml"))
    # A preset is not what runs next.
    checks.run(DEMO)


def test_metrics_for_english_are_reported_as_skipped() -> None:
    notices = list(skipped(metrics(spice="models"), "plain"))
    assert notices == [f"metrics.{name} will be skipped: {FOR_ENGLISH}" for name in ("meteor", "spice")]
    assert list(skipped(metrics(meteor="none"), "plain")) == []
