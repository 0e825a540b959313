"""The stage on a made-up study, without and with captions of other data sets."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stages.common.language import FOR_ENGLISH
from stages.utterances.tables import load_utterances as load_corpus
from stages.utterances.tables import save_utterances, table_path
from stages.wording.__main__ import main
from stages.wording.measures import measure_set
from stages.wording.tables import ARTWORKS, UTTERANCES, load_artworks, load_sets, load_utterances


def _utterances() -> pd.DataFrame:
    """Five utterances of each of eight artworks, in the columns of the stage `utterances`."""
    texts = ["a calm sea", "i like the dark sea", "dogs bark", "the sky reminds me of home", "so sad"]
    rows = pd.DataFrame({"utterance_spelled": texts * 8, "painting": [f"painting-{n // 5}" for n in range(40)]})
    return rows.assign(
        art_style="Cubism",
        emotion="awe",
        utterance=rows["utterance_spelled"],
        repetition=5,
        split="train",
        tokens=rows["utterance_spelled"].str.split(" "),
        tokens_len=rows["utterance_spelled"].str.split(" ").map(len),
        tokens_encoded=[[1, 2]] * 40,
        emotion_label=1,
    )


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_utterances(_utterances(), table_path("analysis"))
    Path("params.yaml").write_text("utterances:\n  rules: clean\n", encoding="utf-8")
    return tmp_path


def test_every_utterance_and_every_artwork_is_measured(workspace: Path) -> None:
    assert main() == "40 utterances of 8 artworks, tagged by TextBlob"
    corpus, utterances, artworks = load_corpus("analysis"), load_utterances(), load_artworks()
    assert utterances["painting"].astype(str).tolist() == corpus["painting"].tolist()
    assert utterances["tokens"].tolist() == corpus["tokens_len"].tolist()
    assert utterances["concreteness"].isna().all()
    assert artworks["utterances"].tolist() == [5] * 8
    # Any tagger takes "sea" for a noun.
    with_sea = corpus["utterance_spelled"].str.contains("sea")
    assert (utterances["noun"] > 0)[with_sea].all()
    assert load_sets()["missing"] == ["concreteness", "sentiment"]


def test_a_column_in_several_chunks_is_measured_too(workspace: Path) -> None:
    # pandas reads a long table from Parquet in several chunks.
    corpus = load_corpus("analysis", ["art_style", "painting", "utterance_spelled"])
    once, _ = measure_set(corpus, workspace, "once")
    twice, artworks = measure_set(pd.concat([corpus, corpus], ignore_index=True), workspace, "twice")
    assert twice["noun"].tolist() == 2 * once["noun"].tolist()
    assert artworks["utterances"].tolist() == [10] * 8


def test_other_captions_go_through_the_same_rules(workspace: Path) -> None:
    folder = Path("data/raw/resources/captions")
    folder.mkdir(parents=True)
    captions = [{"image_id": 1, "caption": "A very NICE dog!"}, {"image_id": 1, "caption": "Dogs."}]
    (folder / "coco.json").write_text(json.dumps({"annotations": captions}), encoding="utf-8")
    assert main().endswith("; other captions: COCO (2)")
    summary = load_sets()["sets"]["COCO"]
    assert (summary["utterances"], summary["pictures"], summary["mean_tokens"]) == (2, 1, 2.5)
    assert summary["distinct"]["noun"] == 2


def test_nothing_is_measured_in_another_language(workspace: Path) -> None:
    Path("params.yaml").write_text("utterances:\n  rules: plain\n", encoding="utf-8")
    closing_line = main()
    assert closing_line.endswith(f" are left out: {FOR_ENGLISH}")
    assert [
        name for name in ("concreteness", "sentiment", "subjectivity", "parts of speech") if name not in closing_line
    ] == []
    assert load_sets() == {"sets": {}}
    for rows, schema in ((load_utterances(), UTTERANCES), (load_artworks(), ARTWORKS)):
        assert (len(rows), rows.columns.tolist()) == (0, schema.names)
