"""The stage and its tool, on a data set of three artworks."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from PIL import Image

from commands.inventory import main as inventory_main
from stages.annotations.__main__ import main
from stages.annotations.ingest import KINDS
from stages.annotations.tables import load_annotations, load_genres, load_images
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.common.inventory import Picture, load

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
        if not name.endswith(".txt"):
            Image.new("RGB", (30, 20), "red").save(RAW / "images" / name)
    (RAW / "images/Cubism/notes.txt").touch()
    (RAW / "annotations.csv").write_text(CSV, encoding="utf-8")
    monkeypatch.delenv("DVC_ROOT", raising=False)
    configure()
    return tmp_path


def configure(**changed: Any) -> None:
    dials = {"file": "annotations.csv", "strict": False, "require_images": True, "artworks": 0, "seed": 1} | changed
    values = {"dataset": "mine", "annotations": dials, "images": {"root": "images"}}
    Path("params.yaml").write_text(json.dumps(values), encoding="utf-8")


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
    assert images["digest"][1] == hashlib.sha256((RAW / "images/null/nan.png").read_bytes()).hexdigest()
    assert images[["width", "height"]].to_numpy().tolist() == [[30, 20]] * 2
    rejects = pq.read_table("data/annotations/rejects.parquet").to_pylist()
    reason = f"{UNKNOWN}, something else"
    assert rejects == [{"record": 4, "kind": "unknown_emotion", "reason": reason, "row": "Cubism,b,joy,what a day"}]
    assert read_json(Path("data/annotations/dataset.json"))["name"] == "mine"
    assert read_json(Path("reports/annotations/metrics.json")) == {
        "rows": 5,
        "annotations": 4,
        "rejects": {"all": 1, **dict.fromkeys(KINDS, 0), "unknown_emotion": 1},
        "artworks": 3,
        "annotations_per_artwork": {"mean": pytest.approx(4 / 3), "median": 1.0, "min": 1, "max": 2},
        "artworks_that_disagree_about_repetition": 0,
        "artworks_with_picture": 2,
        "artworks_without_picture": 1,
        "unreadable_pictures": 0,
        "pictures_without_artwork": 1,
        "duplicates": 0,
    }


def test_two_runs_write_the_same_bytes(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    contents = []
    for _ in range(2):
        main()
        contents.append([path.read_bytes() for path in sorted(Path("data/annotations").iterdir())])
    assert len(contents[0]) == 5
    assert contents[0] == contents[1]


def test_strict_stops_at_the_first_reject(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    configure(strict=True)
    with pytest.raises(UserError) as caught:
        main()
    sentence = f"data/raw/mine/annotations.csv: record 4: {UNKNOWN}, something else (annotations.strict)"
    assert str(caught.value) == sentence
    assert list(Path("data/annotations").iterdir()) == []


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
    configure(require_images=False)
    assert main() == "4 annotations of 3 artworks (0 with a picture), 1 rejects"
    assert not load_annotations()["has_picture"].any()
    assert load_images().empty


def test_the_inventory_of_a_folder(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list_pictures(monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "data/raw/mine/images.tsv: 3 pictures"
    assert [line.partition(":")[0] for line in lines[1:]] == [
        f"data/raw/mine/{name}" for name in ("dataset.yaml", "exclude.csv", "genres.csv", "twins.csv")
    ]
    paths = "Cubism/a.JPG", "Cubism/nobody's.jpeg", "null/nan.png"
    contents = {path: (RAW / "images" / path).read_bytes() for path in paths}
    assert load(RAW / "images.tsv") == [
        Picture(path, len(content), hashlib.sha256(content).hexdigest(), 30, 20) for path, content in contents.items()
    ]


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


def test_a_missing_folder_of_pictures_is_told_at_once(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    (RAW / "images").rename("elsewhere")
    way_out = "annotations.require_images: false serves work on text alone"
    with pytest.raises(UserError) as caught:
        main()
    told = f"there is no such folder of pictures; see images.root, or {way_out}"
    assert str(caught.value) == f"data/raw/mine/images: {told}"
    list_pictures(monkeypatch)
    (RAW / "images").mkdir()
    with pytest.raises(UserError) as caught:
        main()
    told = "there is no picture in it; `python -m commands.inventory mine` lists them"
    assert str(caught.value) == f"data/raw/mine/images.tsv: {told}, and {way_out}"


def test_pictures_of_other_artworks_only(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images/null/nan.png").unlink()
    (RAW / "images/Cubism/a.JPG").write_bytes(b"")
    list_pictures(monkeypatch)
    with pytest.raises(UserError, match=r"images\.tsv lists no readable picture of any of its 3 artworks; they are"):
        main()


def test_an_unreadable_picture_is_flagged(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images/Cubism/a.JPG").write_bytes(b"")
    list_pictures(monkeypatch)
    assert main() == "4 annotations of 3 artworks (1 with a picture), 1 rejects"
    assert load_annotations()["has_picture"].tolist() == [False, False, True, False]
    images = load_images()
    assert images["problem"].fillna("").tolist() == ["the file is empty", ""]
    figures = read_json(Path("reports/annotations/metrics.json"))
    assert (figures["unreadable_pictures"], figures["artworks_without_picture"]) == (1, 1)


def test_rows_that_disagree_about_repetition_are_told(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    list_pictures(monkeypatch)
    rows = ["Cubism,b,awe,x,2", "Cubism,a,awe,x,2", "Cubism,a,awe,y,41", "Cubism,b,awe,y,2", "Cubism,a,awe,z,2"]
    (RAW / "annotations.csv").write_text("\n".join(["art_style,painting,emotion,utterance,repetition", *rows]))
    main()
    assert "  repetition: the rows of 1 artworks disagree about it, Cubism/a the first" in capsys.readouterr().out
    assert load_annotations()["repetition"].tolist() == [2, 2, 41, 2, 2]
    assert read_json(Path("reports/annotations/metrics.json"))["artworks_that_disagree_about_repetition"] == 1


def test_what_was_taken_down(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    list_pictures(monkeypatch)
    configure(strict=True)
    text = "art_style,painting,record,reason\nCubism,b,,heirs\n,,2,\nCubism,zzz,,\n"
    (RAW / "exclude.csv").write_text(text, encoding="utf-8")
    assert main() == "2 annotations of 2 artworks (2 with a picture), 3 rejects"
    assert "  exclude.csv: no record is about 1 of its lines, ('Cubism', 'zzz')" in capsys.readouterr().out
    rejects = pq.read_table("data/annotations/rejects.parquet").to_pylist()
    told = {2: "excluded: taken down", 4: "excluded: heirs", 5: "excluded: heirs"}
    assert rejects == [{"record": n, "kind": "excluded", "reason": reason, "row": ""} for n, reason in told.items()]
    assert load_annotations()["repetition"].tolist() == [1, 1]


def test_genres_of_annotated_artworks(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    text = "art_style,painting,genre\nnull,nan,portrait\nCubism,zzz,landscape\n"
    (RAW / "genres.csv").write_text(text, encoding="utf-8")
    main()
    assert load_genres().to_numpy().tolist() == [["null", "nan", "portrait"]]


def test_a_subset(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    configure(artworks=2, require_images=False)
    assert " of 2 artworks " in main()
    frame = load_annotations()
    assert len(frame[["art_style", "painting"]].drop_duplicates()) == 2
    # A picture of an artwork that was not chosen is not unknown.
    assert read_json(Path("reports/annotations/metrics.json"))["pictures_without_artwork"] == 1
    # Their pictures, and no others.
    assert len(load_images()) == frame.loc[frame["has_picture"], "painting"].nunique()


def test_the_same_table_from_csv_gzip_and_parquet(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures(monkeypatch)
    (RAW / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    pq.write_table(pyarrow.csv.read_csv(RAW / "annotations.csv"), RAW / "a.parquet")
    made = []
    for file in ("annotations.csv", "a.csv.gz", "a.parquet"):
        configure(file=file)
        main()
        made.append(Path("data/annotations/annotations.parquet").read_bytes())
    assert made[0] == made[1] == made[2]
