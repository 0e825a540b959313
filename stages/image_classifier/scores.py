"""How good predicted emotion distributions are; ArtEmis knows three meanings of "the" emotion."""

import numpy as np

from stages.common.emotions import EMOTIONS, polarity

POLARITY = np.array([("positive", "negative", "else").index(polarity(emotion)) for emotion in EMOTIONS])


def scores(shares: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Figures of predictions (N, 9) against the shares of the annotations (N, 9).

    `accuracy` counts artworks where more than half of the annotations agree
    (`majority_artworks` says how many those are), `accuracy_half` at least half (a tie goes to
    the first), `accuracy_unique` a largest share without tie. `kl` is the mean
    divergence in nats over all. Where no artwork qualifies a figure is left out.
    """
    largest, winner, guess = shares.max(1), shares.argmax(1), probabilities.argmax(1)
    majority, unique = largest > 0.5, (shares == largest[:, None]).sum(1) == 1
    figures: dict[str, float] = {"artworks": len(shares), "majority_artworks": int(majority.sum())}
    for name, chosen in (("", majority), ("_half", largest >= 0.5), ("_unique", unique)):
        if chosen.any():
            figures[f"accuracy{name}"] = float((guess == winner)[chosen].mean())
    if majority.any():
        figures["polarity_accuracy"] = float((POLARITY[guess] == POLARITY[winner])[majority].mean())
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.where(shares > 0, shares * np.log(shares / probabilities.clip(1e-12)), 0).sum(1)
    figures["kl"] = float(divergence.mean())
    return figures


def confusion(shares: np.ndarray, probabilities: np.ndarray) -> list[tuple[str, str]]:
    """(actual, predicted) of every artwork where at least half of the annotations agree."""
    chosen = shares.max(1) >= 0.5
    pairs = zip(shares[chosen].argmax(1), probabilities[chosen].argmax(1), strict=True)
    return [(EMOTIONS[actual], EMOTIONS[predicted]) for actual, predicted in pairs]
