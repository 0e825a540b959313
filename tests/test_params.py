"""Messages about wrong values in params.yaml, and about files that cannot be read."""

import re
from pathlib import Path

import pytest

from commands import checks
from stages.common.errors import UserError
from stages.common.params import load, problems, read
from stages.speaker.params import Params, Speaker
from tests.study import ROOT

DEMO = (ROOT / "presets" / "demo.yaml").read_text(encoding="utf-8")


def _edited(tmp_path: Path, key: str, line: str) -> Path:
    """The defaults with `line` in place of the first line of `key`, as far indented, in the section `speaker`."""
    head, section = DEMO.split("\nspeaker:\n")
    blanks = line[: len(line) - len(line.lstrip())] or " +"
    section, count = re.subn(rf"^{blanks}{key}: .*\n", line, section, count=1, flags=re.MULTILINE)
    assert count, key
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
    # YAML 1.2, as DVC reads it: `yes` is a string.
    ("emo_grounding", "  emo_grounding: yes\n", f'speaker.emo_grounding is "yes"; {BOOLEAN}'),
    ("emo_grounding", "  emo_grounding: 1\n", f"speaker.emo_grounding is 1; {BOOLEAN}"),
    ("dropout", "    dropout: .nan\n", "speaker.sat.dropout is NaN; allowed: a finite number at least 0 and below 1"),
    (
        "attention_penalty",
        "    attention_penalty: .inf\n",
        "speaker.sat.attention_penalty is Infinity; allowed: a finite number at least 0",
    ),
    ("tune", "  tune: head\n", 'speaker.tune is "head"; allowed: "none", "last_block", "all"'),
    ("backbone", '  backbone: ""\n', 'speaker.backbone is ""; allowed: text not empty'),
]


@pytest.mark.parametrize(("key", "line", "sentence"), WRONG, ids=[sentence for _, _, sentence in WRONG])
def test_a_wrong_value_is_reported_with_the_allowed_ones(tmp_path: Path, key: str, line: str, sentence: str) -> None:
    file = _edited(tmp_path, key, line)
    with pytest.raises(UserError) as raised:
        load(Params, file)
    assert str(raised.value) == f"{file}: {sentence}"
    assert checks.check_all(read(file), checks.schemas()) == [sentence]


def test_numbers_in_scientific_notation_are_numbers(tmp_path: Path) -> None:
    # `-S` writes 1e-05, which a YAML 1.1 reader takes for a string.
    params = load(Params, _edited(tmp_path, "learning_rate", "    learning_rate: 1e-05\n"))
    assert params.speaker.sat.learning_rate == 0.00001


# Each with what the message must name beside the file.
UNREADABLE = [
    (b"seed: 1\nseed: 2\n", ("line 2", "duplicate", '"seed"')),
    (b"name: \xff\n", ("UTF-8", "byte 7")),
    (b"a: [1\nb: 2\n", ("line 2", "YAML")),
    (b"- 1\n", ("list", "presets/demo.yaml")),
    (b"", ("NoneType", "presets/demo.yaml")),
]


@pytest.mark.parametrize(("content", "words"), UNREADABLE, ids=[repr(content) for content, _ in UNREADABLE])
def test_an_unreadable_file_is_one_line(tmp_path: Path, content: bytes, words: tuple[str, ...]) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(UserError) as raised:
        read(file)
    (line,) = str(raised.value).splitlines()
    assert line.startswith(str(file))
    assert [word for word in words if word not in line] == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: there is no such file; "):
        read(tmp_path / "params.yaml")


def test_the_allowed_values_of_every_key_can_be_described() -> None:
    # A type that the messages have no words for would end in a traceback.
    for schema in checks.schemas().values():
        for key in checks.keys(schema):
            values: object = {"a section": "where a value belongs"}
            for part in reversed(key.split(".")):
                values = {part: values}
            messages = [fault for fault in problems(schema, values) if fault.startswith(f"{key} is")]  # type: ignore[arg-type]
            assert len(messages) == 1, key
