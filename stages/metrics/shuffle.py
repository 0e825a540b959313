"""Evidence that the picture matters: the same captions, shuffled among the pictures.

What a speaker says of any picture scores well too, since all captions share much of
their wording; only the margin over its own shuffled captions shows that it looks.
"""

from collections.abc import Sequence

import numpy as np

from stages.common.progress import track
from stages.metrics.interface import Score


def shuffled(
    score: Score, hypotheses: Sequence[str], names: Sequence[str], shuffles: int, seed: int
) -> dict[str, float]:
    """Mean corpus values, of those in `names`, over seeded permutations of the captions.

    Permutations are drawn uniformly from all, so now and then a caption meets its own
    picture: about one of them in each permutation.
    """
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in track(range(shuffles), "shuffles"):
        order = generator.permutation(len(hypotheses))
        corpus = score([hypotheses[place] for place in order]).corpus
        drawn.append([corpus[name] for name in names])
    return dict(zip(names, np.mean(drawn, axis=0).tolist(), strict=True))
