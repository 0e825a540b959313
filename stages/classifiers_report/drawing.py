"""The figures of the classifiers as the tables, charts and pictures of their page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.classifiers_report.published import IMAGE, TEXT
from stages.common.emotions import EMOTIONS
from stages.images.packed import Packed
from stages.pages.charts import matrix, paired_bars, reliability
from stages.pages.markup import NOTHING, Fragment, note, percent, render, side_by_side, table
from stages.pages.pictures import artist_and_title, picture_uri
from stages.pages.published import Published, under_names

TEMPLATES = Path(__file__).with_name("template")
ACCURACIES = {
    "accuracy": "of nine emotions",
    "ternary": "positive, negative, else",
    "binary": "positive, negative",
}
MAJORITIES = {
    "more_than_half": "more than half",
    "at_least_half": "at least half",
    "at_least_half_untied": "half, without a tie",
    "largest_untied": "more than any other",
}

Figures = Mapping[str, Any]


def text_scores(found: Figures) -> pd.DataFrame:
    """A row for each figure; columns are the network, its baselines, and what was published."""
    scores = found["scores"]
    named = {"network": "network", "tfidf": "TF-IDF", "always": f"always {found['commonest']}"}
    columns = {head: [_share(scores[name].get(figure)) for figure in ACCURACIES] for name, head in named.items()}
    columns |= {
        f"published: {name}": [_printed(own.get(figure)) for figure in ACCURACIES]
        for name, own in under_names(TEXT).items()
    }
    return pd.DataFrame(columns, index=list(ACCURACIES.values()))


def image_scores(found: Figures) -> pd.DataFrame:
    """A row for each meaning of an artwork's emotion; how many artworks have one, how often it is told right."""
    rows = [found["scores"][name] for name in MAJORITIES]
    theirs = under_names(IMAGE)
    columns = {
        "artworks": [f"{row['artworks']:,} ({percent(row['share'])})" for row in rows],
        **{head: [_share(row.get(name)) for row in rows] for name, head in ACCURACIES.items()},
        f"always {found['commonest']}": [_share(row["always"]) for row in rows],
        "published: artworks": [_printed(theirs["share"].get(name)) for name in MAJORITIES],
        "published: right": [_printed(theirs["accuracy"].get(name)) for name in MAJORITIES],
    }
    return pd.DataFrame(columns, index=list(MAJORITIES.values()))


def _share(value: float | None) -> str:
    return NOTHING if value is None else percent(value)


def _printed(value: Published | None) -> str:
    if value is None:
        return NOTHING
    return percent(float(value.value)) + (f" ({value.kind})" if value.kind == "second-hand" else "")


def by_emotion(found: Figures, of: str) -> Fragment:
    """Precision, recall, F1 and area under the ROC curve; `of` names the rows."""
    heads = {"rows": of, "recall": "told right (recall)", "precision": "precision", "f1": "F1", "auc": "AUC"}
    rows = {emotion: [one[name] for name in heads] for emotion, one in found["by_emotion"].items()}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=list(heads.values()), dtype=object)
    drawn = table(frame, "By emotion")
    if found["macro_f1"] is None:
        return drawn
    return Fragment(drawn + note(f"Mean F1 of the emotions that occur: {found['macro_f1']:.3f}."))


def confusion(found: Figures, of: str) -> Fragment:
    """Shares of each row as a chart, counts as a table."""
    counts = np.array(found["confusion"])  # (9, 9)
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    return side_by_side(
        matrix(shares, EMOTIONS, "chosen by people", "guessed", f"Of each emotion's {of}, percent guessed as"),
        table(
            pd.DataFrame(counts, index=list(EMOTIONS), columns=list(EMOTIONS), dtype=object),
            f"Counts of {of} (columns: guessed)",
        ),
    )


def calibration(found: Figures) -> Fragment:
    """The reliability diagram before and after the temperature, and its figures."""
    told = found["calibration"]
    kinds = {"before": "before temperature", "after": "after temperature"}
    points = {
        words: [(one["confidence"], one["accuracy"], one["rows"]) for one in told[name]["bins"]]
        for name, words in kinds.items()
    }
    heads = {
        "error": "expected calibration error",
        "cross_entropy": "cross-entropy, nats",
        "confidence": "mean confidence",
        "accuracy": "accuracy",
    }
    columns = {words: [told[name][figure] for figure in heads] for name, words in kinds.items()}
    return side_by_side(
        reliability(points, "Reliability: how often guesses are right that are this sure"),
        table(
            pd.DataFrame(columns, index=list(heads.values()), dtype=object),
            f"Calibration, temperature {told['temperature']:.2f}",
        ),
    )


def utterances(hardest: Sequence[Figures]) -> Fragment:
    """The utterances with what their annotators chose and what was guessed instead."""
    if not hardest:
        return note("No test utterance was told wrong.")
    shown = [
        {
            **one,
            "by": " · ".join(_names(one)),
            "of_emotion": percent(one["of_emotion"]),
            "confidence": percent(one["confidence"]),
        }
        for one in hardest
    ]
    return render("hardest_utterances.html.j2", TEMPLATES, utterances=shown)


def artworks(hardest: Sequence[Figures], pictures: Packed) -> Fragment:
    """The artworks with their pictures, and people's emotions beside the classifier's."""
    rows = pictures.rows(pd.DataFrame(hardest))
    cards = [_card(one, pictures.pixels[row]) for one, row in zip(hardest, rows, strict=True)]
    return render("hardest_artworks.html.j2", TEMPLATES, cards=cards)


def _card(one: Figures, pixels: np.ndarray) -> dict[str, Any]:
    artist, title, style = _named(one)
    pairs = {who: [one[who][emotion] for emotion in EMOTIONS] for who in ("people", "classifier")}
    return {
        "title": title,
        "by": " · ".join(filter(None, (artist, style))),
        # Who painted what: never what anybody makes of it.
        "alt": ", ".join(_names(one)),
        "picture": picture_uri(np.asarray(pixels)),
        "annotators": one["annotators"],
        "divergence": f"{one['divergence']:.2f}",
        "chart": paired_bars(pairs, "Emotions by people and by the classifier"),
    }


def _names(one: Figures) -> list[str]:
    return [name for name in _named(one) if name]


def _named(one: Figures) -> tuple[str, str, str]:
    return *artist_and_title(one["painting"]), one["art_style"].replace("_", " ")
