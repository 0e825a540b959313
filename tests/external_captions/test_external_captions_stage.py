"""The stage joins the captions of another model to the artworks of the split, and tokenizes them."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from formats.answers import Answer, save_parquet
from formats.picture_lists import requests
from formats.sources.picture import File
from stages.annotations.tables import save_images
from stages.captions.captioner import Caption
from stages.common.captions_table import Origin, load_captions, origin
from stages.common.errors import UserError
from stages.external_captions import __main__ as stage
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

BLIP = Origin("someone/blip", "abc", "bsd-3-clause", "a picture of")
# "é" as one character, and as macOS writes it.
CAFE, DECOMPOSED = "caf\xe9", "cafe\u0301"
TEST = ["bright", "dark", CAFE, "captionless"]


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four artworks of the test split, and one of the training split."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("dataset: mine\ncaptions: {split: test, rule: beam}\n")
    artworks = pd.DataFrame({"art_style": "Cubism", "painting": [*TEST, "learned"], "split": ["test"] * 4 + ["train"]})
    monkeypatch.setattr(stage, "load_utterances", lambda profile, columns: pd.concat([artworks, artworks]))
    paths = "Cubism/" + artworks["painting"] + ".jpg"
    save_images(artworks.assign(path=paths, bytes=1, digest="", width=1, height=1))
    Tokenizer(CleanRules(), {"see": "sea"}).save(tokenizer_path("deep_nets"))
    stage.FOLDER.mkdir(parents=True)
    (stage.FOLDER / "README.md").write_text("# Captions\n")


def write(name: str, captions: dict[str, str | None], model: Origin | None = BLIP) -> None:
    """A file of `artemis caption`; a picture without a caption was left out."""
    maps = np.zeros((0, 0, 0), np.float32)
    answers = [
        Answer(File(path), "truncated")
        if text is None
        else Answer(File(path), None, [Caption(text, None, 0, 0, -1.0, maps)], tokens=False)
        for path, text in captions.items()
    ]
    save_parquet(answers, stage.FOLDER / name, model and model._asdict())


def write_columns(name: str, **columns: list[Any]) -> None:
    pq.write_table(pa.table(columns), stage.FOLDER / name)


def captions() -> dict[str, str]:
    frame = load_captions(stage.CAPTIONS)
    assert set(frame["art_style"]) <= {"Cubism"}
    assert frame["grounding_emotion"].isna().all()
    return dict(zip(frame["painting"], frame["caption"], strict=True))


def test_an_empty_folder_gives_an_empty_table() -> None:
    (stage.FOLDER / ".captions-00000.partial.parquet").write_bytes(b"half")
    assert stage.main() == (
        "no captions: data/raw/external_captions has none; data/external_captions/pictures.csv lists the pictures of "
        "the split test"
    )
    assert load_captions(stage.CAPTIONS).empty
    assert origin(stage.CAPTIONS) is None


def test_the_list_holds_the_pictures_of_the_split() -> None:
    stage.main()
    expected = [Path("data/raw/mine/images/Cubism") / f"{name}.jpg" for name in TEST]
    assert {Path(os.path.normpath(str(request.picture))) for request in requests([stage.PICTURES])} == set(expected)


def test_captions_are_joined_and_tokenized() -> None:
    (stage.FOLDER / "many").mkdir()
    write(
        "many/captions-00000.parquet", {"/home/ann/images/Cubism/bright.jpg": "A bright, calm see!", "x.jpg": "A cat"}
    )
    write(
        "many/captions-00001.parquet",
        {
            "Cubism/dark.jpg": "",
            f"images/Cubism/{DECOMPOSED}.jpg": "A coffee house.",
            "Cubism/learned.jpg": "Known",
            "Cubism/captionless.jpg": None,
            "Cubism/bright.png": "Another file",
        },
    )
    assert stage.main() == (
        "3 captions by someone/blip (revision abc, licence bsd-3-clause); 1 artworks of the split test have none; "
        "3 captions of other pictures are not used"
    )
    assert captions() == {"bright": "a bright calm sea", "dark": "", CAFE: "a coffee house"}
    assert origin(stage.CAPTIONS) == BLIP


def test_a_path_below_a_folder_that_is_not_utf_8() -> None:
    write("a.parquet", {"/home/caf\udce9/Cubism/dark.jpg": "So dark"})
    stage.main()
    assert captions() == {"dark": "so dark"}


def test_files_of_other_programs_need_two_columns() -> None:
    write_columns("a.parquet", picture=["Cubism/dark.jpg"] * 2, caption=["The best", "The second"], rank=[0, 1])
    assert "2 captions by a model that the files do not name; 3 artworks" in stage.main()
    assert load_captions(stage.CAPTIONS)[["caption", "rank"]].to_numpy().tolist() == [
        ["the best", 0],
        ["the second", 1],
    ]
    assert origin(stage.CAPTIONS) is None


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (BLIP._replace(model="someone/git"), "someone/git (revision abc, licence bsd-3-clause) with the prompt 'a pic"),
        (BLIP._replace(revision="abd"), "someone/blip (revision abd, "),
        (BLIP._replace(prompt="what"), "someone/blip (revision abc, licence bsd-3-clause) with the prompt 'what'"),
        (None, "a model that it does not name"),
    ],
)
def test_captions_of_two_models(model: Origin | None, named: str) -> None:
    write("a.parquet", {"Cubism/dark.jpg": "So dark"})
    write("b.parquet", {"Cubism/bright.jpg": "So bright"}, model)
    with pytest.raises(UserError, match=r"captions of two models: a\.parquet is by someone/blip") as error:
        stage.main()
    assert f"b.parquet by {named}" in str(error.value)


def test_a_licence_that_is_known_to_one_file_only() -> None:
    write("a.parquet", {"Cubism/dark.jpg": "So dark"})
    write("b.parquet", {"Cubism/bright.jpg": "So bright"}, BLIP._replace(licence="unknown"))
    assert stage.main().startswith("2 captions by someone/blip")


def test_two_captions_of_one_picture_and_rank() -> None:
    write("a.parquet", {"here/Cubism/bright.jpg": "A bright sea", "here/Cubism/dark.jpg": "So dark"})
    write("b.parquet", {"there/Cubism/dark.jpg": "Dark"})
    fault = r"b\.parquet, row 1: Cubism/dark\.jpg has a caption of config 0 and rank 0 already, in .*a\.parquet, row 2"
    with pytest.raises(UserError, match=fault):
        stage.main()


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"image": ["Cubism/dark.jpg"], "caption": ["Dark"]}, "no column picture; found image, caption"),
        ({"picture": ["Cubism/dark.jpg"], "text": ["Dark"]}, "no column caption; found picture, text"),
        ({"picture": [3], "caption": ["Dark"]}, "row 1: picture is 3"),
        ({"picture": ["Cubism/dark.jpg"], "caption": [3]}, "row 1: caption is 3"),
        ({"picture": ["Cubism/dark.jpg"], "caption": ["Dark"], "rank": ["best"]}, "row 1: rank is 'best'"),
    ],
)
def test_a_file_of_something_else(columns: dict[str, list[Any]], named: str) -> None:
    write_columns("a.parquet", **columns)
    with pytest.raises(UserError, match=r"data/raw/external_captions/a\.parquet") as error:
        stage.main()
    assert named in str(error.value).replace('"', "'")


@pytest.mark.parametrize("content", [b"", b"no table"])
def test_a_damaged_file(content: bytes) -> None:
    write("a.parquet", {"Cubism/dark.jpg": "So dark"})
    (stage.FOLDER / "b.parquet").write_bytes(content)
    with pytest.raises(UserError, match=r"data/raw/external_captions/b\.parquet"):
        stage.main()


def test_captions_of_other_pictures_alone() -> None:
    write("a.parquet", {"Cubism/learned.jpg": "Known", "dark.jpg": "So dark"})
    assert stage.main().startswith(
        "no captions: the 2 in data/raw/external_captions are of no artwork of the split test; "
    )
    assert load_captions(stage.CAPTIONS).empty
