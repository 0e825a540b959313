"""Check a whole params file, and what the metrics need of this machine, before anything runs."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import stages
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.params import FILE, check, faults, read, unknown
from stages.metrics.interface import Unavailable
from stages.metrics.java import java, java_for_tokens
from stages.metrics.params import Metrics
from stages.metrics.params import Params as MetricsParams
from stages.metrics.spice import java_for

# What a data set of one's own has beside its annotations, which DVC would miss without a way out.
BESIDE = ("images.tsv", "dataset.yaml", "exclude.csv", "genres.csv", "twins.csv")


def main() -> int:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    values = read(file)
    readers = schemas()
    if found := check_all(values, readers):
        raise UserError("\n".join(f"{file}: {fault}" for fault in found))
    dials = check(MetricsParams, values, file).metrics
    require(dials)
    for told in left_out(dials):
        print(f"{file}: {told}")
    for told in lacking(values["dataset"], values["annotations"]["file"]):
        print(f"{file}: {told}")
    known = {key for schema in readers.values() for key in keys(schema)}
    print(f"{file}: {len(known)} keys, all right")
    return 0


def lacking(dataset: str, table: str) -> Iterator[str]:
    """Which files of its raw data are not there yet, one sentence for each way out."""
    if dataset == "demo":  # painted by the stage of that name
        return
    folder = Path("data/raw") / dataset
    if not (folder / table).is_file():
        yield f"annotations.file: {folder / table} is not there; put your table there, or name the one that is"
    if absent := [name for name in BESIDE if not (folder / name).is_file()]:
        way_out = f"`python -m commands.inventory {dataset}` writes them"
        yield f"dataset: {folder} lacks {', '.join(absent)}; {way_out}"


def schemas() -> dict[str, type[BaseModel]]:
    """The `Params` of every stage that reads any, by the stage's name."""
    home = Path(stages.__path__[0])
    readers = sorted(path.parent.name for path in home.glob("*/params.py") if path.parent.name != "common")
    return {name: importlib.import_module(f"stages.{name}.params").Params for name in readers}


def check_all(values: dict[str, Any], schemas: dict[str, type[BaseModel]]) -> list[str]:
    """One sentence per key that is at fault, however many stages read it: the longest, which is the owner's."""
    known = sorted({key for schema in schemas.values() for key in schema.model_fields})
    told = [unknown(str(key), known) for key in values if key not in known]
    told += [fault for schema in schemas.values() for fault in faults(schema, values)]
    sentences: dict[str, str] = {}
    for fault in told:
        key = fault.split()[0]
        sentences[key] = max(sentences.get(key, ""), fault, key=len)
    return list(sentences.values())


def keys(schema: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted keys of the single values that `schema` reads."""
    for name, field in schema.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def require(dials: Metrics) -> None:
    """Make sure that nothing will stop the stage.

    Raises:
        UserError: the tokenizer needs Java, and there is none.
    """
    if dials.tokenizer == "ptb":
        java_for_tokens()


def left_out(dials: Metrics) -> Iterator[str]:
    """A sentence on each metric that is asked for and that the stage will go on without."""
    try:
        if dials.meteor:
            java("METEOR")
    except Unavailable as reason:
        yield f"metrics.meteor: will be left out: {reason}"
    try:
        if dials.spice:
            java_for(Path(dials.spice))
    except Unavailable as reason:
        yield f"metrics.spice: will be left out: {reason}"


if __name__ == "__main__":
    tool(main)
