"""Merge finished folders of shards, by the same model with the same settings, to one data set of Parquet files."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from formats import manifest
from formats.manifest import MERGED, NAME, Manifest
from formats.shard_folder import PICTURES, RUN, recorded
from stages.common.errors import UserError
from stages.common.files import parquet_writer, require_space, write_json
from stages.common.terminal import printable

# Rows in one file of the data set, and in a row group.
ROWS, ROW_GROUP = 1_000_000, 100_000


def merge(folders: Sequence[Path], out: Path) -> str:
    """Write `part-*.parquet` and a manifest to the new folder `out`; returns a summary.

    The rows stand in the order of the folders and of their pictures.

    Raises:
        UserError: a folder is not finished, by another model or with other settings than the first, or has a picture of
            another; or `out` has files already, or cannot be written.
    """
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{printable(out)}: a folder with files; choose another name, or an empty folder")
    name, out = out, out.resolve()
    manifests = [manifest.read(folder) for folder in folders]
    for folder, about in zip(folders, manifests, strict=True):
        _require_same(folders[0], manifests[0], folder, about)
    files = [file for pair in zip(folders, manifests, strict=True) for file in _finished(*pair)]
    _require_distinct(folders, manifests[0])
    require_space(out.parent, sum(file.stat().st_size for file in files), "the data set")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        rows, left_out = _write(files, partial)
        write_json(_description(manifests, rows, left_out), partial / NAME)
        if out.exists():
            out.rmdir()
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    pictures = sum(about.pictures for about in manifests)
    return f"{printable(name)}: {rows:,} rows about {pictures:,} pictures, {left_out:,} of them left out"


def _require_same(first: Path, expected: Manifest, folder: Path, found: Manifest) -> None:
    if found.results != expected.results:
        raise UserError(
            f"{printable(folder)}: {found.results}, but {printable(first)} has {expected.results}; merge them apart"
        )
    if different := manifest.differing(expected.settings, found.settings):
        key, there, here = different
        raise UserError(
            f"{printable(folder)}: {found.results} by another model or with other settings than in {printable(first)}: "
            f"{key} is {there} there, and {here} here; merge them apart"
        )


def _finished(folder: Path, about: Manifest) -> list[Path]:
    """The files of a folder.

    Raises:
        UserError: some are missing.
    """
    files = [folder / manifest.file_name(about.results, n) for n in range(-(-about.pictures // about.shard))]
    if missing := [file for file in files if recorded(file, about.digest()) is None]:
        raise UserError(
            f"{printable(folder)}: {len(missing):,} of {len(files):,} files are missing or damaged, the first is "
            f"{missing[0].name}; run the command that makes them once more, then merge"
        )
    return files


def _require_distinct(folders: Sequence[Path], about: Manifest) -> None:
    """Make sure that no picture is in two folders; one may be listed with several emotions in the same."""
    seen: pa.Array | None = None
    for folder in folders:
        names = pa.chunked_array(
            [chunk for file in sorted(folder.glob(f"{about.results}-*.parquet")) for chunk in _names(file).chunks],
            pa.string(),
        ).unique()
        if seen is None:
            seen = names
            continue
        if (double := names.filter(pc.is_in(names, seen))) and len(double):
            raise UserError(
                f"{printable(folder)}: {len(double):,} of its pictures are in another of the folders, too, the first "
                f"is {printable(double[0].as_py())}; give each picture once"
            )
        seen = pa.concat_arrays([seen, names])


def _names(file: Path) -> pa.ChunkedArray:
    return pq.read_table(file, columns=["picture"])["picture"]


def _write(files: Sequence[Path], folder: Path) -> tuple[int, int]:
    """Write the parts; returns the number of rows, and of those with a problem."""
    rows = left_out = number = 0
    schema, tables = _schema(files), _tables(files)
    while (first := next(tables, None)) is not None:
        written = 0
        with parquet_writer(folder / f"part-{number:05}.parquet", schema) as writer:
            for table in chain([first], tables):
                writer.write_table(table.replace_schema_metadata(schema.metadata))
                left_out += len(table) - table["problem"].null_count
                written += len(table)
                if written >= ROWS:
                    break
        rows, number = rows + written, number + 1
    return rows, left_out


def _schema(files: Sequence[Path]) -> pa.Schema:
    """The schema of the parts, without the records about single pictures."""
    if not files:
        return pa.schema([])
    schema = pq.read_schema(files[0])
    return schema.with_metadata(_own(schema.metadata or {}))


def _own(metadata: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    return {key: value for key, value in metadata.items() if key.decode() not in (RUN, PICTURES)}


def _tables(files: Sequence[Path]) -> Iterator[pa.Table]:
    """The rows of all files, in tables of the size of a row group."""
    waiting: list[pa.Table] = []
    for file in files:
        waiting.append(pq.read_table(file))
        if sum(map(len, waiting)) >= ROW_GROUP:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _description(manifests: Sequence[Manifest], rows: int, left_out: int) -> dict[str, Any]:
    first = asdict(manifests[0])
    totals = {"pictures": sum(about.pictures for about in manifests), "rows": rows, "left_out": left_out}
    merged = [{key: getattr(about, key) for key in ("model", "pictures", "pictures_digest")} for about in manifests]
    return {key: first[key] for key in ("results", "model", "settings")} | totals | {MERGED: merged}
