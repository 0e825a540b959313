"""The text stages do not depend on pictures, whether one is missing or all of them."""

import re
from pathlib import Path

import pytest
from PIL import Image

from commands.inventory import inventory
from stages.annotations.__main__ import main as annotations_main
from stages.annotations.tables import load_annotations, load_images
from stages.demo.artworks import compose
from stages.demo.corpus import save_annotations, shuffled
from stages.histograms.__main__ import main as histograms_main
from stages.images.__main__ import main as images_main
from stages.text_classifier.__main__ import main as text_classifier_main
from stages.utterances.__main__ import main as utterances_main
from stages.utterances.tables import table_path
from tests.miniature import SMALL, change
from tests.study import ROOT

RAW = Path("data/raw/mine")
PROFILES = "analysis", "deep_nets"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The texts of forty artworks, without pictures."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    # So small a network runs faster on one thread.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    artworks = compose(40, seed=5)
    save_annotations(artworks, shuffled(artworks, seed=5), RAW / "annotations.csv")
    Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    small = {key: value for key, value in SMALL.items() if key.startswith(("utterances.", "text_classifier."))}
    settings = {"dataset": "mine", "utterances.spell_check": False, "annotations.require_images": False}
    change(Path("params.yaml"), small | settings)
    return tmp_path


def texts(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Ingest, make both profiles, and return the bytes of their tables of utterances."""
    annotations_main()
    for profile in PROFILES:
        monkeypatch.setenv("DVC_STAGE", f"utterances@{profile}")
        utterances_main()
    return [table_path(profile).read_bytes() for profile in PROFILES]


def test_a_missing_picture_changes_no_text(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for artwork in compose(40, seed=5):
        path = RAW / "images" / artwork.description.style / f"{artwork.painting}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path)
    inventory("mine")
    before, pictured = texts(monkeypatch), load_annotations()["has_picture"]
    assert (len(load_images()), pictured.all()) == (40, True)
    path.unlink()
    inventory("mine")
    assert texts(monkeypatch) == before
    assert len(load_images()) == 39
    missing = load_annotations().loc[lambda frame: ~frame["has_picture"]]
    assert missing["painting"].unique().tolist() == [artwork.painting]


def test_without_any_picture_the_text_stages_run_to_the_end(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inventory("mine")
    texts(monkeypatch)
    assert not load_annotations()["has_picture"].any()
    assert "40 artworks" in histograms_main()
    assert re.fullmatch(r"0 pictures of (\d+) x \1, 0 unreadable", images_main())
    monkeypatch.setenv("DVC_STAGE", "text_classifier")
    text_classifier_main()
    assert Path("data/text_classifier/model.safetensors").exists()
