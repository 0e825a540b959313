"""The trained text classifier: `load(folder).predict(["what a gloomy sea"])`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.learning.learned_from import LearnedFrom
from stages.learning.no_model import require_model
from stages.learning.weights import load_weights, save_weights
from stages.text_classifier import tfidf
from stages.text_classifier.interface import FOLDER, EmotionNetwork, Reader, Tokens
from stages.text_classifier.mixture import UNCALIBRATED, Mixture
from stages.text_classifier.registry import rebuilt
from stages.text_classifier.task import all_logits
from stages.text_classifier.tfidf import TfidfClassifier
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tokenizer import Tokenizer

# Sentences that are encoded at once; bounds the memory.
BLOCK = 4096


class TextClassifier:
    """A network with its reader and tokenizer, perhaps a baseline, and the mixture of both that gives probabilities."""

    def __init__(
        self,
        model: EmotionNetwork,
        reader: Reader,
        device: torch.device,
        mixture: Mixture = UNCALIBRATED,
        tokenizer: Tokenizer | None = None,
        emotions: Sequence[str] = ARTEMIS.names,
        baseline: TfidfClassifier | None = None,
        data: LearnedFrom | None = None,
    ) -> None:
        self.model, self.reader, self.device = model.to(device).eval(), reader, device
        self.mixture, self.baseline, self.emotions = mixture, baseline, tuple(emotions)
        # None for a foreign classifier.
        self.data = data
        # The tokenizer of the training utterances; by default the rules `clean` without corrections.
        self.tokenizer = tokenizer or Tokenizer(CleanRules(), {})

    def predict(self, utterances: Sequence[str]) -> np.ndarray:
        """Probabilities of `emotions`, float32 (N, C), for raw sentences of any length.

        Sentences are cleaned, tokenized and corrected as the training utterances were; the reader corrects
        spelling errors of English that do not occur there.
        """
        tokens = self.tokenizer.tokens(utterances)
        return self.predict_tokens(self.reader.proofread(tokens) if self.tokenizer.is_english else tokens)

    def predict_tokens(self, tokens: Tokens) -> np.ndarray:
        """As `predict`, for tokenized utterances, which may be empty; they are not corrected."""
        probabilities = np.zeros((len(tokens), len(self.emotions)), np.float32)
        # Sorted by length, so that one long utterance does not pad all others.
        order = np.argsort([len(words) for words in tokens], kind="stable")
        for rows in np.split(order, range(BLOCK, len(order), BLOCK)) if len(order) else []:
            block = [tokens[row] for row in rows]
            logits = all_logits(self.model, self.reader.read(block, np.zeros(len(rows))), self.device).numpy()
            mixed_in = self.baseline if self.mixture.weight else None
            probabilities[rows] = self.mixture(logits, None if mixed_in is None else mixed_in.predict_tokens(block))
        return probabilities


def save(classifier: TextClassifier, folder: Path = FOLDER) -> None:
    """Write model.safetensors, config.json with everything else (architecture, vocabulary ...), and the baseline."""
    save_weights(classifier.model, folder / "model.safetensors")
    if classifier.baseline is not None:
        tfidf.save(classifier.baseline, folder)
    config: dict[str, Any] = {
        "temperature": classifier.mixture.temperature,
        "baseline_weight": None if classifier.baseline is None else classifier.mixture.weight,
        "emotions": classifier.emotions,
        "text_rules": classifier.tokenizer.record(),
        "data": classifier.data and classifier.data._asdict(),
    }
    write_json(config | classifier.model.config() | classifier.reader.config(), folder / "config.json")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> TextClassifier:
    """The classifier that `save` wrote, in this version or an earlier one.

    Raises:
        UserError: the folder holds no classifier, or lacks a part of it.
    """
    if not (folder / "config.json").exists():
        raise UserError(f"{folder}: no text classifier there; `dvc repro text_classifier` trains one")
    config = read_json(folder / "config.json")
    require_model(config, folder)
    model, reader = rebuilt(config)
    load_weights(model, folder / "model.safetensors")
    # Without a weight there is no baseline, or one of an earlier version, in another form and not mixed in.
    weight = config.get("baseline_weight")
    return TextClassifier(
        model,
        reader,
        torch.device(device),
        Mixture(config["temperature"], weight or 0.0),
        Tokenizer.of(config["text_rules"]),
        config["emotions"],
        None if weight is None else tfidf.load(folder, config["emotions"]),
        LearnedFrom(**config["data"]) if config.get("data") else None,
    )
