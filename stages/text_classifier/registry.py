"""The architectures by their names in params.yaml: how each is trained and rebuilt from its config.

To add one: a file beside `lstm.py` with an `EmotionNetwork` and functions `recipe` and `rebuilt`, its section in
`params.py`, and a branch in both functions below.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from stages.text_classifier import lstm
from stages.text_classifier.interface import EmotionNetwork, Reader, Recipe
from stages.text_classifier.params import TextClassifier


def recipe_of(config: TextClassifier, utterances: pd.DataFrame, table: Path, emotions: int) -> Recipe:
    """The recipe of `config.arch`, with its network on the CPU.

    Args:
        table: the file that `utterances` come from.
        emotions: number of labels.
    """
    if config.arch == "lstm":
        return lstm.recipe(config.lstm, utterances, table, config.seed, emotions)
    # Imported here because loading transformers takes seconds.
    from stages.text_classifier import transformer

    return transformer.recipe(config.transformer, utterances, emotions)


def rebuilt(config: dict[str, Any]) -> tuple[EmotionNetwork, Reader]:
    """The network, without its weights, and the reader of a config.json."""
    if config["arch"] == "lstm":
        return lstm.rebuilt(config)
    # As above.
    from stages.text_classifier import transformer

    return transformer.rebuilt(config)
