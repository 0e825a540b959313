"""The hardest test cases as HTML: utterances as a list, artworks as cards."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.images.packed import Packed
from stages.pages.markup import Fragment, artist_and_title, note, percent, picture_uri, render

TEMPLATES = Path(__file__).with_name("template")


def utterances(hardest: Sequence[Mapping[str, Any]], language: str) -> Fragment:
    """The utterances, in a language by its BCP 47 tag, with labels and predictions, and the probability of each."""
    if not hardest:
        return note("All test utterances were classified correctly.")
    rows = [
        {
            "utterance": case["utterance"],
            "artwork": " · ".join(filter(None, _names(case))),
            "label": f"{case['emotion']}, {percent(case['of_emotion'])}",
            "prediction": f"{case['guess']}, {percent(case['confidence'])}",
        }
        for case in hardest
    ]
    return render("hardest_utterances.html.j2", TEMPLATES, utterances=rows, language=language)


def artworks(hardest: Sequence[Mapping[str, Any]], pictures: Packed, charts: Sequence[Fragment]) -> Fragment:
    """The artworks with their pictures, each beside its chart."""
    cards = [
        _card(case) | {"picture": picture_uri(np.asarray(pictures.pixels[row])), "chart": chart}
        for case, row, chart in zip(hardest, pictures.rows(pd.DataFrame(hardest)), charts, strict=True)
    ]
    return render("hardest_artworks.html.j2", TEMPLATES, cards=cards)


def _card(case: Mapping[str, Any]) -> dict[str, Any]:
    artist, title, style = _names(case)
    return {
        "title": title,
        "by": " · ".join(filter(None, (artist, style))),
        # Artist, title and style only: a model's prediction is no description of the picture.
        "alt": ", ".join(filter(None, (artist, title, style))),
        "annotators": case["annotators"],
        "divergence": f"{case['divergence']:.2f}",
    }


def _names(case: Mapping[str, Any]) -> tuple[str, str, str]:
    """Artist (empty if unknown), title and style."""
    return *artist_and_title(case["painting"]), case["art_style"].replace("_", " ")
