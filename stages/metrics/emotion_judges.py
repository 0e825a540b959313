"""Who tells the emotion of a caption: the text classifier and, as a second opinion, its TF-IDF baseline."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from stages.common.emotions import EMOTIONS
from stages.metrics.arrays import Array, Indices
from stages.text_classifier import classifier, tfidf

# The names of the two, and of the groups that their values have in the results.
JUDGES = ("alignment", "alignment_tfidf")


class EmotionJudge:
    """Gives each text the probabilities of the nine emotions; what was asked before is remembered.

    Args:
        name: of the group that its values have in the results.
        predict: tokenized texts -> probabilities (N, 9).
    """

    def __init__(self, name: str, predict: Callable[[list[list[str]]], Any]) -> None:
        self.name = name
        self._predict = predict
        self._known: dict[str, Array] = {}

    def probabilities(self, texts: Sequence[str]) -> Array:
        """(N, 9), of texts whose tokens are what white space separates."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, np.asarray(self._predict([text.split() for text in new]), float), strict=True))
        return np.array([self._known[text] for text in texts]).reshape(-1, len(EMOTIONS))

    def reliability(self, texts: Sequence[str], labels: Indices) -> dict[str, Any]:
        """How far it can be trusted, by utterances whose annotators told their emotion (ids, (N,)).

        `accuracy`: share of the utterances whose likeliest emotion is the annotator's.
        `confusion`: of each annotated emotion by name, the counts of the judged ones in the
        order of `EMOTIONS`.
        """
        said = self.probabilities(texts).argmax(1)
        counts = np.bincount(labels * len(EMOTIONS) + said, minlength=len(EMOTIONS) ** 2).reshape(len(EMOTIONS), -1)
        return {
            "accuracy": float((said == labels).mean()),
            "confusion": dict(zip(EMOTIONS, counts.tolist(), strict=True)),
        }


def load_judges(folder: Path = classifier.FOLDER, device: torch.device | str = "cpu") -> tuple[EmotionJudge, ...]:
    """The two that the stage text_classifier has made.

    Raises:
        UserError: the folder holds no classifier.
    """
    predict = (classifier.load(folder, device).predict_tokens, tfidf.load(folder).predict_tokens)
    return tuple(map(EmotionJudge, JUDGES, predict))


def reliability(judges: Sequence[EmotionJudge], utterances: pd.DataFrame) -> dict[str, Any]:
    """How far each judge can be trusted, by name, from rows of the utterances table."""
    said, felt = utterances["utterance_spelled"].to_list(), utterances["emotion_label"].to_numpy(int)
    return {judge.name: judge.reliability(said, felt) for judge in judges}
