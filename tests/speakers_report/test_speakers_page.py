"""The page `speakers` of a miniature study, executed in a kernel as the stage does, and in the tests' process."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages.annotations.tables import save_emotions
from stages.captions import attention
from stages.common.captions_table import load_captions, save_captions
from stages.common.emotions import ARTEMIS
from stages.metrics.joint_table import ROWS
from stages.metrics.tables import CAPTIONING, captions_source, load_details
from stages.pages.catalogue import SPEAKERS
from stages.pages.markup import WITHHELD
from stages.pages.page import make, to_html
from stages.speakers_report import __main__ as stage
from stages.speakers_report.captions import NOT_GROUNDED
from stages.speakers_report.scores import PARTS, PUBLISHED, published
from tests import in_process
from tests.classifiers_report.tables import table
from tests.index_report import miniature

ROOT = Path(__file__).parents[2]
PARAMETERS = {"gallery": 3, "seed": 1, "pictures_shown": True}
CAPTIONS = captions_source("captions")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with its page, executed in a kernel; tests that change its captions restore them."""
    folder = tmp_path_factory.mktemp("speakers")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PYTHONPATH", str(ROOT))
        miniature.write()
        # Two artworks with the same caption.
        captions, maps = load_captions(CAPTIONS), attention.load()
        captions.loc[3, "caption"], maps[3] = captions.loc[1, "caption"], maps[1]
        save_captions(captions, CAPTIONS)
        attention.save(maps)
        make(SPEAKERS, PARAMETERS)
    return folder


@pytest.fixture
def workspace(study: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(study)
    return study


@pytest.fixture(scope="module")
def page(study: Path) -> str:
    return (study / SPEAKERS.html).read_text(encoding="utf-8")


def execute(**parameters: Any) -> str:
    """The page with other parameters, executed in this process."""
    return to_html(in_process.execute(SPEAKERS.source, PARAMETERS | parameters), SPEAKERS.title)


def test_the_page_has_its_pictures_and_no_path(study: Path, page: str) -> None:
    assert page.count('<ol class="attention"') == 3
    assert "Each picture was captioned with one emotion only" in page
    assert "&lt;script&gt;alert(&#39;read me&#39;)&lt;/script&gt;" in page
    assert "gallery = 3" in (study / SPEAKERS.notebook).read_text(encoding="utf-8")
    assert str(study) not in page


def test_two_runs_give_the_same_bytes(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    first = [SPEAKERS.notebook.read_bytes(), SPEAKERS.html.read_bytes()]
    make(SPEAKERS, PARAMETERS)
    assert [SPEAKERS.notebook.read_bytes(), SPEAKERS.html.read_bytes()] == first


def test_the_stage_passes_the_seed_and_sharing(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(stage, "make", lambda *arguments: made.append(arguments))
    save_emotions(ARTEMIS)
    for sharing in ("false", "true"):
        Path("params.yaml").write_text(f"seed: 1\nsharing: {sharing}\n", encoding="utf-8")
        stage.main()
    assert made == [(SPEAKERS, {"seed": 1, "pictures_shown": shown}, []) for shown in (True, False)]


def test_every_row_of_the_joint_table_is_in_one_part() -> None:
    assert sorted(name for names in PARTS.values() for name in names) == sorted(ROWS)


def test_published_values_are_in_the_list() -> None:
    values = published()
    assert values["published speaker"]["all_references.bleu_4"] == 0.078834
    assert values["published people"]["similes_by_substring"] == 0.2090770733080557
    assert {name for rows in PUBLISHED.values() for name in rows} <= set(ROWS)


def test_published_values_stand_beside_the_systems(workspace: Path, page: str) -> None:
    left_out, every, diversity = (table(page, list(PARTS)[number]) for number in (0, 1, 3))
    systems = ["speaker", "nearest neighbour", "adjective-noun pairs", "external captions"]
    # A column without values is left out: nothing was published of this part.
    assert left_out.columns.tolist() == [*systems, "people"]
    bleu = load_details("captions")["values"]["bleu_4"]
    assert left_out.loc[ROWS["bleu_4"], "speaker"] == f"{bleu['value']:.3f} [{bleu['low']:.3f}, {bleu['high']:.3f}]"
    # People are not scored against all references.
    assert every.columns.tolist() == [*systems, "published speaker"]
    assert every.loc[ROWS["all_references.bleu_4"], "published speaker"] == "0.079"
    assert diversity.loc[ROWS["length"]].tolist()[-2:] == ["10.1", "15.9"]


def test_the_model_of_the_external_captions_is_named(workspace: Path, page: str) -> None:
    prompt = "what &lt;b&gt;is&lt;/b&gt; this"
    sentence = f"by someone/blip (revision abc, licence bsd-3-clause), with the prompt: {prompt}."
    assert page.count(sentence) == 1
    source = captions_source("external_captions")
    before = source.read_bytes()
    save_captions(load_captions(source), source)
    assert "with the prompt" not in execute()
    source.write_bytes(before)


def test_most_frequent_captions_are_counted(workspace: Path, page: str) -> None:
    captions = load_captions(CAPTIONS)["caption"].tolist()
    repeated, *others = captions[1], *sorted((captions[0], captions[2]))
    frequent = table(page, "Most frequent captions")
    assert frequent.index.tolist() == [repeated, *others]
    assert frequent["artworks"].tolist() == ["2", "1", "1"]
    assert frequent["share"].tolist() == ["50.0 %", "25.0 %", "25.0 %"]


def test_new_words_are_in_percent(page: str) -> None:
    new = table(page, "New words and n-grams")
    assert new.index.tolist() == ["words", "2-grams", "3-grams", "4-grams"]
    systems = ["speaker", "nearest neighbour", "adjective-noun pairs", "external captions"]
    assert new.columns.tolist() == [*systems, "people"]
    assert all(re.fullmatch(r"\d+\.\d %", cell) for cell in new.to_numpy().ravel())


def test_pictures_and_texts_are_shown(workspace: Path, page: str) -> None:
    assert WITHHELD not in page
    assert "Nearest training utterance" in page
    assert all(text in page for text in load_captions(CAPTIONS)["caption"])


def test_pictures_and_texts_are_withheld(workspace: Path) -> None:
    before = CAPTIONS.read_bytes()
    save_captions(load_captions(CAPTIONS).assign(grounding_emotion=None), CAPTIONS)
    page = execute(pictures_shown=False)
    CAPTIONS.write_bytes(before)
    # The gallery, the best, the worst and the most frequent captions.
    assert page.count(f"<p>{WITHHELD}</p>") == 4
    texts = {text for system in CAPTIONING for text in load_captions(captions_source(system))["caption"]}
    assert not [text for text in texts if text in page]
    assert not re.search("<img|&lt;script|Nearest training", page)
    # A speaker without emotions.
    assert f"<p>{NOT_GROUNDED}</p>" in page


@pytest.fixture
def nine_emotions(workspace: Path) -> Iterator[None]:
    """Captions with all nine emotions, but of the last artwork with one."""
    captions, maps = load_captions(CAPTIONS), attention.load()
    files = {file: file.read_bytes() for file in (CAPTIONS, attention.PATH)}
    first = captions.head(3)
    nine = [first.assign(grounding_emotion=emotion, rank=rank) for rank, emotion in enumerate(ARTEMIS)]
    # Only the best caption of an emotion is shown, and only of the first sampling config.
    nine += [first.assign(caption="second best", grounding_emotion="fear", rank=len(ARTEMIS))]
    nine += [first.assign(caption="by another config", grounding_emotion="awe", config=1)]
    save_captions(pd.concat([*nine, captions.tail(1)]), CAPTIONS)
    attention.save([each for each in maps[:3] for _ in nine] + maps[3:])
    yield
    for file, content in files.items():
        file.write_bytes(content)


def test_captions_of_all_emotions_stand_side_by_side(nine_emotions: None) -> None:
    page = execute(gallery=4)
    assert "words shared: same artwork, another emotion</th><td>100.0 %" in page
    assert page.count("<dt>disgust</dt>") == 3
    assert not re.search("second best|by another config", page)
    titles = re.findall('<div class="words">\n<h3>(.*?)</h3>', page)
    assert titles[-3:] == titles[:3]
    assert len(re.findall("<dt>", page[page.index("Captions by emotion") :])) == 3 * len(ARTEMIS)


def test_captions_of_all_emotions_are_withheld(nine_emotions: None) -> None:
    assert execute(pictures_shown=False).count(f"<p>{WITHHELD}</p>") == 5
