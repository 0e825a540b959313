"""What may lie beside the annotations."""

from pathlib import Path

import pytest

from commands.check import BESIDE, missing_files
from stages.annotations.beside import Card, read_card, read_exclusions, read_genres, read_twins, write_missing
from stages.annotations.tables import may_be_shown
from stages.common.errors import UserError
from stages.common.files import write_json


def test_what_lacks_is_told_before_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_missing_files_are_written_and_say_nothing(tmp_path: Path) -> None:
    assert [path.name for path in write_missing(tmp_path)] == [
        "dataset.yaml",
        "exclude.csv",
        "genres.csv",
        "twins.csv",
    ]
    assert read_card(tmp_path / "dataset.yaml") == Card(redistribute=False)
    assert not read_exclusions(tmp_path / "exclude.csv")
    assert read_genres(tmp_path / "genres.csv") == read_twins(tmp_path / "twins.csv") == {}
    (tmp_path / "exclude.csv").write_text("record\n3\n")
    assert write_missing(tmp_path) == []
    assert read_exclusions(tmp_path / "exclude.csv").records == {3: "taken down"}


@pytest.mark.parametrize("text", ["", "\n", "# nothing to say\n  # as yet\n"])
def test_a_card_may_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "dataset.yaml").write_text(text)
    assert read_card(tmp_path / "dataset.yaml") == Card()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("licens: MIT\n", "licens is an unknown key; did you mean licence?"),
        ("redistribute: maybe\n", 'redistribute is "maybe"; allowed: true or false'),
    ],
)
def test_a_card_is_checked(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "dataset.yaml"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        read_card(file)
    assert str(caught.value) == f"{file}: {sentence}"


def test_exclusions(tmp_path: Path) -> None:
    file = tmp_path / "exclude.csv"
    file.write_text('art_style,painting,record,reason\nCubism,"a, b",,heirs\n,,7,\nCubism,c,,\n\n')
    found = read_exclusions(file)
    assert found.why(1, ("Cubism", "a, b")) == "heirs"
    assert found.why(7, None) == "taken down"
    assert found.why(8, ("null", "c")) is None
    assert found.idle() == [("Cubism", "c")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("style,painting\n", ": column 'style' is unknown; allowed are art_style, painting, record, reason"),
        ("art_style,painting\nCubism,\n", ", line 2: found Cubism, ; allowed is either art_style and painting"),
        ("art_style,painting,record\nCubism,a,3\n", ", line 2: found Cubism, a, 3; allowed is either"),
        ("record\n-3\n", ", line 2: found -3; allowed is either"),
        ("record\n3,4\n", ", line 2: 2 fields where the header has 1"),
        ('record\n"3\n', ": unexpected end of data; mend it there"),
    ],
)
def test_an_exclusion_that_says_neither(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "exclude.csv"
    file.write_text(text)
    with pytest.raises(UserError) as caught:
        read_exclusions(file)
    assert sentence in str(caught.value)


def test_genres(tmp_path: Path) -> None:
    file = tmp_path / "genres.csv"
    file.write_text("genre,art_style,painting\nportrait,Cubism,a\nportrait,Cubism,a\nnull,null,nan\n")
    assert read_genres(file) == {("Cubism", "a"): "portrait", ("null", "nan"): "null"}
    file.write_text("genre,art_style,painting\nportrait,Cubism,a\nlandscape,Cubism,a\n")
    with pytest.raises(UserError, match=r"line 3: Cubism/a has a genre already, portrait$"):
        read_genres(file)
    file.write_text("art_style,painting,genre\nCubism,a,\n")
    with pytest.raises(UserError, match=r"line 2: art_style, painting and genre are needed, all three$"):
        read_genres(file)
    file.write_bytes(b"art_style,painting,genre\nCubism,caf\xe9,x\n")
    with pytest.raises(UserError, match=r"not UTF-8; save it as UTF-8$"):
        read_genres(file)


def test_twins(tmp_path: Path) -> None:
    file = tmp_path / "twins.csv"
    file.write_text("art_style,painting,group\nCubism,a,1\nRealism,b,1\nCubism,c,two\n")
    assert read_twins(file) == {("Cubism", "a"): "1", ("Realism", "b"): "1", ("Cubism", "c"): "two"}
    file.write_text("art_style,painting,group\nCubism,a,1\nCubism,a,2\n")
    with pytest.raises(UserError, match=r"line 3: Cubism/a has a group already, 1$"):
        read_twins(file)


@pytest.mark.parametrize(
    ("sharing", "redistribute", "shown"),
    [(False, False, True), (False, True, True), (True, True, True), (True, False, False)],
)
def test_what_may_not_be_passed_on_is_not_shown_in_pages_for_sharing(
    tmp_path: Path, sharing: bool, redistribute: bool, shown: bool
) -> None:
    write_json({"redistribute": redistribute}, tmp_path / "dataset.json")
    assert may_be_shown(sharing, tmp_path) is shown
