"""Single values of Parquet files, quick to read in order by threads that are some rows apart.

A process keeps the rows around the last one that was decoded, so that rows in order cost one pass over the file.
"""

import functools
import os
import sys
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from formats.sources.faults import fault
from formats.sources.fetch import Unreachable, is_url, reading_errors
from formats.sources.random_access import open_at
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture
from stages.common.terminal import printable

# Rows that are decoded at once, and batches and bytes that are kept.
BATCH, KEPT, KEPT_BYTES = 16, 8, 1 << 28
# Rows that are decoded in passing when the next row group is asked for.
AHEAD = 4 * BATCH
# How a file is opened: pyarrow reads all row groups that are asked for in advance by default, whatever its buffer.
OPTIONS = {"pre_buffer": False, "buffer_size": 1 << 20, "page_checksum_verification": True}
# Files that a process has open.
OPEN = 4
# The next row of a file that has not been read: behind any other.
NOWHERE = sys.maxsize


def value(file: str, column: str, row: int, version: tuple[int | str, ...]) -> Any:
    """A value as Python has it; None for null.

    Args:
        version: that the file must still have.

    Raises:
        Unreachable: the file is behind a URL, and the network or the server is at fault.
        UnreadablePicture: the file is damaged there, has been removed or replaced, or has no such row.
    """
    # A forked process must not share the lock and the place in an open file.
    return _rows(file, column, version, os.getpid()).value(row)


@functools.lru_cache(OPEN)
def _rows(file: str, column: str, version: tuple[int | str, ...], process: int) -> "_Rows":
    return _Rows(file, column, version)


class _Rows:
    """The values of a column, of which KEPT batches, or about KEPT_BYTES, stay in memory."""

    def __init__(self, file: str, column: str, version: tuple[int | str, ...]) -> None:
        self._file, self._column, self._version = file, column, version
        self._lock = threading.Lock()
        self._table: pq.ParquetFile | None = None
        # First row of each row group.
        self._starts: list[int] = []
        # The rest of the file, and its first row.
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._next = NOWHERE
        # The last batches, with their first rows.
        self._kept: deque[tuple[int, pa.RecordBatch]] = deque()
        # Why the row group of the next row cannot be decoded any further.
        self._damage: str | None = None

    def value(self, row: int) -> Any:
        with self._lock, reading_errors():
            table = self._opened()
            if row >= table.metadata.num_rows:
                raise UnreadablePicture(f"no row {row:,}, the file has {table.metadata.num_rows:,}")
            for start, batch in self._kept:
                if start <= row < start + batch.num_rows:
                    return batch.column(0)[row - start].as_py()
            self._go_near(table, row)
            while True:
                start, batch = self._decode()
                if row < start + batch.num_rows:
                    return batch.column(0)[row - start].as_py()

    def _opened(self) -> pq.ParquetFile:
        if self._table is not None:
            return self._table
        try:
            opened = open_at(self._file)
        except UserError as error:
            raise (Unreachable if is_url(self._file) else UnreadablePicture)(str(error)) from None
        source = opened.file
        if not is_url(self._file):
            # pyarrow's own file reads without Python's lock, and closes itself.
            source.close()
            source = pa.OSFile(os.fsencode(self._file))
        if tuple(opened.version) != self._version:
            raise UnreadablePicture(f"{printable(self._file)} was replaced meanwhile")
        table = pq.ParquetFile(source, **OPTIONS)
        rows = (table.metadata.row_group(group).num_rows for group in range(table.num_row_groups))
        self._starts = list(accumulate(rows, initial=0))[:-1]
        self._table = table
        return table

    def _go_near(self, table: pq.ParquetFile, row: int) -> None:
        """Go on to the row, or to the start of its row group: what is in between can only be decoded."""
        group = bisect_right(self._starts, row) - 1
        # Threads are not quite in order: rows of the former row group may still be asked for.
        ahead = 0 if self._damage else AHEAD
        if self._next <= row and self._starts[group] <= self._next + ahead:
            return
        self._next, self._damage = self._starts[group], None
        groups = range(group, table.num_row_groups)
        self._batches = table.iter_batches(BATCH, groups, [self._column], use_threads=False)

    def _decode(self) -> tuple[int, pa.RecordBatch]:
        """The next batch, and its first row."""
        if self._damage:
            raise UnreadablePicture(self._damage)
        try:
            batch = next(self._batches)
        except Exception as error:
            if fault(error).at_server:
                self._next = NOWHERE
                raise
            self._damage = f"{printable(self._file)} is damaged at row {self._next:,}: {fault(error).reason}"
            raise UnreadablePicture(self._damage) from None
        start, self._next = self._next, self._next + batch.num_rows
        self._kept.append((start, batch))
        while len(self._kept) > KEPT or (len(self._kept) > 1 and self._bytes() > KEPT_BYTES):
            self._kept.popleft()
        return start, batch

    def _bytes(self) -> int:
        return sum(batch.nbytes for _, batch in self._kept)
