"""METEOR 1.5 by the Java program that comes with pycocoevalcap, in a child process of our own.

pycocoevalcap sends a caption with all of its references and waits for each answer; here
a caption meets one reference at a time, many lines at once. METEOR takes the reference
that scores best, so this gives any choice of references from the same answers. The
program matches; the score is worked out here, from the 23 counts of each answer.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from stages.metrics.interface import Columns, Context, Metric, Score, Trials, mean
from stages.metrics.java import ENGLISH, LineServer, java, pycocoevalcap
from stages.metrics.ngrams import Array
from stages.metrics.overlap import Cells

JAR = "meteor-1.5.jar"
# For one block of lines; the program needs about ten seconds to start.
SECONDS = 300.0
# What METEOR was tuned to for English (Denkowski and Lavie, 2014): the weight of recall, the
# shape and the weight of the penalty for scattered matches, and the weight of content words.
ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
# Of matches that are exact, by stem, by synonym and by paraphrase.
WEIGHTS = np.array([1.0, 0.6, 0.8, 0.6])
# Pairs whose scores are remembered: those of shuffles would fill the memory.
REMEMBERED = 1 << 18


@cache
def server() -> LineServer:
    """One Java program for the whole process, since it takes so long to start."""
    memory = ("-Xms1500M", "-Xmx2G", "-XX:+UseSerialGC")
    command = (java("METEOR"), *ENGLISH, *memory, "-jar", JAR, "-", "-", "-stdio", "-l", "en", "-norm")
    return LineServer(command, pycocoevalcap("meteor"), SECONDS)


def counts(captions: Sequence[str], references: Sequence[str]) -> Array:
    """METEOR's counts of each caption against its one reference, (N, 23); see `score_of`."""
    asked = [f"SCORE ||| {_plain(own)} ||| {_plain(said)}" for said, own in zip(captions, references, strict=True)]
    answers = [answer.split() for answer in server().ask(asked)]
    found = np.array(answers, float).reshape(len(asked), 23)
    # A caption that is its reference has no chunk: nothing is scattered.
    identical = (found[:, 20] == 1) & np.all(found[:, 0:2] == found[:, 21:23], axis=1)
    found[identical, 20] = 0
    return found


def _plain(text: str) -> str:
    """One line without METEOR's separator; pycocoevalcap collapses double spaces once."""
    return " ".join(text.splitlines()).replace("|||", "").replace("  ", " ")


def score_of(found: Array) -> Array:
    """The score of counts, or of the sums of several captions' counts, (..., 23) -> (...).

    They are: words of caption and reference, function words of both (4); for each kind of
    match the content words of caption and reference, then the function words (4 x 4); the
    number of chunks; the words matched in caption and reference.
    """
    words, function = found[..., 0:2], found[..., 2:4]
    matches = found[..., 4:20].reshape(*found.shape[:-1], 4, 4)
    weighted = WEIGHTS @ (DELTA * matches[..., :2] + (1 - DELTA) * matches[..., 2:])  # (..., 2)
    length = DELTA * (words - function) + (1 - DELTA) * function
    precision, recall = np.moveaxis(np.divide(weighted, length, out=np.zeros_like(length), where=length > 0), -1, 0)
    weak = ALPHA * precision + (1 - ALPHA) * recall
    agreement = np.divide(precision * recall, weak, out=np.zeros_like(weak), where=weak > 0)
    chunks, matched = found[..., 20], found[..., 21:23].mean(axis=-1)
    scattered = np.divide(chunks, matched, out=np.zeros_like(matched), where=matched > 0)
    return agreement * (1 - GAMMA * scattered**BETA)


def _meteor(context: Context) -> Score:
    server()  # Without Java it is said before anything is scored.
    references = [reference for own in context.references for reference in own]
    remembered: dict[tuple[str, str], float] = {}

    def score(trials: Trials) -> Columns:
        cells = Cells(trials, context)
        texts, own = cells.text[cells.pair].tolist(), cells.among_all.tolist()
        pairs = [(trials.texts[text], references[reference]) for text, reference in zip(texts, own, strict=True)]
        new = list(dict.fromkeys(pair for pair in pairs if pair not in remembered))
        found = dict(zip(new, score_of(counts(*zip(*new, strict=True))).tolist(), strict=True)) if new else {}
        values = [found[pair] if pair in found else remembered[pair] for pair in pairs]
        if len(remembered) + len(found) <= REMEMBERED:
            remembered.update(found)
        return {"meteor": cells.max(np.array(values))}

    return score


# The mean over captions, as ArtEmis reports it; METEOR's own corpus value pools the counts.
METEOR = Metric((mean("meteor"),), _meteor, against="references", pace="slow")
