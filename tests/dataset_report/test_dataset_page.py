"""The page of the dataset: tables and charts of the notebook, with and without the optional files."""

import html
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from stages.annotations.tables import save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.files import read_json, write_json
from stages.dataset_report.figures import compute
from stages.histograms.tables import add_statistics, count_emotions
from stages.pages.catalogue import DATASET
from stages.pages.page import to_html
from tests import in_process

ESCAPED = "&lt;script&gt;alert(&#39;read me&#39;)&lt;/script&gt;"
# The emotion of number n has n utterances: 45 in all.
EMOTION = [emotion for number, emotion in enumerate(ARTEMIS.names, start=1) for _ in range(number)]
UTTERANCES = pd.DataFrame(
    {
        "art_style": "Pop_Art",
        "painting": [f"x_{number % 9}" for number in range(len(EMOTION))],
        "emotion": EMOTION,
        "tokens_len": 2,
        "utterance_spelled": "it glows",
    }
)
CARD = dict.fromkeys(("name", "language", "citation", "licence", "terms", "consent"), "") | {"redistribute": True}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a corpus without genres, with synonyms."""
    tokens = pa.array([["it", "glows"]] * len(UTTERANCES))
    genres = pd.DataFrame({"art_style": [], "painting": [], "genre": []})
    votes, synonyms = add_statistics(count_emotions(UTTERANCES, ARTEMIS), ARTEMIS), [["glowing", "glows"]]
    figures = compute(UTTERANCES, tokens, votes, genres, synonyms, ARTEMIS, english=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("small"))
        write_json(figures, DATASET.figures)
        save_emotions(ARTEMIS)
        write_json(CARD, Path("data/annotations/dataset.json"))
        return to_html(in_process.execute(DATASET.source, {}), "Dataset")


def test_the_chart_of_emotions_states_their_shares_in_words(small: str) -> None:
    assert 'role="img" aria-label="amusement 2.2 percent, awe 4.4 percent' in small
    assert ">20.0 %</text>" in small


def test_polarity_is_drawn_by_style(small: str) -> None:
    assert 'aria-label="percent positive: Pop Art 22.22"' in small
    assert '<th scope="row">Pop Art</th><td>9</td><td>45</td><td>2.00</td>' in small
    assert '<th scope="row">Pop Art</th><td>2.2</td><td>4.4</td>' in small


def test_genres_and_synonyms_are_shown_or_their_absence_explained(small: str, study: Path) -> None:
    assert "<p>No artwork has a genre" in small
    assert '<th scope="row">glowing</th><td>9</td>' in small
    complete = (study / "reports/dataset.html").read_text(encoding="utf-8")
    assert "<p>7 artworks have a genre, with 87.5 % of the annotations.</p>" in complete
    assert '<th scope="row">still life</th><td>7</td><td>35</td>' in complete
    assert re.search(r"<p>\d+ annotations. They were not classified.*artemis_emotion_synonyms.json", complete)


def test_every_chart_has_an_alternative_text(study: Path) -> None:
    page = (study / "reports/dataset.html").read_text(encoding="utf-8")
    alternatives = re.findall(r'role="img" aria-label="([^"]+)"', page)
    assert len(alternatives) == page.count('<figure class="chart">') == 5
    counts = read_json(study / DATASET.figures)["lengths"]["counts"]
    assert html.unescape(alternatives[0]).endswith(f"most often {counts.index(max(counts))}")


def test_the_source_of_the_data_is_stated_and_escaped(study: Path) -> None:
    page = (study / "reports/dataset.html").read_text(encoding="utf-8")
    assert '<tr><th scope="row">annotations</th><td>40</td></tr>' in page
    assert "<dd>not stated in dataset.yaml</dd>" in page
    assert ESCAPED in page
    assert "data/raw/resources/artemis_emotion_synonyms.json" in page
