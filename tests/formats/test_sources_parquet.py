import multiprocessing
import os
import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from formats.sources import parquet_rows
from formats.sources.fetch import Unreachable
from formats.sources.parquet import ParquetRow, find, has_pictures
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture
from tests.formats.servers import Failure, Web

ROWS = 300
HUGGING_FACE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def content(row: int) -> bytes:
    return f"picture {row} ".encode() * (row % 7 + 1)


def written(path: Path, rows: int = ROWS, group: int = 100, **columns: Any) -> str:
    """A Parquet file with the column `image` of Hugging Face, in row groups of `group` rows."""
    image = pa.array([{"bytes": content(row), "path": f"{row}.jpg"} for row in range(rows)], HUGGING_FACE)
    pq.write_table(pa.table({"image": image, **columns}), path, row_group_size=group)
    return str(path)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first row of every batch that is decoded from now on, in a process without open files."""
    first_rows: list[int] = []
    decode = parquet_rows._Rows._decode

    def counted(rows: parquet_rows._Rows) -> tuple[int, pa.RecordBatch]:
        start, batch = decode(rows)
        first_rows.append(start)
        return start, batch

    monkeypatch.setattr(parquet_rows._Rows, "_decode", counted)
    parquet_rows._rows.cache_clear()
    return first_rows


def test_rows_are_named_and_read(tmp_path: Path) -> None:
    place = written(tmp_path / "shard.parquet", rows=3, emotion=["awe", None, " "])
    found = list(find(place))
    assert [(str(picture), picture.name, emotion) for picture, emotion in found] == [
        (f"{place}#{row}", f"{place}#{row}", emotion) for row, emotion in enumerate(["awe", None, None])
    ]
    assert [picture.read() for picture, _ in found] == [content(row) for row in range(3)]
    assert pickle.loads(pickle.dumps(found)) == found
    assert len({str(picture.version()) for picture, _ in found}) == 3


def test_threads_in_order_decode_the_file_once(tmp_path: Path, decoded: list[int]) -> None:
    pictures = [picture for picture, _ in find(written(tmp_path / "shard.parquet"))]
    with ThreadPoolExecutor(32) as pool:
        for first in range(0, ROWS, 32):
            block = pictures[first : first + 32]
            assert list(pool.map(ParquetRow.read, block)) == [content(picture.row) for picture in block]
    assert decoded == list(range(0, ROWS, 16))


def test_going_back_costs_one_row_group(tmp_path: Path, decoded: list[int]) -> None:
    pictures = [picture for picture, _ in find(written(tmp_path / "shard.parquet"))]
    assert [pictures[row].read() for row in (299, 100, 101, 0)] == [content(row) for row in (299, 100, 101, 0)]
    # Row 299 is in the seventh batch of its row group.
    assert decoded == [*range(200, 300, 16), 100, 0]


def test_memory_is_bounded_in_one_large_row_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_rows, "KEPT_BYTES", 3 << 20)
    # 1024 pictures of 64 kB that do not compress, in one row group of pages of 1 MB.
    values = [random.Random(row).randbytes(1 << 16) for row in range(1024)]
    path = tmp_path / "shard.parquet"
    pq.write_table(pa.table({"picture": values}), path, row_group_size=1024, use_dictionary=False, write_batch_size=16)
    del values
    before = pa.total_allocated_bytes()
    highest = 0
    for picture, _ in find(str(path)):
        assert picture.read() == random.Random(picture.row).randbytes(1 << 16)
        highest = max(highest, pa.total_allocated_bytes() - before)
    assert highest < 16 << 20


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_other_processes(tmp_path: Path) -> None:
    pictures = [picture for picture, _ in find(written(tmp_path / "shard.parquet", rows=40))]
    expected = [picture.read() for picture in pictures]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(ParquetRow.read, pictures, chunksize=5) == expected


def test_a_column_of_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.parquet")
    table = pa.table({"title": ["a", "b"], "scan": pa.array([b"1", None], pa.large_binary())})
    with path.open("wb") as file:
        pq.write_table(table, file)
    (first, _), (second, _) = find(str(path))
    assert first.read() == b"1"
    assert first.name == f"file://{tmp_path}/caf%E9.parquet%230"
    with pytest.raises(UnreadablePicture):
        second.read()


def test_rows_without_a_picture_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    values = [None, {"bytes": None, "path": "far/a.jpg"}, {"bytes": b"1", "path": None}]
    pq.write_table(pa.table({"image": pa.array(values, HUGGING_FACE)}), path)
    none, elsewhere, picture = (picture for picture, _ in find(str(path)))
    assert picture.read() == b"1"
    with pytest.raises(UnreadablePicture):
        none.read()
    with pytest.raises(UnreadablePicture, match=r"far/a\.jpg"):
        elsewhere.read()


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"image": [b"1"]}, True),
        ({"scan": [b"1"]}, True),
        ({"image": [{"bytes": b"1", "path": "a"}], "thumbnail": [b"1"]}, True),
        ({"picture": ["a.jpg"]}, False),
        ({"image_file": ["a.jpg"], "checksum": [b"1"]}, False),
        ({"image": ["a.jpg"]}, False),
        ({"image": [{"path": "a.jpg"}]}, False),
    ],
)
def test_lists_of_paths_have_no_pictures(tmp_path: Path, columns: dict[str, Any], expected: bool) -> None:
    path = tmp_path / "l.parquet"
    pq.write_table(pa.table(columns), path)
    assert has_pictures(str(path)) is expected


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"left": [b"1"], "right": [b"1"]}, "left, right"),
        ({"title": ["a"]}, "image"),
        ({"image": [b"1"], "emotion": [3]}, "emotion is 3"),
        ({"image": pa.array([], pa.binary())}, "no rows"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, columns: dict[str, Any], named: str) -> None:
    path = tmp_path / "shard.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(UserError, match=named) as refused:
        list(find(str(path)))
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", None])
def test_a_file_that_is_no_parquet_or_not_there(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "shard.parquet"
    if damage is not None:
        path.write_bytes(damage)
    for check in (has_pictures, lambda place: list(find(place))):
        with pytest.raises(UserError, match=r"shard\.parquet"):
            check(str(path))


def test_a_damaged_page_costs_the_rest_of_its_row_group(tmp_path: Path, decoded: list[int]) -> None:
    path = tmp_path / "shard.parquet"
    values = [random.Random(row).randbytes(500).hex().encode() for row in range(200)]
    pq.write_table(
        pa.table({"image": values}),
        path,
        row_group_size=100,
        compression="gzip",
        use_dictionary=False,
        data_page_size=16_000,
        write_batch_size=16,
    )
    file = bytearray(path.read_bytes())
    middle = pq.ParquetFile(path).metadata.row_group(0).column(0)
    place = middle.data_page_offset + middle.total_compressed_size // 2
    file[place : place + 100] = bytes(100)
    path.write_bytes(file)
    readable, problems = [], []
    for picture, _ in find(str(path)):
        try:
            assert picture.read() == values[picture.row]
            readable.append(picture.row)
        except UnreadablePicture as problem:
            problems.append(problem)
    assert not any(isinstance(problem, Unreachable) for problem in problems)
    assert all(str(path) in str(problem) for problem in problems)
    assert 0 in readable
    assert 99 not in readable
    assert readable[-100:] == list(range(100, 200))
    # No row is decoded twice.
    assert len(decoded) == len(set(decoded))


def test_a_file_that_is_replaced_after_the_listing(tmp_path: Path) -> None:
    path = tmp_path / "shard.parquet"
    (picture, _), *_ = find(written(path, rows=5))
    written(path, rows=6)
    with pytest.raises(UnreadablePicture, match=r"shard\.parquet"):
        picture.read()
    path.unlink()
    with pytest.raises(UnreadablePicture):
        picture.read()


def test_a_file_of_a_web_server(tmp_path: Path, web: Web) -> None:
    written(tmp_path / "shard.parquet", emotion=["awe"] * ROWS)
    url = web.add("/shard.parquet", (tmp_path / "shard.parquet").read_bytes(), Failure(503), Failure(broken_at=9))
    assert has_pictures(url)
    pictures = [picture for picture, emotion in find(url) if emotion == "awe"]
    assert str(pictures[7]) == f"{url}#7"
    web.failures["/shard.parquet"] = [Failure(503)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ParquetRow.read, pictures)) == [content(row) for row in range(ROWS)]


def test_a_web_server_that_fails_for_a_while(tmp_path: Path, web: Web) -> None:
    written(tmp_path / "shard.parquet", rows=5)
    url = web.add("/shard.parquet", (tmp_path / "shard.parquet").read_bytes())
    pictures = [picture for picture, _ in find(url)]
    web.failures["/shard.parquet"] = [Failure(503)] * 4
    with pytest.raises(Unreachable):
        pictures[0].read()
    assert [picture.read() for picture in pictures] == [content(row) for row in range(5)]
