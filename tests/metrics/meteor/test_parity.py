"""Counts and scores of the Java program: stored ones, and with Java those of made pairs."""

import gzip
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.meteor import CHANGES, Words
from stages.metrics.meteor import java
from stages.metrics.meteor.meteor import Meteor
from stages.metrics.meteor.scores import pooled, score
from stages.metrics.meteor.stemmer import stem

EDGE_CASES = Path(__file__).parent / "edge_cases.jsonl"
STORED = Path(__file__).parents[4] / "shared/parity/meteor"
stored = pytest.mark.skipif(not STORED.is_dir(), reason="the stored counts are not in shared/")
with_java = pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")


def best_counts(meteor: Meteor, rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """The counts of each row's hypothesis with its best reference, (N, 23)."""
    pairs = [(row["hyp"], reference) for row in rows for reference in row["refs"]]
    owner = np.repeat(np.arange(len(rows)), [len(row["refs"]) for row in rows])
    counts = meteor.counts(pairs)
    _, first = np.unique(owner[np.lexsort((-score(counts), owner))], return_index=True)
    return counts[np.lexsort((-score(counts), owner))[first]]


def test_edge_cases(meteor: Meteor) -> None:
    rows = [json.loads(line) for line in EDGE_CASES.read_text(encoding="utf-8").splitlines()]
    counts = best_counts(meteor, rows)
    assert [row for row, numbers in zip(rows, counts.tolist(), strict=True) if numbers != row["stats"]] == []
    assert score(counts) == pytest.approx([row["score"] for row in rows], abs=1e-9)
    assert [meteor.score(row["hyp"], row["refs"]) for row in rows[:20]] == score(counts[:20]).tolist()


@stored
def test_stored_counts_scores_and_corpus_values(meteor: Meteor) -> None:
    with gzip.open(STORED / "golden.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    counts = best_counts(meteor, rows)
    # The program alters texts with these letters, which it uses itself.
    whole = np.array(["DOTMULTI" not in " ".join([row["hyp"], *row["refs"]]) for row in rows])
    expected = np.array([[float(number) for number in row["stats"].split()] for row in rows])
    assert whole.sum() == len(rows) - 2
    assert np.array_equal(counts[whole], expected[whole])
    scores = np.array([row["score"] for row in rows])
    assert score(counts)[whole] == pytest.approx(scores[whole], abs=1e-9)
    values = json.loads((STORED / "golden_corpus.json").read_text())
    checked = [
        (pooled(counts[value["start"] : value["end"]]), value["score"])
        for value in values
        if value["file"] == "golden" and whole[value["start"] : value["end"]].all()
    ]
    assert len(checked) > 10
    assert [ours for ours, _ in checked] == pytest.approx([theirs for _, theirs in checked], abs=1e-9)


@with_java
def test_counts_of_made_pairs(meteor: Meteor) -> None:
    rows = [json.loads(line) for line in EDGE_CASES.read_text(encoding="utf-8").splitlines()]
    sentences = [text for row in rows if row["source"].startswith("parity") for text in (row["hyp"], *row["refs"])]
    rng, words = np.random.default_rng(11), Words()
    pairs = [
        (change(sentences[one], rng, words), sentences[other])
        for change in CHANGES.values()
        for one, other in [(n, n) for n in range(40)] + rng.integers(len(sentences), size=(40, 2)).tolist()
    ]
    ours, theirs = meteor.counts(pairs), java.counts(pairs)
    different = [pair for pair, a, b in zip(pairs, ours.tolist(), theirs.tolist(), strict=True) if a != b]
    assert different == []


@with_java
def test_stems_match_as_the_programs_do(meteor: Meteor) -> None:
    rng = np.random.default_rng(12)
    beginnings = (
        "gener",
        "commun",
        "arsen",
        "univers",
        "hap",
        "plan",
        "yel",
        "bol",
        "aes",
        "organ",
        "sky",
        "early",
        "'t",
    )
    endings = (
        *(
            "",
            "s",
            "es",
            "ies",
            "ied",
            "ed",
            "edly",
            "ing",
            "ingly",
            "eed",
            "eedly",
            "ly",
            "li",
            "y",
            "ying",
            "er",
            "e",
        ),
        *("al", "ational", "ization", "izations", "ization's", "ousness", "fulness", "ative", "icate", "iveness"),
        *("ation", "ator", "alism", "ality", "ement", "ment", "ent", "ion", "sion", "tion", "logy", "ogist", "le"),
    )
    made = [a + b + c for a in beginnings for b in ("", *rng.choice(endings, 12)) for c in endings]
    pairs = list({(word, stem(word)) for word in made if word != stem(word)})
    assert len(pairs) > 1000
    assert np.array_equal(meteor.counts(pairs), java.counts(pairs))
