"""The stage and its tool, on a data set of three artworks."""

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stages.annotations.__main__ import main
from stages.annotations.inventory import main as inventory_main
from stages.annotations.tables import load_annotations, load_images
from stages.common.errors import UserError
from stages.common.tables import read_json
from stages.demo.inventory import Picture, load

RAW = Path("data/raw/mine")
CSV = """art_style,painting,emotion,utterance
Cubism,a,awe,so tall
Cubism,a,fear,so dark
null,nan,sadness,nobody is there
Cubism,b,joy,what a day
Cubism,b,awe,what a view
"""
UNKNOWN = "unknown emotion 'joy'; known are amusement, awe, contentment, excitement, anger, disgust, fear, sadness"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("Cubism/a.JPG", "null/nan.png", "Cubism/nobody's.jpeg", "Cubism/notes.txt"):
        (RAW / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        (RAW / "images" / name).write_bytes(name.encode())
    (RAW / "annotations.csv").write_text(CSV, encoding="utf-8")
    configure(strict=False)
    return tmp_path


def configure(*, strict: bool) -> None:
    Path("params.yaml").write_text(f"dataset: mine\nannotations:\n  strict: {str(strict).lower()}\n", encoding="utf-8")


def list_pictures(monkeypatch: pytest.MonkeyPatch, dataset: str = "mine") -> int:
    monkeypatch.setattr("sys.argv", ["inventory", dataset])
    return inventory_main()


def test_the_stage(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    assert main() == "4 annotations of 3 artworks (2 with a picture), 1 rejects"
    frame = load_annotations()
    assert frame["record"].tolist() == [1, 2, 3, 5]
    assert frame["painting"].tolist() == ["a", "a", "nan", "b"]
    assert frame["repetition"].tolist() == [2, 2, 1, 1]
    assert frame["has_picture"].tolist() == [True, True, True, False]
    images = load_images()
    assert images["path"].tolist() == ["Cubism/a.JPG", "null/nan.png"]
    assert images["digest"][1] == hashlib.sha256(b"null/nan.png").hexdigest()
    rejects = pq.read_table("data/annotations/rejects.parquet").to_pylist()
    assert rejects == [{"record": 4, "reason": f"{UNKNOWN}, something else", "row": "Cubism,b,joy,what a day"}]
    assert read_json(Path("reports/annotations/metrics.json")) == {
        "rows": 5,
        "annotations": 4,
        "rejects": 1,
        "artworks": 3,
        "artworks_without_picture": 1,
        "annotations_per_artwork": pytest.approx(4 / 3),
    }


def test_two_runs_write_the_same_bytes(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    contents = []
    for _ in range(2):
        main()
        contents.append([path.read_bytes() for path in sorted(Path("data/annotations").iterdir())])
    assert len(contents[0]) == 3
    assert contents[0] == contents[1]


def test_strict_stops_at_the_first_reject(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    configure(strict=True)
    with pytest.raises(UserError) as caught:
        main()
    sentence = f"data/raw/mine/annotations.csv: record 4: {UNKNOWN}, something else (annotations.strict)"
    assert str(caught.value) == sentence
    assert not Path("data/annotations").exists()


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("", "none of its 0 records can be used; there is only a header"),
        ("a,b,awe,\nc,d,joy,x\ne,f,awe,\n", "none of its 3 records can be used; most often: empty utterance (2 times)"),
    ],
)
def test_nothing_to_use(workspace: Path, monkeypatch: pytest.MonkeyPatch, rows: str, why: str) -> None:
    list_pictures(monkeypatch)
    (RAW / "annotations.csv").write_text(CSV.splitlines()[0] + "\n" + rows, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        main()
    assert str(caught.value) == f"data/raw/mine/annotations.csv: {why}"


def test_without_pictures_every_annotation_stays(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images").rename("elsewhere")
    assert list_pictures(monkeypatch) == 0
    assert main() == "4 annotations of 3 artworks (0 with a picture), 1 rejects"
    assert not load_annotations()["has_picture"].any()
    assert load_images().empty


def test_the_inventory_of_a_folder(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_pictures(monkeypatch) == 0
    assert capsys.readouterr().out == "data/raw/mine/images.tsv: 3 pictures\n"
    paths = "Cubism/a.JPG", "Cubism/nobody's.jpeg", "null/nan.png"
    expected = [Picture(path, len(path), hashlib.sha256(path.encode()).hexdigest()) for path in paths]
    assert load(RAW / "images.tsv") == expected


def test_the_inventory_of_a_linked_folder(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images").rename("elsewhere")
    (RAW / "images").symlink_to(workspace / "elsewhere")
    list_pictures(monkeypatch)
    assert len(load(RAW / "images.tsv")) == 3


def test_the_inventory_of_no_data_set(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError) as caught:
        list_pictures(monkeypatch, "yours")
    sentence = "there is no such folder; make it, with annotations.csv and images/ inside"
    assert str(caught.value) == f"data/raw/yours: {sentence}"
