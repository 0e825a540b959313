"""METEOR 1.5 by the Java program of pycocoevalcap, in a child process.

pycocoevalcap sends a caption with all of its references and waits for each answer; here
each caption is sent with one reference at a time, many lines at once. METEOR takes the
reference with the best score, so the same answers give the score for any choice of
references. The program aligns the words; the score is computed here, from the 23 counts
of each answer.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from stages.metrics.interface import Columns, Context, Metric, Pairings, Score, for_english, mean
from stages.metrics.java import LOCALE, LineServer, find_java, one_line, package_folder
from stages.metrics.ngrams import Array
from stages.metrics.overlap import Cells

JAR = "meteor-1.5.jar"
# Timeout of one block of lines; the program takes about ten seconds to start.
SECONDS = 300.0
# METEOR's parameters for English (Denkowski and Lavie, 2014): the weight of recall, the
# shape and the weight of the fragmentation penalty, and the weight of content words.
ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
# Weights of exact, stem, synonym and paraphrase matches.
WEIGHTS = np.array([1.0, 0.6, 0.8, 0.6])
# Maximum number of cached scores; without a limit, shuffles could fill the memory.
CACHED = 1 << 18


@cache
def server() -> LineServer:
    """The Java program, one per process, since it takes long to start."""
    memory = ("-Xms1500M", "-Xmx2G", "-XX:+UseSerialGC")
    command = (find_java("METEOR"), *LOCALE, *memory, "-jar", JAR, "-", "-", "-stdio", "-l", "en", "-norm")
    return LineServer(command, package_folder("meteor"), SECONDS)


def counts(captions: Sequence[str], references: Sequence[str]) -> Array:
    """METEOR's counts of each caption against its one reference, (N, 23); `score_of` lists them."""
    lines = [
        f"SCORE ||| {_one_line(reference)} ||| {_one_line(caption)}"
        for caption, reference in zip(captions, references, strict=True)
    ]
    answers = [answer.split() for answer in server().ask(lines)]
    numbers = np.array(answers, float).reshape(len(lines), 23)
    # The program counts no chunk for a caption equal to its reference.
    identical = (numbers[:, 20] == 1) & np.all(numbers[:, 0:2] == numbers[:, 21:23], axis=1)
    numbers[identical, 20] = 0
    return numbers


def _one_line(text: str) -> str:
    """One line without METEOR's separator; pycocoevalcap, too, collapses double spaces once."""
    return one_line(text).replace("|||", "").replace("  ", " ")


def score_of(counts: Array) -> Array:
    """The score of counts, or of summed counts of several captions, (..., 23) -> (...).

    The counts are: the words of caption and reference, then their function words (4); for
    each kind of match the content words of caption and reference, then the function words
    (4 x 4); the chunks (1); the matched words of caption and reference (2).
    """
    words, function = counts[..., 0:2], counts[..., 2:4]
    matches = counts[..., 4:20].reshape(*counts.shape[:-1], 4, 4)
    weighted = WEIGHTS @ (DELTA * matches[..., :2] + (1 - DELTA) * matches[..., 2:])  # (..., 2)
    length = DELTA * (words - function) + (1 - DELTA) * function
    precision, recall = np.moveaxis(np.divide(weighted, length, out=np.zeros_like(length), where=length > 0), -1, 0)
    total = ALPHA * precision + (1 - ALPHA) * recall
    f_mean = np.divide(precision * recall, total, out=np.zeros_like(total), where=total > 0)
    chunks, matched = counts[..., 20], counts[..., 21:23].mean(axis=-1)
    fragmentation = np.divide(chunks, matched, out=np.zeros_like(matched), where=matched > 0)
    return f_mean * (1 - GAMMA * fragmentation**BETA)


def _meteor(context: Context) -> Score:
    server()  # Raises `Unavailable` without Java, before anything is scored.
    references = [reference for texts in context.references for reference in texts]
    cached: dict[tuple[str, str], float] = {}

    def score(pairings: Pairings) -> Columns:
        cells = Cells(pairings, context)
        texts = [pairings.texts[text] for text in cells.text[cells.pair].tolist()]
        pairs = list(zip(texts, (references[reference] for reference in cells.reference.tolist()), strict=True))
        new = list(dict.fromkeys(pair for pair in pairs if pair not in cached))
        scores = dict(zip(new, score_of(counts(*zip(*new, strict=True))).tolist(), strict=True)) if new else {}
        values = [scores[pair] if pair in scores else cached[pair] for pair in pairs]
        if len(cached) + len(scores) <= CACHED:
            cached.update(scores)
        return {"meteor": cells.max(np.array(values))}

    return score


# The mean over captions, as in ArtEmis; METEOR's own corpus value pools the counts.
METEOR = Metric((mean("meteor"),), for_english(_meteor), against="references", shuffles="few")
