"""`artemis caption --out museum.jsonld`: from pictures and from IIIF manifests, and in the viewer Mirador."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from formats.machine_captions import Decision
from formats.review import sheet
from tests.browser import from_npm, needs_browser, opened
from tests.commands.run import Run
from tests.speaker.two_colours import saved
from tests.study import ROOT

PAINTINGS = ROOT.parent / "shared/paintings/images"
VIEWER = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Viewer</title></head><body>
<div id="viewer" style="position: absolute; inset: 0"></div><script src="mirador.min.js"></script><script>
Mirador.viewer({ id: "viewer", windows: [{ manifestId: new URL("museum.manifest.json", location).href }],
  window: { sideBarOpen: true, defaultSideBarPanel: "annotations" } });
</script></body></html>"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address under which the files of a folder are served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def painted(path: str) -> str:
    pixels = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def items(path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(path).read_text(encoding="utf-8"))["items"]
    return found


def test_files_have_relative_addresses_and_no_manifest(caption: Run) -> None:
    Path("hall").mkdir()
    painted("hall/a b.jpg")
    code, _, errors = caption("hall", "gone.jpg", "--candidates", "2", "--out", "museum.jsonld")
    assert code == 2
    assert [each["target"] for each in items("museum.jsonld")] == ["hall/a%20b.jpg"] * 2
    assert "2 annotations" in errors[-1]
    assert "--base" in errors[-1]
    assert not Path("museum.manifest.json").exists()


def test_a_base_makes_addresses(caption: Run) -> None:
    painted("a.jpg")
    code, _, _ = caption("a.jpg", "--out", "museum.jsonld", "--base", "https://museum.example/x/")
    assert code == 0
    (found,) = items("museum.jsonld")
    assert found["target"] == "https://museum.example/x/a.jpg"
    body = found["body"][0]
    assert body["creator"]["name"] == "artemis-dvc, speaker sat"
    # What this speaker learned from is not known.
    assert body["language"] == "und"
    before = Path("museum.jsonld").read_bytes()
    caption("a.jpg", "--out", "museum.jsonld", "--base", "https://museum.example/x")
    assert Path("museum.jsonld").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--out", "museum.html", "--base", "https://museum.example"], "--base"),
        (["--base", "https://museum.example"], "--base"),
        (["--out", "museum.jsonld", "--base", "museum.example"], "museum.example"),
    ],
)
def test_a_base_that_cannot_be(caption: Run, arguments: list[str], named: str) -> None:
    code, _, errors = caption(painted("a.jpg"), *arguments)
    assert code == 1
    assert named in errors[-1]


def test_the_canvases_of_a_manifest_are_targets(caption: Run, tmp_path: Path) -> None:
    painted("a.jpg")
    painted("b.jpg")
    with served(tmp_path) as address:
        canvases = [
            {
                "id": f"{address}canvas/{name}",
                "type": "Canvas",
                "width": 4000,
                "height": 3000,
                "items": [
                    {"items": [{"motivation": "painting", "body": {"id": f"{address}{name}.jpg", "type": "Image"}}]}
                ],
            }
            for name in ("a", "b")
        ]
        manifest = {"@context": "http://iiif.io/api/presentation/3/context.json", "id": f"{address}manifest"}
        Path("manifest.json").write_text(json.dumps(manifest | {"type": "Manifest", "items": canvases}))
        code, _, errors = caption(f"{address}manifest.json", "--out", "museum.jsonld")
    assert code == 0, errors
    assert [each["target"] for each in items("museum.jsonld")] == [
        {"id": f"{address}canvas/{name}", "partOf": {"id": f"{address}manifest"}} for name in ("a", "b")
    ]
    # A manifest is not replaced while it is read, even if it is by this program.
    code, _, errors = caption("museum.manifest.json", "--out", "museum.jsonld")
    assert (code, "museum.manifest.json: an input" in errors[-1]) == (1, True)
    shown = items("museum.manifest.json")
    assert [each["id"] for each in shown] == [f"{address}canvas/a", f"{address}canvas/b"]
    assert (shown[0]["width"], shown[0]["height"]) == (4000, 3000)


@needs_browser
@pytest.mark.parametrize("looked_at", [6, pytest.param(60, marks=pytest.mark.soak)])
def test_real_paintings_open_in_a_viewer(caption: Run, tmp_path: Path, looked_at: int) -> None:
    script = from_npm("mirador/dist/mirador.min.js")
    if not PAINTINGS.is_dir():
        pytest.skip("../shared/paintings is not there")
    shutil.copytree(PAINTINGS, "paintings")
    Path("mirador.min.js").symlink_to(script)
    Path("index.html").write_text(VIEWER, encoding="utf-8")
    with served(tmp_path) as address:
        code, _, errors = caption("paintings", "--out", "museum.jsonld", "--base", address)
        assert code == 0, errors
        texts = [each["body"][0]["value"] for each in items("museum.jsonld")]
        assert len(texts) == 60
        with opened(viewport={"width": 1200, "height": 760}) as page:
            page.goto(address)
            for number, text in enumerate(texts[:looked_at]):
                page.get_by_text(f"{number + 1} of 60").wait_for()
                panel = page.get_by_role("complementary").or_(page.locator(".mirador-window")).first
                panel.get_by_text(text, exact=True).first.wait_for()
                panel.get_by_text("feeling, by a machine").first.wait_for()
                if number + 1 < looked_at:
                    page.get_by_label("Next item").click()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".html"])
def test_edits_are_kept_when_captions_are_made_again(caption: Run, suffix: str) -> None:
    painted("a.jpg")
    Image.new("RGB", (30, 40), "navy").save("b.jpg")
    review = Path(f"review{suffix}")
    code, _, errors = caption("a.jpg", "b.jpg", "--review", str(review))
    assert code == 0, errors
    assert "2 open" in errors[-1]
    first, second = sheet.read(review)
    assert (first.caption.target, first.caption.width) == ("a.jpg", 30)
    decided = [replace(first, decision=Decision.APPROVED, edited="a calm sea", reviewer="Ann"), second]
    sheet.save(decided, review, lambda row: None)
    # Another speaker writes again, and the picture lies elsewhere.
    saved(Path("other"), "merge")
    Path("moved").mkdir()
    Path("a.jpg").rename("moved/a.jpg")
    again = ["moved/a.jpg", "b.jpg", "--speaker", "other", "--review", str(review), "--out", "museum.jsonld"]
    code, _, errors = caption(*again)
    assert code == 0, errors
    rows = sheet.read(review)
    kept = next(row for row in rows if row.decision is Decision.APPROVED)
    assert (kept.edited, kept.reviewer, kept.caption.target) == ("a calm sea", "Ann", "moved/a.jpg")
    assert (review.parent / f"review.backup{suffix}").exists()
    texts = {item["target"]: item["body"][0] for item in items("museum.jsonld")}
    assert texts["moved/a.jpg"]["value"] == "a calm sea"
    assert texts["moved/a.jpg"]["creator"] == {"type": "Person", "name": "Ann"}
    assert set(texts) == {"moved/a.jpg", "b.jpg"}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--review", "review.docx"], "review.docx"),
        (["--review", "a.jpg"], "a.jpg"),
        (["--review", "review.csv", "--out", "folder/"], "--review"),
        (["--review", "bad.csv"], "bad.csv"),
        (["--review", "open.csv"], ".~lock.open.csv#"),
    ],
)
def test_sheets_that_cannot_be_are_refused_before_any_work(caption: Run, arguments: list[str], named: str) -> None:
    Path("bad.csv").write_text("no,sheet\n1,2\n")
    Path(".~lock.open.csv#").touch()
    code, lines, errors = caption(painted("a.jpg"), *arguments)
    assert (code, lines) == (1, [])
    assert named in errors[-1]
    assert Path("bad.csv").read_text() == "no,sheet\n1,2\n"
