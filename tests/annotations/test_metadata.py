"""The metadata files of a data set."""

from pathlib import Path

import pytest

from commands.checks import BESIDE, missing_files
from stages.annotations.metadata import DatasetCard, read_card, read_exclusions, read_genres, read_twins, write_missing
from stages.annotations.tables import may_be_shown
from stages.common.errors import UserError
from stages.common.files import write_json


def test_missing_files_are_reported_before_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("data/raw/mine")
    folder.mkdir(parents=True)
    table, files = missing_files("mine", "annotations.csv")
    assert table.startswith("annotations.file: data/raw/mine/annotations.csv is not there; ")
    assert "lacks images.tsv, dataset.yaml, exclude.csv, genres.csv, twins.csv; " in files
    (folder / "annotations.csv").touch()
    assert {"images.tsv", *(path.name for path in write_missing(folder))} == set(BESIDE)
    (told,) = missing_files("mine", "annotations.csv")
    assert told == ("dataset: data/raw/mine lacks images.tsv; `artemis inventory mine` writes them")
    (folder / "images.tsv").touch()
    assert list(missing_files("mine", "annotations.csv")) == list(missing_files("demo", "annotations.csv")) == []


def test_a_data_set_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/raw/museum").mkdir(parents=True)
    Path("data/raw/museum/images.tsv").touch()
    absent, table, files = missing_files("nowhere", "annotations.csv")
    assert absent.startswith("dataset: data/raw/nowhere is not there; found here: demo, museum; ")
    assert "data/raw/nowhere/annotations.csv" in table
    assert all(name in files for name in (*BESIDE, "`artemis inventory nowhere`"))
    assert "did you mean museum?" in next(missing_files("musem", "annotations.csv"))


def test_missing_files_are_created_without_entries(tmp_path: Path) -> None:
    assert [path.name for path in write_missing(tmp_path)] == [
        "dataset.yaml",
        "exclude.csv",
        "genres.csv",
        "twins.csv",
    ]
    assert read_card(tmp_path / "dataset.yaml") == DatasetCard(redistribute=False)
    assert not read_exclusions(tmp_path / "exclude.csv")
    assert read_genres(tmp_path / "genres.csv") == read_twins(tmp_path / "twins.csv") == {}
    (tmp_path / "exclude.csv").write_text("record\n3\n")
    assert write_missing(tmp_path) == []
    assert read_exclusions(tmp_path / "exclude.csv").records == {3: "taken down"}


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n  # yet\n", "\ufeff", "\ufeff# nothing\r\n"])
def test_a_card_may_be_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "dataset.yaml").write_text(text, encoding="utf-8")
    assert read_card(tmp_path / "dataset.yaml") == DatasetCard()


# Norwegian is no boolean.
@pytest.mark.parametrize("language", ["en", "no", "zh-Hans", "pt-BR", "gsw", "sr-Latn-RS"])
def test_a_card_names_the_language(tmp_path: Path, language: str) -> None:
    (tmp_path / "dataset.yaml").write_text(f"language: {language}\n")
    assert read_card(tmp_path / "dataset.yaml").language == language


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("licens: MIT\n", "licens is an unknown key; did you mean licence?"),
        ("redistribute: maybe\n", 'redistribute is "maybe"; allowed: true or false'),
        ("language: German\n", "language: 'German'; expected a tag of BCP 47, such as en, de, zh or pt-BR"),
        ("language: zh_Hans\n", "language: 'zh_Hans'; expected a tag of BCP 47, such as en, de, zh or pt-BR"),
    ],
)
def test_a_card_is_checked(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "dataset.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        read_card(file)
    assert str(caught.value) == f"{file}: {message}"


def test_exclusions(tmp_path: Path) -> None:
    file = tmp_path / "exclude.csv"
    file.write_text('art_style,painting,record,reason\nCubism,"a, b",,heirs\n,,7,\nCubism,c,,\n\n')
    exclusions = read_exclusions(file)
    assert exclusions.reason(1, ("Cubism", "a, b")) == "heirs"
    assert exclusions.reason(7, None) == "taken down"
    assert exclusions.reason(8, ("null", "c")) is None
    assert exclusions.unused() == [("Cubism", "c")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("style,painting\n", ": unknown column 'style'; allowed: art_style, painting, record, reason"),
        ("art_style,painting\nCubism,\n", ", line 2: found Cubism; expected either art_style and painting"),
        ("art_style,painting,record\nCubism,a,3\n", ", line 2: found Cubism, a, 3; expected either"),
        ("record\n-3\n", ", line 2: record is '-3'; expected"),
        ("record\n3.5\n", ", line 2: record is '3.5'; expected"),
        ("record\n3,4\n", ", line 2: 2 fields, but the header has 1"),
        ('record\n"3\n', "line 2 is never closed"),
        ("record,reson\n3,heirs\n", "'reson'; did you mean reason"),
        ("record;reason\n3;heirs\n", "unknown column 'record;reason'; allowed: art_style, painting, record, reason"),
        ("record,reason\n3,heirs,\n", ", line 2: 3 fields, but the header has 2"),
        ("record,record\n3,4\n", "more than one column record"),
        ('art_style,painting,reason\nCubism,a,"two\nlines"\nCubism,,\n', ", line 4: found Cubism; expected either"),
    ],
)
def test_an_invalid_exclusion_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "exclude.csv"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        read_exclusions(file)
    assert message in str(caught.value)


def test_records_that_pandas_wrote_as_floats_and_separators_inside_a_name(tmp_path: Path) -> None:
    file = tmp_path / "exclude.csv"
    file.write_text("\ufeffart_style,painting,record\r\nCubism,a\u2028b\x0bc,\r\n,,7.0\r\n\r\n", encoding="utf-8")
    exclusions = read_exclusions(file)
    assert (list(exclusions.artworks), list(exclusions.records)) == ([("Cubism", "a\u2028b\x0bc")], [7])


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", "art_style,painting\n"])
def test_a_file_without_rows_excludes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "exclude.csv").write_text(text, encoding="utf-8")
    assert not read_exclusions(tmp_path / "exclude.csv")


def test_genres(tmp_path: Path) -> None:
    file = tmp_path / "genres.csv"
    file.write_text("genre,art_style,painting\nportrait,Cubism,a\nportrait,Cubism,a\nnull,null,nan\n")
    assert read_genres(file) == {("Cubism", "a"): "portrait", ("null", "nan"): "null"}
    file.write_text("genre,art_style,painting\nportrait,Cubism,a\nlandscape,Cubism,a\n")
    with pytest.raises(UserError, match=r"line 3: Cubism/a already has the genre portrait, now landscape"):
        read_genres(file)
    file.write_text("art_style,painting,genre\nCubism,a,\n")
    with pytest.raises(UserError, match=r"genres\.csv, line 2: genre is empty"):
        read_genres(file)
    file.write_text("art_style,painting,genre\n , a,x\n")
    with pytest.raises(UserError, match=r"genres\.csv, line 2: art_style is empty"):
        read_genres(file)
    file.write_bytes(b"art_style,painting,genre\nCubism,caf\xe9,x\n")
    with pytest.raises(UserError, match=r"genres\.csv, line 2: painting .*UTF-8"):
        read_genres(file)
    file.write_text("art_style,painting,Genre\nCubism,a,x\n")
    with pytest.raises(UserError, match=r"genres\.csv: unknown column 'Genre'; did you mean genre"):
        read_genres(file)


def test_twins(tmp_path: Path) -> None:
    file = tmp_path / "twins.csv"
    file.write_text("art_style,painting,group\nCubism,a,1\nRealism,b,1\nCubism,c,two\n")
    assert read_twins(file) == {("Cubism", "a"): "1", ("Realism", "b"): "1", ("Cubism", "c"): "two"}
    file.write_text("art_style,painting,group\nCubism,a,1\nCubism,a,2\n")
    with pytest.raises(UserError, match=r"line 3: Cubism/a already has the group 1, now 2"):
        read_twins(file)


@pytest.mark.parametrize(
    ("sharing", "redistribute", "shown"),
    [(False, False, True), (False, True, True), (True, True, True), (True, False, False)],
)
def test_pages_for_sharing_hide_data_without_permission(
    tmp_path: Path, sharing: bool, redistribute: bool, shown: bool
) -> None:
    write_json({"redistribute": redistribute}, tmp_path / "dataset.json")
    assert may_be_shown(sharing, tmp_path) is shown


def test_a_take_down_holds_in_any_spelling_of_unicode(tmp_path: Path) -> None:
    (tmp_path / "exclude.csv").write_text("art_style,painting\nBaroque,cafe\u0301\n", encoding="utf-8")
    exclusions = read_exclusions(tmp_path / "exclude.csv")
    assert exclusions.reason(1, ("Baroque", "caf\u00e9")) == "taken down"
    assert exclusions.reason(2, ("Baroque", "cafe")) is None
    assert exclusions.unused() == []


@pytest.mark.parametrize(
    ("emotions", "message"),
    [
        ("[joy, grief]", "expected labels with their polarity (positive, negative, else), such as `joy: positive`"),
        ("{joy: positive}", "1 of them; allowed: 2 to 40 labels, or null for those of ArtEmis"),
        ("{joy: positive, grief: sad}", "grief is 'sad'; allowed: positive, negative, else"),
        ("{joy: positive, ' grief': negative}", "the label ' grief'; allowed: text on one line without spaces at its"),
        ("{joy: positive, sentence: negative}", "the label 'sentence'; allowed: "),
        ("{joy: positive, all: negative}", "the label 'all'; allowed: "),
    ],
)
def test_labels_that_cannot_be_used(tmp_path: Path, emotions: str, message: str) -> None:
    file = tmp_path / "dataset.yaml"
    file.write_text(f"emotions: {emotions}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_card(file)
    assert str(caught.value).startswith(f"{file}: emotions: {message}")


def test_labels_keep_their_order(tmp_path: Path) -> None:
    (tmp_path / "dataset.yaml").write_text("emotions: {no: negative, joy: positive}\n", encoding="utf-8")
    assert list(read_card(tmp_path / "dataset.yaml").label_set().polarities.items()) == [
        ("no", "negative"),
        ("joy", "positive"),
    ]
