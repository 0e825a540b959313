"""How often a text classifier is right: on the nine emotions, and on what they have in common."""

import numpy as np

from stages.common.emotions import EMOTIONS, polarity

POLARITY = np.array([("positive", "negative", "else").index(polarity(emotion)) for emotion in EMOTIONS])
ELSE = 2


def scores(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Figures of predictions (N, 9) against emotion ids (N,), as ArtEmis reports them.

    `accuracy`: the likeliest emotion is the annotator's. `ternary`: both are positive,
    both negative, or both "something else". `binary`: the same over the utterances
    whose annotator did not choose "something else"; left out where there are none.
    """
    guess, truth = POLARITY[probabilities.argmax(1)], POLARITY[labels]
    figures = {
        "accuracy": float((probabilities.argmax(1) == labels).mean()),
        "ternary": float((guess == truth).mean()),
    }
    decided = truth != ELSE
    if decided.any():
        figures["binary"] = float((guess == truth)[decided].mean())
    return figures


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> list[tuple[str, str]]:
    """(actual, predicted) of every utterance, by name."""
    return [(EMOTIONS[actual], EMOTIONS[said]) for actual, said in zip(labels, probabilities.argmax(1), strict=True)]
