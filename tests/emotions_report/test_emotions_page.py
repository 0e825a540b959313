"""The page of emotion entropy: pictures and utterances, shown or withheld."""

from pathlib import Path

from stages.emotions_report.__main__ import main
from stages.pages.catalogue import EMOTIONS
from stages.pages.markup import WITHHELD
from tests.index_report.built import PARAMS

ESCAPED = "&lt;script&gt;alert(&#39;read me&#39;)&lt;/script&gt;"


def test_alternative_texts_identify_artist_title_and_style(study: Path) -> None:
    shown = (study / EMOTIONS.html).read_text(encoding="utf-8")
    assert shown.count('<article class="card"') == 12
    assert 'alt="Some Artist, Picture number 0 1889, Realism"' in shown
    assert shown.count(ESCAPED) == 12


def test_pages_for_sharing_withhold_pictures_and_utterances(copy: Path) -> None:
    before = EMOTIONS.html.read_text(encoding="utf-8")
    Path("params.yaml").write_text(PARAMS.format("true"), encoding="utf-8")
    main()
    shown = EMOTIONS.html.read_text(encoding="utf-8")
    assert shown.count(f"<p>{WITHHELD}</p>") == 2
    assert "<img" not in shown
    assert ESCAPED not in shown
    assert ESCAPED not in EMOTIONS.notebook.read_text(encoding="utf-8")
    Path("params.yaml").write_text(PARAMS.format("false"), encoding="utf-8")
    main()
    assert EMOTIONS.html.read_text(encoding="utf-8") == before
