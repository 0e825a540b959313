"""Import of ArtEmis v2: what becomes of its rows, its pairs and its pictures, and what is wrong with some files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from formats.artemis_v2.data_set import read, write
from formats.artworks import load_artworks, load_pairs
from formats.raw_data_set import new_folder
from stages.annotations.metadata import read_card
from stages.common import inventory
from stages.common.errors import UserError
from tests.commands.run import artemis

# The columns of the real files, in their order.
NEW = ["emotion", "utterance", "art_style", "painting", "anchor_art_style", "anchor_painting", "repetition"]
OLD = ["art_style", "painting", "emotion", "utterance", "repetition"]
FOLDER = Path("data/raw/v2")
COMPOSED, DECOMPOSED = "caf\u00e9-1881", "cafe\u0301-1881"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contrast(painting: str, anchor: str | None, emotion: str = "fear", number: int = 0) -> list[object]:
    style = None if anchor is None else "Realism"
    return [emotion, f"It scares me, {painting} {number}.", "Realism", painting, style, anchor, 5]


def own(painting: str, number: int, repetition: int = 5) -> list[object]:
    return ["Realism", painting, "awe", f"A calm sea, {painting} {number}.", repetition]


def files(new: list[list[object]] | None = None, old: list[list[object]] | None = None) -> None:
    """By default 20 contrastive artworks, c00 to c19, of anchors a00 to a19, and 40 further artworks of ArtEmis."""
    contrasts = [contrast(f"c{i:02}", f"a{i:02}", number=j) for i in range(20) for j in range(5)]
    names = [f"{letter}{i:02}" for letter, count in (("a", 20), ("c", 20), ("z", 20)) for i in range(count)]
    owned = [own(name, j) for name in names for j in range(5)]
    pd.DataFrame(contrasts if new is None else new, columns=NEW).to_csv("Contrastive.csv", index=False)
    pd.DataFrame(owned if old is None else old, columns=OLD).to_csv("artemis.csv", index=False)


def imported(**options: object) -> tuple[str, pd.DataFrame]:
    found = read(Path("Contrastive.csv"), Path("artemis.csv"))
    summary = write(found, new_folder("v2"), **options)
    return summary, pd.read_csv(FOLDER / "annotations.csv")


def artworks(name: str) -> list[str]:
    return load_artworks(FOLDER / f"test_sets/{name}.csv")["painting"].tolist()


def test_rows_of_both_collections_with_one_split_for_each_artwork() -> None:
    files()
    summary, rows = imported()
    assert summary.startswith(f"{FOLDER}: 400 rows in, 400 kept, 0 pictures")
    assert "-S utterances.split_by=given" in summary
    assert rows.columns.tolist() == ["art_style", "painting", "emotion", "utterance", "split"]
    # The contrastive rows come first.
    assert rows["utterance"].iloc[0] == "It scares me, c00 0."
    assert rows["utterance"].iloc[100] == "A calm sea, a00 0."
    split_of = rows.groupby("painting")["split"].unique()
    assert split_of.map(len).eq(1).all()
    # Of 20 contrastive artworks 3 are held out; of the 40 others 15 %, rounded up, none of them an anchor.
    assert rows.drop_duplicates("painting")["split"].value_counts().to_dict() == {"train": 50, "test": 6, "val": 4}
    assert [split_of[f"c{i:02}"][0] for i in range(4)] == ["test", "test", "val", "train"]
    assert {split_of[f"a{i:02}"][0] for i in range(20)} == {"train"}
    card = read_card(FOLDER / "dataset.yaml")
    assert "CVPR 2022" in card.citation
    assert not card.redistribute


def test_test_sets_and_pairs() -> None:
    many = [own("m", number, 41) for number in range(41)]
    files(old=[*(own(f"{letter}{i:02}", j) for letter in "acz" for i in range(20) for j in range(5)), *many])
    summary, rows = imported()
    assert artworks("test_new") == ["c00", "c01"]
    reference = sorted(set(rows["painting"][rows["split"] == "test"]))
    assert artworks("test_ref") == reference
    assert len(artworks("test_old")) == len(reference) // 2
    assert artworks("test_all") == sorted({*artworks("test_new"), *artworks("test_old")})
    assert artworks("test_40") == ["m"]
    assert "test_sets: artworks of test_new 2, test_old 3, " in summary
    pairs = load_pairs(FOLDER / "pairs.csv")
    assert pairs["painting"].tolist() == [f"c{i:02}" for i in range(20)]
    assert pairs["anchor_painting"].tolist() == [f"a{i:02}" for i in range(20)]


def test_as_many_rows_of_artemis_as_contrastive_ones() -> None:
    files()
    _, whole = imported()
    FOLDER.rename("whole")
    summary, rows = imported(balanced=True)
    counts, everything = (each.iloc[100:]["split"].value_counts() for each in (rows, whole))
    assert counts["test"] == everything["test"]
    # Of 300 rows of ArtEmis, 100 are drawn; those of test among them stay besides.
    assert 100 - everything["test"] <= counts["train"] + counts["val"] < 100
    assert f"{400 - len(rows)} not drawn to balance the collections" in summary
    with pytest.raises(UserError, match="--artemis"):
        write(read(Path("Contrastive.csv")), new_folder("other"), balanced=True)


def test_the_contrastive_rows_alone() -> None:
    files()
    write(read(Path("Contrastive.csv")), new_folder("v2"))
    assert len(pd.read_csv(FOLDER / "annotations.csv")) == 100
    assert artworks("test_new") == ["c00", "c01"]
    assert (FOLDER / "test_sets/test_40.csv").read_text() == '"art_style","painting"\n'


def test_names_are_decomposed_and_pictures_are_linked() -> None:
    files([contrast("c", COMPOSED)], [own(DECOMPOSED, 0), own("c", 1), own("blank", 2)])
    for name in (COMPOSED, "c", "other"):
        path = Path("wikiart/Realism", f"{name}.jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((4, 5, 3), np.uint8)).save(path)
    summary, rows = imported(images=Path("wikiart"))
    assert summary.startswith(f"{FOLDER}: 4 rows in, 4 kept, 2 pictures")
    assert rows["painting"].tolist() == ["c", DECOMPOSED, "c", "blank"]
    listed = [picture.path for picture in inventory.load(FOLDER / "images.tsv")]
    assert listed == ["Realism/c.jpg", f"Realism/{DECOMPOSED}.jpg"]
    assert (FOLDER / "images" / listed[1]).is_symlink()


def test_a_pair_of_several_rows_is_one_and_a_row_without_an_anchor_has_none() -> None:
    files([contrast("c", "a"), contrast("c", "a", number=1), contrast("c", "b"), contrast("d", None)])
    with pytest.raises(UserError):
        imported()
    files(
        [contrast("c", "a"), contrast("c", "a", number=1), contrast("c", "b"), contrast("d", None)],
        [own("a", 0), own("b", 0)],
    )
    summary, rows = imported()
    assert "pairs.csv: 2 pairs; 1 contrastive rows name no anchor" in summary
    assert rows["painting"].tolist() == ["c", "c", "c", "d", "a", "b"]
    assert load_pairs(FOLDER / "pairs.csv")["anchor_painting"].tolist() == ["a", "b"]


def test_records_of_artemis_that_the_study_cannot_use_are_listed() -> None:
    files(old=[["Realism", f"a{i:02}", "joy" if i == 3 else "awe", "Calm.", 5] for i in range(20)] + [own("a03", 1)])
    summary, rows = imported()
    assert len(rows) == 120
    assert "1 rows left out (1 unknown emotion)" in summary
    assert "artemis.csv, record 4" in (FOLDER / "left_out.tsv").read_text()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [contrast("c", "a"), contrast("d", "nowhere"), contrast("e", "gone")],
            ["line 3", "Realism/nowhere", "2 of 3"],
        ),
        ([contrast("c", "a"), contrast("d", "a", emotion="joy")], ["line 3", "'joy'", "something else"]),
        ([contrast("c", "a"), contrast("a", "a")], ["line 3", "Realism/a is its own anchor"]),
        ([contrast("c", "a"), [*contrast("d", "a")[:4], None, "a", 5]], ["line 3", "anchor_art_style is empty"]),
        ([contrast("c", "a"), contrast(" ", "a")], ["line 3", "painting is empty"]),
        ([[*contrast("c", "a")[:6], "many"]], ["line 2", "repetition is 'many'"]),
    ],
)
def test_rows_that_are_wrong_are_named(rows: list[list[object]], words: list[str]) -> None:
    files(rows, [own("a", 0)])
    with pytest.raises(UserError) as error:
        imported()
    assert [word for word in ("Contrastive.csv", *words) if word not in str(error.value)] == [], str(error.value)
    assert not FOLDER.exists()


def test_the_command() -> None:
    files()
    code, lines, (note,) = artemis("import", "artemis-v2", "Contrastive.csv", "v2", "--artemis", "artemis.csv")
    assert code == 0
    assert lines[0].startswith(f"{FOLDER}: 400 rows in")
    assert "without terms" in note
    assert artemis("import", "artemis-v2", "Contrastive.csv", "other", "--terms", "by form")[0] == 0
    assert read_card(Path("data/raw/other/dataset.yaml")).terms == "by form"


def test_artemis_own_file_is_not_the_contrastive_one() -> None:
    files()
    with pytest.raises(UserError, match=r"artemis\.csv: no column anchor_art_style"):
        read(Path("artemis.csv"), Path("artemis.csv"))


def test_a_folder_of_pictures_that_is_not_there() -> None:
    files()
    with pytest.raises(UserError, match="wikiart: there is no such folder"):
        imported(images=Path("wikiart"))
