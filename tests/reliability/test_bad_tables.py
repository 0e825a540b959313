"""Good rows of a bad table are kept; the others are rejected with number and reason."""

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stages.annotations.__main__ import main
from stages.annotations.metadata import write_missing
from stages.annotations.tables import load_annotations
from stages.common import inventory
from stages.common.errors import UserError
from tests.reliability.bad_tables import Table, all_tables

TABLES = all_tables()
RAW = Path("data/raw/mine")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    RAW.mkdir(parents=True)
    inventory.save([], RAW / "images.tsv")
    write_missing(RAW)
    config = {"file": "annotations.csv", "strict": False, "require_images": False, "artworks": 0}
    values = {"dataset": "mine", "seed": 1, "annotations": config}
    Path("params.yaml").write_text(json.dumps(values), encoding="utf-8")


def test_the_tables_are_many_and_distinct() -> None:
    assert len({table.content for table in TABLES}) == len(TABLES) >= 200
    assert len({table.kind for table in TABLES}) >= 25


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_bad_table(table: Table) -> None:
    (RAW / "annotations.csv").write_bytes(table.content)
    if table.rejected is None:
        with pytest.raises(UserError) as error:
            main()
        sentence = str(error.value)
        assert "annotations.csv" in sentence
        assert table.message in sentence
        assert "\n" not in sentence
        return
    main()
    kind, count = table.rejected
    rejects = pq.read_table("data/annotations/rejects.parquet").to_pylist()
    metrics = json.loads(Path("reports/annotations/metrics.json").read_text(encoding="utf-8"))
    assert len(load_annotations()) == table.kept
    assert len(rejects) == count
    assert all(reject["reason"] and reject["record"] for reject in rejects)
    assert Counter({name: number for name, number in metrics["rejects"].items() if number}) == {
        "all": count,
        kind: count,
    }


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("table", [table for table in TABLES if table.rejected][::20], ids=str)
def test_strict_ingestion_keeps_nothing(table: Table) -> None:
    values = json.loads(Path("params.yaml").read_text(encoding="utf-8"))
    values["annotations"]["strict"] = True
    Path("params.yaml").write_text(json.dumps(values), encoding="utf-8")
    (RAW / "annotations.csv").write_bytes(table.content)
    with pytest.raises(UserError, match=r"annotations\.csv"):
        main()
    assert not Path("data/annotations/annotations.parquet").exists()
