"""The trained text classifier: `load(folder).predict(["what a gloomy sea"])`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.learning.calibration import calibrated
from stages.learning.weights import load_weights, save_weights
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import EmotionNetwork, Reader, Tokens, WordReader
from stages.text_classifier.task import Examples, all_logits
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tokenizer import Tokenizer
from stages.utterances.vocabulary import Vocabulary

FOLDER = Path("data/text_classifier")
# Sentences that are encoded together: a bound on memory.
AT_ONCE = 4096


class TextClassifier:
    """A network, how it reads, and the temperature by which its probabilities are honest ones."""

    def __init__(
        self,
        model: EmotionNetwork,
        reader: Reader,
        device: torch.device,
        temperature: float = 1.0,
        tokenizer: Tokenizer | None = None,
    ) -> None:
        self.model, self.reader, self.device = model.to(device).eval(), reader, device
        self.temperature = temperature
        # That of the utterances it learned from; by default the rules `clean`, with no correction.
        self.tokenizer = tokenizer or Tokenizer(CleanRules(), {})

    def predict(self, utterances: Sequence[str]) -> np.ndarray:
        """Probabilities of the nine emotions, float32 (N, 9), of sentences as a person types them, of any length.

        They are cleaned, tokenized and corrected as the training utterances were; what nobody misspelled there, the
        reader corrects.
        """
        return self.predict_tokens(self.reader.proofread(self.tokenizer.tokens(utterances)))

    def predict_tokens(self, tokens: Tokens) -> np.ndarray:
        """The same of utterances already tokenized; one without a word has its answer too."""
        probabilities = np.zeros((len(tokens), len(EMOTIONS)), np.float32)
        # Sorted, so that a single long one does not stretch the rows of all others.
        order = np.argsort([len(words) for words in tokens], kind="stable")
        for rows in np.split(order, range(AT_ONCE, len(order), AT_ONCE)) if len(order) else []:
            examples = Examples.read(self.reader, [tokens[row] for row in rows], np.zeros(len(rows)))
            probabilities[rows] = self.predict_examples(examples)
        return probabilities

    def predict_examples(self, examples: Examples) -> np.ndarray:
        """The same of utterances already encoded."""
        return calibrated(all_logits(self.model, examples, self.device).numpy(), self.temperature)


def save(classifier: TextClassifier, folder: Path = FOLDER) -> None:
    """Write model.safetensors and config.json, which holds all else: architecture, vocabulary, temperature."""
    save_weights(classifier.model, folder / "model.safetensors")
    config: dict[str, Any] = {"temperature": classifier.temperature, "emotions": EMOTIONS}
    config["text_rules"] = classifier.tokenizer.record()
    write_json(config | classifier.model.config() | classifier.reader.config(), folder / "config.json")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> TextClassifier:
    """What `save` wrote, ready to predict.

    Raises:
        UserError: the folder holds no classifier.
    """
    if not (folder / "config.json").exists():
        raise UserError(f"{folder}: no text classifier there; `dvc repro text_classifier` trains one")
    config = read_json(folder / "config.json")
    model, reader = _rebuilt(config)
    load_weights(model, folder / "model.safetensors")
    tokenizer = Tokenizer.of(config["text_rules"])
    return TextClassifier(model, reader, torch.device(device), config["temperature"], tokenizer)


def _rebuilt(config: dict[str, Any]) -> tuple[EmotionNetwork, Reader]:
    if config["arch"] == "lstm":
        return LSTMClassifier(**config["lstm"]), WordReader(Vocabulary(config["vocabulary"]))
    # Only here, since loading transformers takes seconds.
    from stages.text_classifier.transformer import rebuilt

    return rebuilt(config)
