"""`artemis caption`: every kind of file, the outputs, and the errors."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from ruamel.yaml import YAML

from commands import speaker_captioner
from stages.captions.captioner import generate
from stages.common.emotions import ARTEMIS
from stages.common.files import read_json
from stages.common.picture_folders import SUFFIXES
from stages.learning.learned_from import LearnedFrom
from stages.speaker.checkpoint import load, save
from tests.captions.captioning import save_biased_classifier
from tests.commands.run import CAPTIONS, Run
from tests.speaker.two_colours import saved

ROOT = Path(__file__).parents[2]
PIXELS = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)
# The first bytes of a phone's picture.
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def _names(lines: list[str]) -> list[str]:
    """The pictures in a table."""
    return [line.split()[0] for line in lines[1:]]


def _picture(path: str, mode: str = "RGB", size: tuple[int, int] | None = None) -> str:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(PIXELS).convert(mode)
    (image.resize(size) if size else image).save(file)
    return path


def _changed(name: str, image: Image.Image, **options: Any) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    image.save(name, **options)
    return name


def _truncated(path: str) -> str:
    file = Path(_picture(path))
    file.write_bytes(file.read_bytes()[:900])
    return path


def _bytes(path: str, content: bytes) -> str:
    Path(path).write_bytes(content)
    return path


def _frames() -> list[Image.Image]:
    return [Image.fromarray(np.roll(PIXELS, shift, 0)) for shift in range(3)]


# Each file by the function that makes it, and its problem: None where it gets a caption.
FILES: dict[str, tuple[Callable[[str], str], str | None]] = {
    "colour.jpg": (_picture, None),
    "grey.jpg": (lambda name: _picture(name, "L"), None),
    "print.jpg": (lambda name: _picture(name, "CMYK"), None),
    "palette.png": (lambda name: _picture(name, "P"), None),
    "two-tone.png": (lambda name: _picture(name, "1"), None),
    "transparent.png": (lambda name: _picture(name, "RGBA"), None),
    "deep.png": (lambda name: _changed(name, Image.fromarray(PIXELS[:, :, 0].astype(np.uint16) * 257)), None),
    "deep.tif": (lambda name: _changed(name, Image.fromarray(PIXELS[:, :, 0].astype(np.float32) / 255)), None),
    "moving.gif": (lambda name: _changed(name, _frames()[0], save_all=True, append_images=_frames()[1:]), None),
    "moving.png": (lambda name: _changed(name, _frames()[0], save_all=True, append_images=_frames()[1:]), None),
    "dot.png": (lambda name: _picture(name, "RGB", (1, 1)), None),
    "dot.jpg": (lambda name: _picture(name, "L", (1, 1)), None),
    "ribbon.png": (lambda name: _picture(name, "RGB", (20_000, 1)), None),
    "wide.jpg": (lambda name: _picture(name, "L", (20_000, 40)), None),
    "really-a-png.jpg": (lambda name: _changed(name, Image.fromarray(PIXELS), format="PNG"), None),
    "sm\u00f8rrebr\u00f8d \u6d77 \u2600.jpg": (_picture, None),
    f"{'long' * 60}.jpg": (_picture, None),
    "empty.jpg": (lambda name: _bytes(name, b""), "the file is empty"),
    "letter.jpg": (lambda name: _bytes(name, b"Dear museum, ..."), "not a picture that Pillow can read"),
    "phone.jpg": (lambda name: _bytes(name, HEIC), "not a picture that Pillow can read"),
    "broken.jpg": (_truncated, "truncated"),
    "gone.jpg": (str, "no such file or directory"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_gets_a_caption_or_a_reason_and_the_next_one_is_captioned(caption: Run, name: str) -> None:
    make, problem = FILES[name]
    code, lines, problems = caption(make(name), _picture("after.jpg"))
    assert lines[-1].split()[0] == "after.jpg"
    if problem is None:
        assert (code, problems, len(lines)) == (0, [], 3)
        assert lines[1].partition("  ")[0].endswith(name[-10:])
    else:
        assert (code, len(lines), len(problems)) == (2, 2, 1)
        assert problems[0].startswith(f"{name}: left out: ")
        assert problem in problems[0]


def test_the_table(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    names = [_picture("a.jpg"), _picture("hall/b.jpg")]
    code, lines, _ = caption("--speaker", "mine", "--emotion", "something else", "--candidates", "2", *names)
    assert code == 0
    assert lines[0] == "picture     emotion           log p  caption"
    end = lines[0].index("  caption")
    for line, name in zip(lines[1:4], ("a.jpg", "", "hall/b.jpg"), strict=True):
        # The number of an untrained speaker may have one digit or two before its point; it ends under its heading.
        assert re.fullmatch(rf"{name:10}  something else +-\d+\.\d\d", line[:end]), line


def test_a_name_cannot_reach_the_terminal(caption: Run) -> None:
    _, lines, problems = caption(_picture("red\x1b[31m.jpg"), "gone\n.jpg")
    assert lines[1].startswith(r"red\x1b[31m.jpg")
    assert problems == [r"gone\n.jpg: left out: no such file or directory"]


def test_a_folder_is_searched_in_order(caption: Run) -> None:
    for name in ("b/2.png", "a/1.jpeg", "b/1.webp", "c.JPG"):
        _picture(f"album/{name}")
    Path("album/notes.txt").write_text("no picture")
    code, lines, problems = caption("album")
    assert (code, problems) == (0, [])
    assert _names(lines) == [f"album/{name}" for name in ("a/1.jpeg", "b/1.webp", "b/2.png", "c.JPG")]


def test_a_picture_has_the_same_caption_alone_and_among_others(caption: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [_picture(f"{n}.png", size=(n, 40)) for n in (10, 20, 30, 40)]
    _, together, _ = caption(*names)
    assert [caption(name)[1][1] for name in names] == together[1:]
    monkeypatch.setattr(speaker_captioner, "BATCH", 3)
    assert caption(*names)[1] == together


def test_a_csv_lists_pictures_and_emotions(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    save_biased_classifier("disgust")
    _picture("hall/a.jpg")
    _picture("hall/b.jpg")
    Path("hall/list.csv").write_text("image_file,grounding_emotion\na.jpg,awe\nlost.jpg,fear\nb.jpg,\n")
    code, lines, problems = caption("--speaker", "mine", "hall/list.csv", "--out", "out.json")
    assert code == 2
    assert [line.split()[:2] for line in lines[1:]] == [["hall/a.jpg", "awe"], ["hall/b.jpg", "disgust"]]
    assert problems == ["hall/lost.jpg: left out: no such file or directory"]
    rows = json.loads(Path("out.json").read_text())
    assert [row.get("emotion_source") for row in rows] == ["person", None, "image_classifier"]
    assert rows[0]["emotions"]["disgust"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("name\na.jpg\n", "picture or image_file; found name"),
        ("", "empty"),
        ("picture\n", "no pictures"),
        ("picture\n\udce9.jpg\n", ", line 2: "),
    ],
)
def test_a_broken_csv(caption: Run, content: str, named: str) -> None:
    Path("list.csv").write_text(content, errors="surrogateescape")
    code, lines, (error,) = caption("list.csv")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis caption: list.csv")
    assert named in error


@pytest.mark.parametrize("way", ["list", "list of all", "option"])
def test_an_emotion_for_a_plain_speaker(caption: Run, way: str) -> None:
    """A list's column is held to the rules of the option, before any picture is read."""
    Path("list.csv").write_text(f"picture,emotion\nb.jpg,\na.jpg,{'all' if way == 'list of all' else 'fear'}\n")
    code, lines, (error,) = caption(*(["--emotion", "fear", "a.jpg"] if way == "option" else ["list.csv"]))
    assert (code, lines) == (1, [])
    assert error.startswith("artemis caption: data/speaker: a plain speaker, which takes no ")
    assert ("--emotion" if way == "option" else "list.csv, line 3") in error


def test_a_list_without_an_emotion_for_a_plain_speaker(caption: Run) -> None:
    _picture("a.jpg")
    Path("list.csv").write_text("picture,emotion\na.jpg,\n")
    assert caption("list.csv")[0] == 0


def test_every_choice_of_the_option_in_one_list(caption: Run) -> None:
    saved(Path("mine"), grounded=True, emo_dropout=0.1)
    save_biased_classifier("disgust")
    names = [_picture(f"{letter}.jpg") for letter in "abcd"]
    rows = zip(names, ("all", "none", "", "awe"), strict=True)
    Path("list.json").write_text(json.dumps([{"picture": name, "emotion": emotion} for name, emotion in rows]))
    code, _, problems = caption("--speaker", "mine", "list.json", "--out", "out.parquet")
    assert (code, problems) == (0, [])
    table = pq.read_table("out.parquet").to_pylist()
    emotions = {name: [row["grounding_emotion"] for row in table if row["picture"] == name] for name in names}
    assert (emotions["a.jpg"][0], set(emotions["a.jpg"])) == ("disgust", set(ARTEMIS.names))
    assert [emotions[name] for name in names[1:]] == [[None], ["disgust"], ["awe"]]
    assert [row["picture"] for row in table] == ["a.jpg"] * 9 + names[1:]
    assert {row["picture"]: row["emotion_source"] for row in table} == {
        **dict.fromkeys(["a.jpg", "d.jpg"], "person"),
        "b.jpg": None,
        "c.jpg": "image_classifier",
    }
    # The option is for the rows that say nothing.
    caption("--speaker", "mine", "--emotion", "all", "list.json", "--out", "all.parquet")
    assert [row["picture"] for row in pq.read_table("all.parquet").to_pylist()] == [
        *["a.jpg"] * 9,
        "b.jpg",
        *["c.jpg"] * 9,
        "d.jpg",
    ]


def test_none_in_a_list_for_a_speaker_that_needs_an_emotion(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    Path("list.csv").write_text("picture,emotion\na.jpg,awe\nb.jpg,none\n")
    code, lines, (error,) = caption("--speaker", "mine", "list.csv")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis caption: list.csv, line 3: ")
    assert "speaker.emo_dropout" in error


@pytest.mark.parametrize(("rule", "most"), [("beam", 3), ("greedy", 1)])
def test_more_candidates_than_the_search_gives(caption: Run, rule: str, most: int) -> None:
    YAML().dump({"device": "cpu", "captions": CAPTIONS | {"rule": rule}}, Path("params.yaml"))
    code, lines, (error,) = caption("--candidates", str(most + 1), "gone.jpg")
    assert (code, lines) == (1, [])
    assert all(name in error for name in (f"--candidates {most + 1}", f"at most {most}", "captions.beam_size"))
    code, lines, _ = caption("--candidates", str(most), _picture("a.jpg"))
    assert (code, len(lines)) == (0, 1 + most)


def test_sampling_gives_as_many_candidates_as_asked_for(caption: Run) -> None:
    YAML().dump({"device": "cpu", "captions": CAPTIONS | {"rule": "top_p"}}, Path("params.yaml"))
    code, lines, problems = caption("--candidates", "50", _picture("a.jpg"))
    assert (code, len(lines), problems) == (0, 51, [])


def test_a_search_that_finds_fewer_candidates_says_so(caption: Run) -> None:
    YAML().dump({"device": "cpu", "captions": CAPTIONS | {"beam_size": 40, "max_length": 1}}, Path("params.yaml"))
    code, lines, (note,) = caption("--candidates", "40", _picture("a.jpg"))
    assert code == 0
    assert len(lines) < 41
    assert note.startswith("1 pictures have fewer captions")
    assert "captions.max_length" in note


def test_all_nine_emotions(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    save_biased_classifier("fear")
    _, lines, _ = caption("--speaker", "mine", "--emotion", "all", _picture("a.jpg"))
    assert lines[1].split()[1] == "fear"
    assert len(lines) == 10


def test_a_folder_without_a_picture(caption: Run) -> None:
    Path("album").mkdir()
    Path("album/notes.txt").write_text("no picture")
    problem = "album: no picture in this folder (.jpg, .jpeg, .png, .webp, .tif, .tiff, .bmp, .gif)"
    assert caption("album") == (1, [], [f"artemis caption: {problem}"])


def test_nothing_but_unreadable_files(caption: Run) -> None:
    code, lines, problems = caption("gone.jpg", _truncated("broken.jpg"))
    assert (code, lines, len(problems)) == (1, [], 3)
    assert problems[-1] == "artemis caption: no picture left to caption"


def test_an_unknown_emotion(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    code, _, (*_, last) = caption("--speaker", "mine", "--emotion", "boredom", _picture("a.jpg"))
    assert code == 1
    allowed = ", ".join([*ARTEMIS, "all", "none"])
    assert last.endswith(f"--emotion 'boredom' is unknown to mine; allowed: {allowed}")
    Path("list.csv").write_text("picture,emotion\na.jpg,joy\n", encoding="utf-8")
    code, _, (*_, last) = caption("--speaker", "mine", "list.csv")
    assert code == 1
    assert last.endswith(f"list.csv, line 2: unknown emotion 'joy'; allowed: {allowed}, or nothing")


def test_a_grounded_speaker_with_an_emotion(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    code, lines, _ = caption("--speaker", "mine", "--emotion", "something else", _picture("a.jpg"), _picture("b.jpg"))
    assert code == 0
    assert [line.split()[1] for line in lines[1:]] == ["something", "something"]


def test_a_grounded_speaker_asks_the_image_classifier(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    save_biased_classifier("disgust")
    # Another size and fit than the speaker's.
    code, lines, _ = caption("--speaker", "mine", _picture("a.jpg"), _truncated("broken.jpg"), _picture("b.jpg"))
    assert code == 2
    assert [line.split()[:2] for line in lines[1:]] == [["a.jpg", "disgust"], ["b.jpg", "disgust"]]


def test_a_grounded_speaker_without_an_image_classifier(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    code, lines, (error,) = caption("--speaker", "mine", _picture("a.jpg"))
    assert (code, lines) == (1, [])
    assert error.startswith("artemis caption: data/image_classifier: ")
    assert "`dvc repro image_classifier`" in error
    assert error.endswith("or give --emotion")


def test_no_emotion_for_a_speaker_that_can_do_without(caption: Run) -> None:
    saved(Path("mine"), grounded=True, emo_dropout=0.1)
    _picture("a.jpg")
    _picture("b.jpg")
    Path("list.csv").write_text("picture,emotion\na.jpg,\nb.jpg,awe\n")
    code, _, problems = caption("--speaker", "mine", "--emotion", "none", "list.csv", "--out", "out.json")
    assert (code, problems) == (0, [])
    # The CSV's emotion takes precedence.
    rows = json.loads(Path("out.json").read_text())
    assert [(row["grounding_emotion"], row["emotion_source"]) for row in rows] == [(None, None), ("awe", "person")]


def test_no_emotion_for_a_speaker_that_needs_one(caption: Run) -> None:
    saved(Path("mine"), grounded=True)
    code, _, (error,) = caption("--speaker", "mine", "--emotion", "none", _picture("a.jpg"))
    assert code == 1
    assert error.startswith("artemis caption: mine: ")
    assert "speaker.emo_dropout" in error


def test_a_speaker_of_distributions_receives_the_predicted_probabilities(
    caption: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(Path("mine"), grounded=True, emo_from="artwork")
    save_biased_classifier("disgust", by=2.0)
    conditions: list[np.ndarray] = []
    monkeypatch.setattr(
        speaker_captioner, generate.__name__, lambda *given: conditions.append(given[2]) or generate(*given)
    )
    code, (_, line), _ = caption("--speaker", "mine", _picture("a.jpg"), "--out", "page.html")
    assert (code, line.split()[1]) == (0, "disgust")
    assert conditions[0][0, 0].sum() == pytest.approx(1, abs=1e-5)
    assert 0.3 < conditions[0][0, 0, ARTEMIS.ids["disgust"]] < 0.8
    page = " ".join(Path("page.html").read_text().split())
    assert "<strong>disgust</strong>, the most likely of the distribution that the image classifier predicts;" in page


def test_guidance_of_a_plain_speaker(caption: Run) -> None:
    YAML().dump({"device": "cpu", "captions": CAPTIONS | {"guidance": 2.0}}, Path("params.yaml"))
    code, lines, (error,) = caption(_picture("a.jpg"))
    assert (code, lines) == (1, [])
    assert error.startswith("artemis caption: captions.guidance is 2, but the speaker ")


def test_no_speaker(caption: Run) -> None:
    code, _, (error,) = caption("--speaker", "nobody", _picture("a.jpg"))
    assert code == 1
    assert error.startswith("artemis caption: nobody: no speaker there (config.json is missing)")
    assert "`dvc repro speaker`" in error


@pytest.mark.usefixtures("caption")
def test_a_process_of_its_own() -> None:
    # A name that is not UTF-8, as Latin-1 archives leave it, must not end in a traceback.
    name = os.fsdecode(b"caf\xe9.jpg")
    Image.fromarray(PIXELS).save(name)
    ran = subprocess.run(
        [sys.executable, "-m", "commands", "caption", name, _truncated("broken.jpg")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stdout.splitlines()[1].startswith(r"caf\udce9.jpg  ")
    (problem,) = ran.stderr.splitlines()
    assert problem.startswith("broken.jpg: left out: ")


def test_help(caption: Run) -> None:
    code, lines, _ = caption("--help")
    text = " ".join(" ".join(lines).split())
    assert code == 0
    assert text.startswith("Usage: artemis caption [OPTIONS] ")
    assert "the exit code is then 2" in text
    assert "something else" in text
    assert "none, if it was trained with speaker.emo_dropout" in text
    assert "trained with speaker.emo_from: artwork receives the probabilities of all" in text
    assert [suffix for suffix in SUFFIXES if suffix not in text] == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (("demo", True, 512, 3_100), ("3,100 utterances about 512 pictures", "mean nothing", "import speaker")),
        (("ArtEmis", False, 67_000, 380_000), ("380,000 utterances about 67,000 pictures of ArtEmis",)),
        (None, ()),
    ],
)
def test_it_says_once_what_its_speaker_learned_from(
    caption: Run, data: tuple[str, bool, int, int] | None, words: tuple[str, ...]
) -> None:
    trained = load(Path("data/speaker"))
    trained = replace(trained, data=LearnedFrom(*data) if data else None)
    save(trained, read_json(Path("data/speaker/config.json")), Path("data/speaker"))
    _, _, errors = caption(_picture("a.jpg"), _picture("b.jpg"))
    said = [line for line in errors if "this speaker learned from" in line]
    assert len(said) == bool(words)
    assert all(word in line for line in said for word in words)
