"""Check a params file as a whole, and what it needs of this machine and of data/raw/, before anything runs."""

import difflib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import stages
from commands import presets
from stages.annotations.metadata import read_card
from stages.common import params
from stages.common.errors import UserError
from stages.common.language import FOR_ENGLISH, TextRules, is_english, require_rules
from stages.common.params import EMBEDDED, problems, unknown_key
from stages.metrics.interface import Unavailable
from stages.metrics.java import tokenizer_java
from stages.metrics.meteor import metric as meteor
from stages.metrics.params import Metrics
from stages.metrics.params import Params as MetricsParams
from stages.metrics.spice import spice_java

# Folder of the data sets.
RAW = Path("data/raw")
# The files beside the annotations of a data set, which dvc.yaml declares: DVC would stop without them.
BESIDE = ("images.tsv", "dataset.yaml", "exclude.csv", "genres.csv", "twins.csv")


def run(file: Path) -> None:
    """Check `file`, a whole params file or a preset, and print what the study would lack here.

    Raises:
        UserError: naming every wrong value and every unknown key; or the missing files without which DVC would stop,
            with an error that does not say what they are. A preset is not what runs next: its files are printed.
    """
    preset = presets.is_preset(file)
    values = presets.values(file) if preset else params.read(file)
    readers = schemas()
    if wrong := check_all(values, readers):
        raise UserError("\n".join(f"{file}: {fault}" for fault in wrong))
    config = params.check(MetricsParams, values, file)
    metrics, rules = config.metrics, config.utterances.rules
    require_tokenizer(metrics)
    card = RAW / values["dataset"] / "dataset.yaml"
    if card.is_file() and not preset:
        require_rules(rules, read_card(card).language)
    missing = [
        *missing_files(values["dataset"], values["annotations"]["file"]),
        *missing_captions(values["anp_captions"]["base"]),
    ]
    for notice in (*skipped(metrics, rules), *(missing if preset else [])):
        print(f"{file}: {notice}")
    if missing and not preset:
        raise UserError("\n".join(f"{file}: {sentence}" for sentence in missing))
    known = {key for schema in readers.values() for key in keys(schema)}
    print(f"{file}: {len(known)} keys, all valid")


def schemas() -> dict[str, type[BaseModel]]:
    """The `Params` of each stage that reads params, by the stage's name."""
    folder = Path(stages.__path__[0])
    readers = sorted(path.parent.name for path in folder.glob("*/params.py") if path.parent.name != "common")
    return {name: importlib.import_module(f"stages.{name}.params").Params for name in readers}


def check_all(values: dict[str, Any], schemas: dict[str, type[BaseModel]]) -> list[str]:
    """One sentence for each wrong key.

    Of the sentences of several stages about one key, the longest is kept: that of the stage that owns its section.
    """
    known = sorted({key for schema in schemas.values() for key in schema.model_fields})
    sentences = [unknown_key(key, known) for key in values if key not in known]
    sentences += [fault for schema in schemas.values() for fault in problems(schema, values)]
    of_keys: dict[str, str] = {}
    for sentence in sentences:
        key = sentence.split()[0]
        of_keys[key] = max(of_keys.get(key, ""), sentence, key=len)
    return list(of_keys.values())


def keys(schema: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted keys of the values that `schema` reads."""
    for name, field in schema.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def require_tokenizer(config: Metrics) -> None:
    """Make sure that the tokenizer of the metrics runs here.

    Raises:
        UserError: it needs Java, and there is none.
    """
    if config.tokenizer == "ptb":
        tokenizer_java()


def skipped(config: Metrics, rules: TextRules) -> Iterator[str]:
    """A sentence for each metric that the config asks for and that cannot be computed here."""
    if not is_english(rules):
        asked = {"meteor": config.meteor != "none", "spice": config.spice}
        yield from (f"metrics.{name} will be skipped: {FOR_ENGLISH}" for name, wanted in asked.items() if wanted)
        return
    try:
        if config.meteor != "none":
            meteor.require(config.meteor)
    except Unavailable as reason:
        yield f"metrics.meteor will be skipped: {reason}"
    try:
        if config.spice:
            spice_java(Path(config.spice))
    except Unavailable as reason:
        yield f"metrics.spice will be skipped: {reason}"


def missing_files(dataset: str, table: str) -> Iterator[str]:
    """A sentence for each kind of missing raw data, with what to do.

    Args:
        table: file name of the annotations.
    """
    if dataset == EMBEDDED:
        return
    folder = RAW / dataset
    if not folder.is_dir():
        yield f"dataset: {folder} is not there{_other_data_sets(dataset)}; make this folder, with {table} and images/"
    if not (folder / table).is_file():
        yield f"annotations.file: {folder / table} is not there; put your table there, or name the one that is"
    if absent := [name for name in BESIDE if not (folder / name).is_file()]:
        yield f"dataset: {folder} lacks {', '.join(absent)}; `artemis inventory {dataset}` writes them"


def _other_data_sets(dataset: str) -> str:
    there = {path.name for path in RAW.glob("*") if any((path / name).is_file() for name in BESIDE)} | {EMBEDDED}
    near = difflib.get_close_matches(dataset, there, n=1)
    return f"; did you mean {near[0]}?" if near else f"; found here: {', '.join(sorted(there))}"


def missing_captions(base: str) -> Iterator[str]:
    """A sentence if the neutral captions are a file that is not there; stages make those in data/ but data/raw/."""
    file = Path(base)
    made = file.parts[:1] == ("data",) and (file.parts[:2] != RAW.parts or file.parts[:3] == (*RAW.parts, EMBEDDED))
    if not made and not file.is_file():
        yield f"anp_captions.base: {file} is not there; put your neutral captions there, or name the file that has them"
