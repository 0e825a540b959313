"""METEOR 1.5 by the Java program of pycocoevalcap, in a child process: the oracle of this package.

pycocoevalcap sends a caption with all of its references and waits for each answer; here each caption is sent with one
reference at a time, many lines at once. METEOR takes the reference with the best score, so the same answers give the
score for any choice of references.
"""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np

from stages.metrics.java import LOCALE, LineServer, find_java, package_folder
from stages.metrics.meteor.pair_cache import Pair
from stages.metrics.meteor.resources import JAR
from stages.metrics.meteor.scores import NAMES, Counts

# Timeout of one block of lines; the program takes about ten seconds to start.
SECONDS = 300.0
ENDS_OF_LINES = re.compile("\r\n|\r|\n")


@cache
def server() -> LineServer:
    """The Java program, one per process, since it takes long to start."""
    memory = ("-Xms1500M", "-Xmx2G", "-XX:+UseSerialGC")
    command = (find_java("METEOR"), *LOCALE, *memory, "-jar", JAR, "-", "-", "-stdio", "-l", "en", "-norm")
    return LineServer(command, package_folder("meteor"), SECONDS)


def counts(pairs: Sequence[Pair]) -> Counts:
    """METEOR's counts of each pair of a caption and one reference, (N, 23) in the order of `scores.NAMES`.

    Raises:
        Unavailable: there is no Java, or it fails.
    """
    lines = [f"SCORE ||| {_one_line(reference)} ||| {_one_line(caption)}" for caption, reference in pairs]
    numbers = np.array([answer.split() for answer in server().ask(lines)], float)
    return numbers.reshape(len(lines), len(NAMES)).astype(np.int32)


def _one_line(text: str) -> str:
    """One line, as the program reads lines, without its separator; pycocoevalcap, too, collapses double spaces once."""
    return ENDS_OF_LINES.sub(" ", text).replace("|||", "").replace("  ", " ")
