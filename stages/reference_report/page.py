"""The page `reference`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stages.pages.markup import card, definitions, environment, table
from stages.pages.page import Page
from stages.pages.published import KINDS
from stages.reference_report.comparison import Compared, sections, verdict

TEMPLATES = Path(__file__).with_name("template")
PAGE = Page(
    name="reference",
    title="The published values",
    about="Every value that ArtEmis' authors published of their data, beside the value found here: with ArtEmis' own "
    "file the certificate of its reproduction.",
    needs="The figures of the pages about the data; verdicts only with ArtEmis' own file.",
)


def render(compared: Sequence[Compared], *, artemis: bool, rules: str, dataset: Mapping[str, Any], size: str) -> str:
    """The whole page.

    Args:
        artemis: whether the data are ArtEmis', so that agreement means something.
        rules: `utterances.rules` of this run: only `artemis` makes ArtEmis' tokens.
        dataset: the card of the data set.
        size: how much data this is, in words.
    """
    tables = sections(compared, judged=artemis)
    return (
        environment(TEMPLATES)
        .get_template("reference.html.j2")
        .render(
            page=PAGE,
            artemis=artemis,
            rules=rules,
            size=size,
            dataset=card(dataset),
            verdict=verdict(compared),
            kinds=definitions(KINDS),
            sections={name: table(own, "Published, and found here") for name, own in tables.items()},
        )
    )
