"""The stage and `commands.inventory`, on a data set of three artworks."""

import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from PIL import Image

from commands.inventory import inventory
from stages.annotations.__main__ import main
from stages.annotations.ingest import REJECT_KINDS
from stages.annotations.tables import load_annotations, load_genres, load_images
from stages.common.errors import UserError
from stages.common.files import read_json
from stages.common.inventory import Picture, load
from stages.common.picture_folders import SUFFIXES

RAW = Path("data/raw/mine")
CSV = """art_style,painting,emotion,utterance
Cubism,a,awe,so tall
Cubism,a,fear,so dark
null,nan,sadness,nobody is there
Cubism,b,joy,what a day
Cubism,b,awe,what a view
"""
KNOWN = "amusement, awe, contentment, excitement, anger, disgust, fear, sadness, something else"
REASON = f"unknown emotion 'joy'; known are {KNOWN}"


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
    config = {"file": "annotations.csv", "strict": False, "require_images": True, "artworks": 0} | changed
    values = {"dataset": "mine", "seed": 1, "annotations": config}
    Path("params.yaml").write_text(json.dumps(values), encoding="utf-8")


def list_pictures(dataset: str = "mine") -> None:
    inventory(dataset)


def test_the_outputs_of_the_stage(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures()
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
    assert rejects == [{"record": 4, "kind": "unknown_emotion", "reason": REASON, "row": "Cubism,b,joy,what a day"}]
    assert read_json(Path("data/annotations/dataset.json"))["name"] == "mine"
    assert read_json(Path("reports/annotations/metrics.json")) == {
        "rows": 5,
        "annotations": 4,
        "rejects": {"all": 1, **dict.fromkeys(REJECT_KINDS, 0), "unknown_emotion": 1},
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
    list_pictures()
    contents = []
    for _ in range(2):
        main()
        contents.append([path.read_bytes() for path in sorted(Path("data/annotations").iterdir())])
    assert len(contents[0]) == 6
    assert contents[0] == contents[1]


def test_strict_stops_at_the_first_reject(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures()
    configure(strict=True)
    message = r"data/raw/mine/annotations\.csv: record 4: unknown emotion 'joy'.*annotations\.strict"
    with pytest.raises(UserError, match=message):
        main()
    assert list(Path("data/annotations").iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "none of its 0 records is usable; the file has only a header"),
        (
            "c,d,joy,x\na,b,awe,\ne,f,awe,\n",
            r"none of its 3 records is usable; .*: empty utterance \(2 times\).* record 2: empty utterance; .*",
        ),
    ],
)
def test_no_usable_record_is_an_error(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, rows: str, message: str
) -> None:
    list_pictures()
    (RAW / "annotations.csv").write_text(CSV.splitlines()[0] + "\n" + rows, encoding="utf-8")
    with pytest.raises(UserError, match=rf"data/raw/mine/annotations\.csv: {message}$"):
        main()


def test_without_pictures_every_annotation_stays(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images").rename("elsewhere")
    list_pictures()
    configure(require_images=False)
    assert main() == "4 annotations of 3 artworks (0 with a picture), 1 rejects"
    assert not load_annotations()["has_picture"].any()
    assert load_images().empty


def test_the_inventory_of_a_folder(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    list_pictures()
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


def test_the_help_of_the_inventory_names_the_suffixes() -> None:
    assert inventory.__doc__
    assert set(re.findall(r"\.[a-z]{3,4}\b", inventory.__doc__)) - {".tsv", ".yaml", ".csv"} == set(SUFFIXES)


def test_the_inventory_of_a_linked_folder(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images").rename("elsewhere")
    (RAW / "images").symlink_to(workspace / "elsewhere")
    list_pictures()
    assert len(load(RAW / "images.tsv")) == 3


def test_the_inventory_of_a_missing_data_set(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"data/raw/yours: .*no such folder.*annotations\.csv"):
        list_pictures("yours")


def test_a_missing_or_empty_picture_folder_is_an_error(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures()
    (RAW / "images").rename("elsewhere")
    with pytest.raises(UserError, match=r"data/raw/mine/images: no such picture folder.*annotations\.require_images"):
        main()
    list_pictures()
    (RAW / "images").mkdir()
    message = r"images\.tsv: lists no picture; `artemis inventory mine`.*annotations\.require_images"
    with pytest.raises(UserError, match=message):
        main()


def test_an_empty_list_of_a_folder_with_pictures(workspace: Path) -> None:
    (RAW / "images").rename("elsewhere")
    list_pictures()
    Path("elsewhere").rename(RAW / "images")
    with pytest.raises(UserError, match=r"images\.tsv: lists no picture; `artemis inventory mine` .*\b3\b"):
        main()


def test_a_folder_of_other_kinds_of_pictures(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in [*(RAW / "images").rglob("*.*")]:
        path.rename(path.with_suffix(".heic"))
    list_pictures()
    assert "4 .heic" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"images\.tsv: lists no picture; .*\b4 \.heic.*<art_style>/<painting>\.jpg"):
        main()


def test_a_museum_of_tiffs(workspace: Path) -> None:
    for path in [*(RAW / "images").rglob("*.[Jp]*")]:
        Image.open(path).save(path.with_suffix(".tif"), save_all=True, append_images=[Image.new("RGB", (9, 9))])
        path.unlink()
    list_pictures()
    assert main() == "4 annotations of 3 artworks (2 with a picture), 1 rejects"
    assert load_images()[["path", "width"]].to_numpy().tolist() == [["Cubism/a.tif", 30], ["null/nan.tif", 30]]


def test_what_the_inventory_leaves_out_is_named(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (RAW / "images/Cubism/up").symlink_to("..")
    (RAW / "images/Cubism/gone").symlink_to("nowhere")
    (RAW / "images/._a.jpg").touch()
    list_pictures()
    assert len(load(RAW / "images.tsv")) == 3
    problems = capsys.readouterr().err.splitlines()
    for named in ("1 .txt", "._a.jpg", "Cubism/up", "Cubism/gone"):
        assert sum(named in line for line in problems) == 1


def test_a_name_in_another_spelling_of_unicode(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (RAW / "images/Cubism/a.JPG").rename(RAW / "images/Cubism/ne\u0301.JPG")
    (RAW / "annotations.csv").write_text(CSV.replace("Cubism,a,", "Cubism,né,"), encoding="utf-8")
    list_pictures()
    assert main() == "4 annotations of 3 artworks (2 with a picture), 1 rejects"
    assert "1 pictures" in capsys.readouterr().out.partition("another spelling of Unicode")[0].splitlines()[-1]
    assert load_images()["painting"].tolist() == ["né", "nan"]


def test_pictures_of_other_artworks_only(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images/null/nan.png").unlink()
    (RAW / "images/Cubism/a.JPG").write_bytes(b"")
    list_pictures()
    with pytest.raises(UserError, match=r"images\.tsv lists no readable picture of any of its 3 artworks"):
        main()


def test_an_unreadable_picture_is_flagged(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (RAW / "images/Cubism/a.JPG").write_bytes(b"")
    list_pictures()
    assert main() == "4 annotations of 3 artworks (1 with a picture), 1 rejects"
    assert load_annotations()["has_picture"].tolist() == [False, False, True, False]
    images = load_images()
    assert images["problem"].fillna("").tolist() == ["the file is empty", ""]
    figures = read_json(Path("reports/annotations/metrics.json"))
    assert (figures["unreadable_pictures"], figures["artworks_without_picture"]) == (1, 1)


def test_artworks_with_different_repetitions_are_reported(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    list_pictures()
    rows = ["Cubism,b,awe,x,2", "Cubism,a,awe,x,2", "Cubism,a,awe,y,41", "Cubism,b,awe,y,2", "Cubism,a,awe,z,2"]
    (RAW / "annotations.csv").write_text("\n".join(["art_style,painting,emotion,utterance,repetition", *rows]))
    main()
    assert re.search(r"repetition: 1 artworks .*Cubism/a$", capsys.readouterr().out, re.MULTILINE)
    assert load_annotations()["repetition"].tolist() == [2, 2, 41, 2, 2]
    assert read_json(Path("reports/annotations/metrics.json"))["artworks_that_disagree_about_repetition"] == 1


def test_excluded_records_and_artworks(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    list_pictures()
    configure(strict=True)
    text = "art_style,painting,record,reason\nCubism,b,,heirs\n,,2,\nCubism,zzz,,\n"
    (RAW / "exclude.csv").write_text(text, encoding="utf-8")
    assert main() == "2 annotations of 2 artworks (2 with a picture), 3 rejects"
    assert re.search(r"exclude\.csv: 1 entries match no record.*\('Cubism', 'zzz'\)", capsys.readouterr().out)
    rejects = pq.read_table("data/annotations/rejects.parquet").to_pylist()
    reasons = {2: "excluded: taken down", 4: "excluded: heirs", 5: "excluded: heirs"}
    assert rejects == [{"record": n, "kind": "excluded", "reason": reason, "row": ""} for n, reason in reasons.items()]
    assert load_annotations()["repetition"].tolist() == [1, 1]


def test_genres_of_annotated_artworks(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures()
    text = "art_style,painting,genre\nnull,nan,portrait\nCubism,zzz,landscape\n"
    (RAW / "genres.csv").write_text(text, encoding="utf-8")
    main()
    assert load_genres().to_numpy().tolist() == [["null", "nan", "portrait"]]


def test_a_random_subset_of_artworks(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures()
    configure(artworks=2, require_images=False)
    assert " of 2 artworks " in main()
    frame = load_annotations()
    assert len(frame[["art_style", "painting"]].drop_duplicates()) == 2
    # The picture of an artwork outside the subset still counts as matched.
    assert read_json(Path("reports/annotations/metrics.json"))["pictures_without_artwork"] == 1
    # Only the pictures of the subset.
    assert len(load_images()) == frame.loc[frame["has_picture"], "painting"].nunique()


def test_the_same_table_from_csv_gzip_and_parquet(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list_pictures()
    (RAW / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    pq.write_table(pyarrow.csv.read_csv(RAW / "annotations.csv"), RAW / "a.parquet")
    tables = []
    for file in ("annotations.csv", "a.csv.gz", "a.parquet"):
        configure(file=file)
        main()
        tables.append(Path("data/annotations/annotations.parquet").read_bytes())
    assert tables[0] == tables[1] == tables[2]


def test_counts_that_pandas_wrote_as_floats(workspace: Path) -> None:
    list_pictures()
    rows = ["Cubism,a,awe,so tall,2.0", "Cubism,a,fear,so dark,", "null,nan,awe,calm,7.0", "Cubism,b,awe,what a view,"]
    (RAW / "annotations.csv").write_text("\n".join([f"{CSV.splitlines()[0]},repetition", *rows]), encoding="utf-8")
    main()
    # A blank has the value of its artwork's other rows; without any, the rows are counted.
    assert load_annotations()["repetition"].tolist() == [2, 2, 7, 1]


def test_if_all_records_are_rejected_the_first_value_is_named(workspace: Path) -> None:
    list_pictures()
    rows = ["Cubism,a,awe,so tall,2.5", "Cubism,a,fear,so dark,x"]
    (RAW / "annotations.csv").write_text("\n".join([f"{CSV.splitlines()[0]},repetition", *rows]), encoding="utf-8")
    with pytest.raises(UserError, match=r"annotations\.csv: none of its 2 .*record 1: repetition '2\.5'"):
        main()
