"""The whole study on made-up corpora in other languages than English, in one process."""

import importlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from stages.common.captions_table import load_captions
from stages.common.language import FOR_ENGLISH
from stages.common.scripts import written
from stages.metrics.tables import load_metrics, scored
from stages.pages import page
from stages.utterances.plain_rules import tokens
from stages.utterances.tables import load_utterances
from tests import in_process, languages
from tests.commands.run import artemis
from tests.miniature import SMALL, change
from tests.study import ROOT, Study

CHANGES = {
    "dataset": "mine",
    "utterances.rules": "plain",
    "utterances.spell_check": False,
    "metrics.meteor": "python",
    # For captions with words.
    "speaker.sat.epochs": 25,
    "captions.max_length": 30,
}
# One of a script without spaces in each run of the tests.
LANGUAGES = [
    pytest.param(tag, marks=() if tag == languages.CHINESE.tag else pytest.mark.soak) for tag in languages.LANGUAGES
]


@pytest.fixture(scope="module", params=LANGUAGES)
def finished(
    request: pytest.FixtureRequest, study: Study, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """The language of the study in the working directory, and the summary of each stage."""
    folder = tmp_path_factory.mktemp("languages")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DVC_ROOT", str(folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setattr(page, "execute", in_process.execute)
        raw = folder / "data/raw"
        (raw / "resources").mkdir(parents=True)
        (raw / "mine").mkdir()
        languages.write(Path("data/raw/mine"), languages.LANGUAGES[request.param])
        shutil.copy(ROOT / "params.yaml", "params.yaml")
        change(Path("params.yaml"), {**SMALL, **CHANGES})
        assert artemis("check")[0] == 0
        summaries = {}
        for stage in study.stages:
            if stage.name != "demo":
                patch.setenv("DVC_STAGE", stage.address)
                summaries[stage.address] = importlib.import_module(f"stages.{stage.name}.__main__").main()
        yield request.param, summaries


def test_every_out_is_there(finished: tuple[str, dict[str, str]], study: Study) -> None:
    outs = [out for stage in study.stages if stage.name != "demo" for out in stage.outs]
    assert [out for out in outs if not Path(out).exists()] == []


def test_what_is_made_for_english_is_left_out_by_name(finished: tuple[str, dict[str, str]]) -> None:
    _, summaries = finished
    left_out = {address: summary for address, summary in summaries.items() if FOR_ENGLISH in summary}
    assert left_out.keys() == {
        *("wording", "dataset_report", "language_report", "reference_report", "anp_captions"),
        *("metrics@captions", "metrics@neighbor_captions", "metrics@human"),
    }
    for system in ("captions", "neighbor_captions", "human"):
        assert [
            name for name in ("meteor", "similes") if f"; {name} is left out" not in left_out[f"metrics@{system}"]
        ] == []
        assert {"bleu_4", "rouge_l", "cider"} <= load_metrics(system).keys()
    assert scored() == ["captions", "neighbor_captions", "human"]
    shown = Path("reports/speakers.html").read_text(encoding="utf-8")
    assert "adjective-noun pairs" not in shown


def test_the_words_are_those_of_the_language(finished: tuple[str, dict[str, str]]) -> None:
    tag, _ = finished
    frame = load_utterances("analysis")
    assert len(frame) == 200
    assert frame["tokens"].map(list).tolist() == [tokens(text, tag) for text in frame["utterance"]]
    vocabulary = json.loads(Path("data/utterances/deep_nets/vocabulary.json").read_text(encoding="utf-8"))
    examples = {"de": ("straße", "grün"), "ar": ("البحر", "كثيرًا"), "zh-Hans": ("海", "蓝", "我")}
    assert [word for word in examples[tag] if word not in vocabulary] == []
    captions = load_captions(Path("data/captions/captions.parquet"))["caption"]
    assert [token for caption in captions for token in caption.split() if token not in vocabulary] == []
    assert captions.map(str.split).map(len).min() > 3


def test_pages_and_cards_name_the_language_and_write_it(finished: tuple[str, dict[str, str]]) -> None:
    tag, _ = finished
    first = load_captions(Path("data/captions/captions.parquet"))["caption"].iloc[0]
    shown = Path("reports/speakers.html").read_text(encoding="utf-8")
    assert f'<bdi lang="{tag}">{written(first)}</bdi>' in shown
    assert f"<dt>language</dt>\n<dd>{tag}</dd>" in Path("reports/index.html").read_text(encoding="utf-8")
    for model in ("speaker", "text_classifier", "image_classifier"):
        card = Path(f"reports/model_cards/{model}.md").read_text(encoding="utf-8")
        assert f"\nlanguage: {tag}\n" in card
        assert "English" not in card


def test_the_commands_use_the_tokens_of_the_study(finished: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    picture = next(Path("data/raw/mine/images").rglob("*.png"))
    assert artemis("caption", str(picture), "--out", str(tmp_path / "out.json"))[0] == 0
    (row,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert written(" ".join(tokens(row["caption"]))) == row["caption"]
    assert artemis("predict", row["caption"])[0] == 0
    # Its captions as they are written have the scores of its captions.
    captions = load_captions(Path("data/captions/captions.parquet"))
    typed = captions.assign(caption=captions["caption"].map(written).str.upper() + "!")
    pd.DataFrame(typed[["art_style", "painting", "caption"]]).to_csv(tmp_path / "mine.csv", index=False)
    code, lines, notes = artemis("score", str(tmp_path / "mine.csv"), "--tokenize")
    assert code == 0
    assert [note.split()[1] for note in notes] == ["meteor", "similes"]
    (row,) = (line.split(" | ") for line in lines if line.startswith("| BLEU-4 |"))
    assert row[1] == row[-1].removesuffix(" |")
