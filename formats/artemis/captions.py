"""Import captions that ArtEmis' code sampled, or that its authors publish, so that they can be scored.

The file holds a config, a table and the attention of each sampling run, pickled; none of
its code is run.
"""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from formats.artemis.pickles import load_pickles
from stages.captions import attention
from stages.common.captions_table import KEY, save_captions
from stages.common.errors import UserError
from stages.common.files import write_json

NEEDED = ["art_style", "painting", "grounding_emotion", "caption"]


class Run(NamedTuple):
    """The captions of one config; `maps` are aligned with the rows of `table`, None where the file has none."""

    config: Any
    table: pd.DataFrame
    maps: Sequence[np.ndarray] | None


def convert(path: Path, folder: Path) -> str:
    """Write captions.parquet, configs.json and attention.npz as the stage `captions` does; returns a summary."""
    runs = read(path)
    count = save(runs, folder)
    return f"{folder}: {count:,} captions by {len(runs)} configs, as in {path}"


def read(path: Path) -> list[Run]:
    """The sampling runs in a file.

    Raises:
        UserError: it cannot be read, or holds something else.
    """
    # The first object of the file is the number of objects that follow.
    lists = [value for value in load_pickles(path) if isinstance(value, list)]
    entries = lists[0] if len(lists) == 1 else []
    if not entries or not all(isinstance(entry, (list, tuple)) and len(entry) == 3 for entry in entries):
        raise UserError(f"{path}: holds no sampled captions, which are a list of [config, table, attention]")
    return [
        Run(config, *aligned(table, maps, f"{path}, config {number}"))
        for number, (config, table, maps) in enumerate(entries)
    ]


def aligned(table: Any, maps: Any, place: str) -> tuple[pd.DataFrame, Sequence[np.ndarray] | None]:
    """The table's needed columns, and the attention of each of its rows without the map of <sos>.

    Raises:
        UserError: naming `place`: a column is missing, or captions and attention differ in number.
    """
    if isinstance(table, pd.DataFrame) and "image_file" in table:
        files = table["image_file"].map(PurePosixPath)
        table = table.assign(
            art_style=files.map(lambda file: file.parent.name), painting=files.map(lambda file: file.stem)
        )
    if not isinstance(table, pd.DataFrame) or (missing := [name for name in NEEDED if name not in table]):
        absent = f"the column {missing[0]}" if isinstance(table, pd.DataFrame) else "a table of captions"
        raise UserError(
            f"{place}: {absent} is missing; needed are {', '.join(NEEDED)} (or image_file for the first two)"
        )
    table = table[NEEDED].reset_index(drop=True)
    if maps is None:
        return table, None
    if len(maps) != len(table):
        raise UserError(f"{place}: {len(table):,} captions, but attention for {len(maps):,}")
    # The first map, all ones, belongs to <sos>: nothing was attended to yet.
    return table, [np.asarray(rows)[1:] for rows in maps]


def save(runs: Sequence[Run], folder: Path) -> int:
    """Write the tables and return the number of captions; a picture drawn several times has as many candidates."""
    tables = [run.table.assign(config=number) for number, run in enumerate(runs)]
    table = pd.concat(tables, ignore_index=True)
    emotion = table["grounding_emotion"].astype(object)
    table = table.assign(
        grounding_emotion=emotion.where(emotion.notna(), None),
        rank=table.groupby([*KEY[:2], "config"]).cumcount(),
        log_probability=None,
    )
    ordered = table.sort_values(KEY)
    save_captions(ordered.reset_index(drop=True), folder / "captions.parquet")
    write_json([run.config for run in runs], folder / "configs.json")
    if all(run.maps is not None for run in runs):
        maps = [rows for run in runs for rows in run.maps or ()]
        attention.save([maps[row] for row in ordered.index], folder / "attention.npz")
    return len(table)
