"""Turn captions that ArtEmis' code sampled, or that its authors publish, into tables of ours.

The file holds a config, a table and the attention of each sampling run, pickled; none
of its code is run. Made are captions.parquet, configs.json and, where the file has it,
attention.npz, as the stage makes them, so that they can be scored without sampling
again. `dvc freeze captions` keeps `dvc repro` from making others in their place.

  python -m formats.artemis.captions captions.pkl --out data/captions
"""

import argparse
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from formats.artemis.pickles import load_pickles
from stages.captions import attention
from stages.common.captions_table import KEY, save_captions
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import write_json

FOLDER = Path("data/captions")
NEEDED = ["art_style", "painting", "grounding_emotion", "caption"]


class Run(NamedTuple):
    """The captions of one config; `maps` are aligned with the rows of `table`, None where the file has none."""

    config: Any
    table: pd.DataFrame
    maps: Sequence[np.ndarray] | None


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m formats.artemis.captions",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("captions", type=Path, help="pickle of sampled captions")
    parser.add_argument(
        "--out", type=Path, default=FOLDER, metavar="FOLDER", help="where to write; default: %(default)s"
    )
    arguments = parser.parse_args()
    runs = read(arguments.captions)
    count = save(runs, arguments.out)
    print(f"{arguments.out}: {count:,} captions by {len(runs)} configs, as in {arguments.captions}")
    return 0


def read(path: Path) -> list[Run]:
    """The runs in a file.

    Raises:
        UserError: it cannot be read, or holds something else.
    """
    # A count of what follows comes first.
    held = [found for found in load_pickles(path) if isinstance(found, list)]
    entries = held[0] if len(held) == 1 else []
    if not entries or not all(isinstance(one, (list, tuple)) and len(one) == 3 for one in entries):
        raise UserError(f"{path}: holds no sampled captions, which are a list of [config, table, attention]")
    return [Run(config, *_run(table, maps, f"{path}, config {n}")) for n, (config, table, maps) in enumerate(entries)]


def _run(table: Any, maps: Any, place: str) -> tuple[pd.DataFrame, Sequence[np.ndarray] | None]:
    if isinstance(table, pd.DataFrame) and "image_file" in table:
        files = table["image_file"].map(PurePosixPath)
        table = table.assign(
            art_style=files.map(lambda file: file.parent.name), painting=files.map(lambda file: file.stem)
        )
    if not isinstance(table, pd.DataFrame) or (missing := [name for name in NEEDED if name not in table]):
        lacking = f"the column {missing[0]}" if isinstance(table, pd.DataFrame) else "a table of captions"
        raise UserError(
            f"{place}: {lacking} is missing; needed are {', '.join(NEEDED)} (or image_file for the first two)"
        )
    table = table[NEEDED].reset_index(drop=True)
    if maps is None:
        return table, None
    if len(maps) != len(table):
        raise UserError(f"{place}: {len(table):,} captions, but attention for {len(maps):,}")
    # The first map, all ones, stands for <sos>, before anything was looked at.
    return table, [np.asarray(one)[1:] for one in maps]


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
        maps = [one for run in runs for one in run.maps or ()]
        attention.save([maps[row] for row in ordered.index], folder / "attention.npz")
    return len(table)


if __name__ == "__main__":
    tool(main)
