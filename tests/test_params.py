"""What a person reads after writing a wrong value into params.yaml."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands import check
from stages.common.errors import UserError
from stages.common.params import faults, load, read
from stages.speaker.params import Params, Speaker
from tests.study import ROOT, leaves

DEMO = (ROOT / "presets" / "demo.yaml").read_text(encoding="utf-8")


def _edited(tmp_path: Path, key: str, line: str) -> Path:
    """The demo's params with the line of `key`, in the section of the speaker, written as `line`."""
    head, section = DEMO.split("\nspeaker:\n")
    section, found = re.subn(rf"^ +{key}: .*\n", line, section, count=1, flags=re.MULTILINE)
    assert found, key
    file = tmp_path / "params.yaml"
    file.write_text(f"{head}\nspeaker:\n{section}", encoding="utf-8")
    return file


PATIENCE = "allowed: a whole number at least 1"
KEYS = "allowed: " + ", ".join(Speaker.model_fields)
BOOLEAN = "allowed: true or false"
WRONG = [
    ("patience", "  patience: abc\n", f'speaker.patience is "abc"; {PATIENCE}'),
    ("patience", "  patience: 12\n  1: 2\n", f"speaker.1 is an unknown key; {KEYS}"),
    ("patience", "  patience: 12\n  null: 2\n", f"speaker.null is an unknown key; {KEYS}"),
    ("patience", "  patience: 2.5\n", f"speaker.patience is 2.5; {PATIENCE}"),
    ("patience", "  patience: -1\n", f"speaker.patience is -1; {PATIENCE}"),
    ("patience", "  patience:\n", f"speaker.patience is null; {PATIENCE}"),
    ("patience", "  patience: true\n", f"speaker.patience is true; {PATIENCE}"),
    # What `dvc exp run -S speaker.patience=None` writes.
    ("patience", "  patience: None\n", f'speaker.patience is "None"; {PATIENCE}'),
    ("patience", "  patience:\n    most: 12\n", f'speaker.patience is {{"most": 12}}; {PATIENCE}'),
    ("patience", "", f"speaker.patience is missing; {PATIENCE}"),
    ("patience", "  patience: 12\n  patienc: 9\n", "speaker.patienc is an unknown key; did you mean speaker.patience?"),
    (
        "seed",
        "  seed: 4294967296\n",
        "speaker.seed is 4294967296; allowed: a whole number at least 0 and below 4,294,967,296",
    ),
    ("emo_grounding", '  emo_grounding: "yes"\n', f'speaker.emo_grounding is "yes"; {BOOLEAN}'),
    # YAML 1.2, as DVC reads it: `yes` is a word.
    ("emo_grounding", "  emo_grounding: yes\n", f'speaker.emo_grounding is "yes"; {BOOLEAN}'),
    ("emo_grounding", "  emo_grounding: 1\n", f"speaker.emo_grounding is 1; {BOOLEAN}"),
    ("dropout", "    dropout: .nan\n", "speaker.sat.dropout is NaN; allowed: a finite number at least 0 and below 1"),
    (
        "attention_penalty",
        "    attention_penalty: .inf\n",
        "speaker.sat.attention_penalty is Infinity; allowed: a finite number at least 0",
    ),
    ("backbone", '  backbone: ""\n', 'speaker.backbone is ""; allowed: text not empty'),
]


@pytest.mark.parametrize(("key", "line", "sentence"), WRONG, ids=[sentence for _, _, sentence in WRONG])
def test_a_wrong_value_is_named_with_what_is_allowed(tmp_path: Path, key: str, line: str, sentence: str) -> None:
    file = _edited(tmp_path, key, line)
    with pytest.raises(UserError) as found:
        load(Params, file)
    assert str(found.value) == f"{file}: {sentence}"
    assert check.check_all(read(file), check.schemas()) == [sentence]


def test_numbers_in_scientific_notation_are_numbers(tmp_path: Path) -> None:
    # `-S` writes 1e-05, which a YAML 1.1 reader takes for text.
    params = load(Params, _edited(tmp_path, "learning_rate", "    learning_rate: 1e-05\n"))
    assert params.speaker.sat.learning_rate == 0.00001


UNREADABLE = [
    (
        b"seed: 1\nseed: 2\n",
        ', line 2: not readable as YAML: found duplicate key "seed" with value "2" (original value: "1")',
    ),
    (b"name: \xff\n", ": not UTF-8 (byte 7); save it as UTF-8"),
    (b"a: [1\nb: 2\n", ", line 2: not readable as YAML: expected ',' or ']', but got ':'"),
    (b"- 1\n", ": found list, allowed are keys with values; see presets/demo.yaml"),
    (b"", ": found NoneType, allowed are keys with values; see presets/demo.yaml"),
]


@pytest.mark.parametrize(("content", "sentence"), UNREADABLE, ids=[repr(content) for content, _ in UNREADABLE])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(UserError) as found:
        read(file)
    assert str(found.value) == f"{file}{sentence}"


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no such file; `cp presets/demo.yaml .*` gives the embedded study's"):
        read(tmp_path / "params.yaml")


def test_an_unknown_section_is_told_with_the_nearest_name() -> None:
    values = {**read(ROOT / "presets" / "demo.yaml"), "metric": {"shuffles": 1}, "zzz": 1}
    near, far = check.check_all(values, check.schemas())
    assert near == "metric is an unknown key; did you mean metrics?"
    assert far.startswith("zzz is an unknown key; allowed: annotations, ")


def test_every_key_can_say_what_is_allowed() -> None:
    # A schema of a kind that the sentences have no words for would end in a traceback.
    for schema in check.schemas().values():
        for key in check.keys(schema):
            values: object = {"of": "a kind that nothing allows"}
            for part in reversed(key.split(".")):
                values = {part: values}
            told = [fault for fault in faults(schema, values) if fault.startswith(f"{key} is")]  # type: ignore[arg-type]
            assert len(told) == 1, key


def test_the_check_tells_all_faults_one_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _edited(tmp_path, "patience", "  patience: abc\n")
    file.write_text(file.read_text("utf-8").replace("device: auto", "device: gpu"), "utf-8")
    monkeypatch.setattr("sys.argv", ["check_params", str(file)])
    with pytest.raises(UserError) as found:
        check.main()
    lines = str(found.value).splitlines()
    assert sorted(lines) == [
        f'{file}: device is "gpu"; allowed: "auto", "cpu", "cuda"',
        f'{file}: speaker.patience is "abc"; {PATIENCE}',
    ]


def test_the_check_counts_the_keys(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    file = ROOT / "presets" / "demo.yaml"
    monkeypatch.setattr("sys.argv", ["check_params", str(file)])
    assert check.main() == 0
    assert capsys.readouterr().out == f"{file}: {len(leaves(read(file)))} keys, all right\n"


def test_a_stage_stops_with_one_line_and_the_way_back(tmp_path: Path) -> None:
    """The whole way: a stage as DVC starts it, on a params file with a wrong value."""
    (tmp_path / "params.yaml").write_text(DEMO.replace("  strict: false", "  strict: maybe"), encoding="utf-8")
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
    assert done.stderr == (
        'annotations: params.yaml: annotations.strict is "maybe"; allowed: true or false; '
        "the previous result returns with `dvc checkout`\n"
    )
