"""The HTML page of captions: its content, and its behaviour in a browser."""

import base64
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from formats import captions_page
from formats.answers import Answer, Table, rows
from formats.sources.picture import File
from stages.captions.captioner import Caption
from stages.common.emotions import ARTEMIS

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "chrome"])), None)
NASTY = '<script>alert("x")</script>'


def _generated(caption: str, emotion: str | None = None) -> Caption:
    maps = np.zeros((len(caption.split()) + 1, 2, 2), np.float32)
    # The first word attends to the top left alone, the others to all places.
    maps[0, 0, 0], maps[1:] = 1, 0.25
    return Caption(caption, emotion, 0, 0, -1.5, maps)


def _picture(folder: Path, name: str = "a.jpg", size: tuple[int, int] = (80, 40)) -> Path:
    path = folder / name
    Image.new("RGB", size, "white").save(path)
    return path


@pytest.fixture
def answers(tmp_path: Path) -> list[Answer]:
    emotions = dict(zip(ARTEMIS, [0.05, 0.5, 0.1, 0.05, 0.05, 0.05, 0.1, 0.05, 0.05], strict=True))
    path = _picture(tmp_path, "a & b.jpg")
    captions = [_generated(f"the {NASTY} sea", "awe"), _generated("so cold", "fear")]
    return [
        Answer(File(str(path)), None, captions, "person", emotions),
        Answer(File(f"{NASTY}.jpg"), "the file is empty"),
    ]


@pytest.fixture
def written(tmp_path: Path, answers: list[Answer]) -> Path:
    path = tmp_path / "page.html"
    captions_page.save(answers, path, fit="squash", emo_from="utterance", model=NASTY)
    return path


def test_the_content_of_the_page(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert") == 4  # speaker, caption, button, and the picture that was left out
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert text.count("<b>Machine-made</b>") == 2
    assert "conditioned on <strong>awe</strong>, chosen by a person" in re.sub(r"\s+", " ", text)
    assert re.findall(r'<th scope="row">(.*?)</th><td class="share">(.*?) %</td>', text)[:2] == [
        ("awe", "50.0"),
        ("contentment", "10.0"),
    ]
    assert text.count('class="bar"') == len(ARTEMIS)
    assert "part of the network's computation, not an explanation" in re.sub(r"\s+", " ", text)
    assert re.findall(r"\b(?:src|href)=\"(?!data:)|https?:|@import|url\(", text) == []


def test_captions_are_written_as_people_write_their_language(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    answer = Answer(File(str(_picture(tmp_path))), None, [_generated("大 海 平 静")])
    captions_page.save([answer], path, fit="squash", emo_from="utterance", model="it")
    text = path.read_text(encoding="utf-8")
    assert '<blockquote><p dir="auto">大海平静</p></blockquote>' in text
    assert [text.count(f">{token}</button>") for token in "大海平静"] == [1] * 4
    assert rows(answer)[0]["caption"] == "大海平静"
    (line,) = Table(["a.jpg"], emotions=()).lines(answer)
    assert line.endswith("  大海平静")
    # The spaces of a text that is no tokens are its own.
    answer = replace(answer, tokens=False)
    assert rows(answer)[0]["caption"] == "大 海 平 静"


def test_a_picture_that_has_gone_does_not_cost_the_page(tmp_path: Path, answers: list[Answer]) -> None:
    path = tmp_path / "page.html"
    gone = Answer(File(str(tmp_path / "gone.jpg")), None, [_generated("a calm sea")])
    captions_page.save([gone, *answers], path, fit="squash", emo_from="utterance", model="it")
    text = path.read_text(encoding="utf-8")
    assert text.count('<article class="card"') == 1
    assert "gone.jpg</bdi>: cannot be shown: no such file or directory; its caption: a calm sea" in text


def test_words_carry_their_weights() -> None:
    the, sea, end = captions_page.words(_generated("the sea"))
    assert (the.text, list(base64.b64decode(the.weights))) == ("the", [255, 0, 0, 0])
    assert the.summary == "greatest weight 100% of the whole, at the top left"
    assert (sea.text, list(base64.b64decode(sea.weights))) == ("sea", [255] * 4)
    assert end.text == "(end)"


@pytest.mark.parametrize(
    ("fit", "box"), [("squash", (0, 0, 100, 100)), ("crop", (25, 0, 50, 100)), ("pad", (0, -50, 100, 200))]
)
def test_the_input_square_on_a_wide_picture(fit: captions_page.Fit, box: tuple[float, ...]) -> None:
    assert captions_page.box((80, 40), fit) == box


DRIVER = """
<script>
addEventListener("load", () => {
  const button = document.querySelector("button[data-weights]");
  const canvas = document.querySelector("canvas");
  const opacity = () => [...canvas.getContext("2d").getImageData(0, 0, 2, 2).data].filter((_, n) => n % 4 == 3).join();
  const report = [];
  const note = (what) => report.push(`${what}=${opacity()}`);
  note("before");
  button.dispatchEvent(new PointerEvent("pointerover", {bubbles: true})); note("pointed");
  button.dispatchEvent(new PointerEvent("pointerout", {bubbles: true})); note("left");
  // As the pointer's: the window of a headless browser has the focus or has not.
  button.dispatchEvent(new FocusEvent("focusin", {bubbles: true})); note("focused");
  report.push(`summary=${document.querySelector("output").textContent}`);
  button.dispatchEvent(new FocusEvent("focusout", {bubbles: true})); note("blurred");
  button.click(); note("touched"); report.push(`pressed=${button.getAttribute("aria-pressed")}`);
  button.click(); button.dispatchEvent(new PointerEvent("pointerout", {bubbles: true})); note("again");
  const box = canvas.getBoundingClientRect(), seen = document.querySelector("img").getBoundingClientRect();
  report.push(`covers=${Math.abs(box.width - seen.width) < 1 && Math.abs(box.height - seen.height) < 1}`);
  report.push(`fits=${document.documentElement.scrollWidth <= innerWidth}`);
  document.title = report.join("|");
});
</script>
"""


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium, which is not on this machine's PATH")
@pytest.mark.parametrize("width", [390, 1200])
def test_in_a_browser(written: Path, tmp_path: Path, width: int) -> None:
    driven = tmp_path / "driven.html"
    driven.write_text(written.read_text(encoding="utf-8").replace("</body>", f"{DRIVER}</body>"), encoding="utf-8")
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--window-size={width},800",
        f"--user-data-dir={tmp_path}",
    ]
    ran = subprocess.run(
        [str(BROWSER), *options, "--dump-dom", driven.as_uri()],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    title = re.search(r"<title>(.*?)</title>", ran.stdout)
    assert title, ran.stderr
    assert dict(part.split("=", 1) for part in title[1].split("|")) == {
        "before": "0,0,0,0",
        "pointed": "0,178,178,178",
        "left": "0,0,0,0",
        "focused": "0,178,178,178",
        "summary": "the: greatest weight 100% of the whole, at the top left",
        "blurred": "0,0,0,0",
        "touched": "0,178,178,178",
        "pressed": "true",
        "again": "0,0,0,0",
        "covers": "true",
        "fits": "true",
    }
