"""The stage on a made-up study: tables that fit together, and other captions beside them."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stages.utterances.tables import load_utterances as load_said
from stages.wording.__main__ import main
from stages.wording.measures import measured
from stages.wording.tables import load_artworks, load_sets, load_utterances
from tests.index_report import miniature


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    miniature.write()
    Path("params.yaml").write_text("utterances:\n  rules: clean\n", encoding="utf-8")
    return tmp_path


def test_every_utterance_and_every_artwork_is_measured(workspace: Path) -> None:
    assert main() == "40 utterances of 8 artworks, tagged by TextBlob"
    said, utterances, artworks = load_said("analysis"), load_utterances(), load_artworks()
    assert utterances["painting"].astype(str).tolist() == said["painting"].tolist()
    assert utterances["tokens"].tolist() == said["tokens_len"].tolist()
    assert utterances["concreteness"].isna().all()
    assert artworks["utterances"].tolist() == [5] * 8
    # "sea" among the words is a noun to any tagger.
    with_sea = said["utterance_spelled"].str.contains("sea")
    assert (utterances["noun"] > 0)[with_sea].all()
    assert load_sets()["missing"] == ["concreteness", "sentiment"]


def test_a_column_in_several_chunks_is_measured_too(workspace: Path) -> None:
    # As pandas reads a long table from Parquet.
    said = load_said("analysis", ["art_style", "painting", "utterance_spelled"])
    once, _ = measured(said, workspace, "once")
    twice, artworks = measured(pd.concat([said, said], ignore_index=True), workspace, "twice")
    assert twice["noun"].tolist() == 2 * once["noun"].tolist()
    assert artworks["utterances"].tolist() == [10] * 8


def test_other_captions_go_through_the_same_rules(workspace: Path) -> None:
    folder = Path("data/raw/resources/captions")
    folder.mkdir(parents=True)
    captions = [{"image_id": 1, "caption": "A very NICE dog!"}, {"image_id": 1, "caption": "Dogs."}]
    (folder / "coco.json").write_text(json.dumps({"annotations": captions}), encoding="utf-8")
    assert main().endswith("; beside them COCO (2)")
    found = load_sets()["sets"]["COCO"]
    assert (found["utterances"], found["pictures"], found["mean_tokens"]) == (2, 1, 2.5)
    assert found["distinct"]["noun"] == 2
