"""The trained text classifier: `load(folder).predict(["what a gloomy sea"])`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.tables import read_json, write_json
from stages.common.weights import load_weights, save_weights
from stages.text_classifier.model import LSTMClassifier
from stages.utterances.text import tokens as tokens_of
from stages.utterances.vocabulary import Vocabulary

FOLDER = Path("data/text_classifier")


class TextClassifier:
    """A network, and the vocabulary in which it reads."""

    def __init__(self, model: LSTMClassifier, vocabulary: Vocabulary, device: torch.device) -> None:
        self.model, self.vocabulary, self.device = model.to(device).eval(), vocabulary, device

    def predict(self, utterances: Sequence[str]) -> np.ndarray:
        """Probabilities of the nine emotions, float32 (N, 9), of sentences as a person types them.

        They are cleaned and tokenized as the training utterances were; spelling is left alone.
        """
        return self.predict_tokens([tokens_of(utterance) for utterance in utterances])

    def predict_tokens(self, tokens: Sequence[Sequence[str]], batch_size: int = 512) -> np.ndarray:
        """The same of utterances already tokenized; one without a word is read as <eos> alone."""
        lengths = torch.tensor([max(len(words), 1) for words in tokens])
        probabilities = np.zeros((len(tokens), len(EMOTIONS)), np.float32)
        # Utterances of like length share a batch, so that little is padded.
        order = lengths.argsort(stable=True)
        with torch.inference_mode():
            for rows in torch.split(order, batch_size) if len(tokens) else []:
                longest = int(lengths[rows].max())
                ids = [self.vocabulary.encode(tokens[row], longest)[1 : longest + 1] for row in rows.tolist()]
                logits = self.model(torch.tensor(ids, device=self.device), lengths[rows])
                probabilities[rows.numpy()] = functional.softmax(logits.float(), -1).cpu().numpy()
        return probabilities


def save(classifier: TextClassifier, folder: Path = FOLDER) -> None:
    """Write model.safetensors and config.json, which holds sizes and vocabulary."""
    save_weights(classifier.model, folder / "model.safetensors")
    config = {"sizes": classifier.model.sizes, "emotions": EMOTIONS, "vocabulary": classifier.vocabulary.words}
    write_json(config, folder / "config.json")


def load(folder: Path = FOLDER, device: torch.device | str = "cpu") -> TextClassifier:
    """What `save` wrote, ready to predict.

    Raises:
        UserError: the folder holds no classifier.
    """
    if not (folder / "config.json").exists():
        raise UserError(f"{folder}: no text classifier there; `dvc repro text_classifier` trains one")
    config = read_json(folder / "config.json")
    model = LSTMClassifier(**config["sizes"])
    load_weights(model, folder / "model.safetensors")
    return TextClassifier(model, Vocabulary(config["vocabulary"]), torch.device(device))
