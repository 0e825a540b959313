"""Import ArtEmis' text classifier, without running anything in its files.

The network keeps its habit of pooling over padding, so its logits equal the reference's
for the same batch. Its probabilities are not calibrated.
"""

from pathlib import Path

import torch
from torch import Tensor

from formats.artemis.pickles import load_torch, read_vocabulary, weights
from stages.common.errors import UserError
from stages.text_classifier.classifier import TextClassifier, save
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader

# Names of its parts: ArtEmis' and ours.
PARTS = {
    "text_encoder.word_embedding": "embed",
    "text_encoder.word_transformation": "project",
    "text_encoder.rnn": "lstm",
    "clf_head.net": "head",
}
# The tensors from which the sizes of the network are taken.
SIZED = {"embed.weight", "project.1.weight", "head.0.weight"}
# The reference's rate, which plays no part in predicting.
DROPOUT = 0.25


def convert(checkpoint: Path, vocabulary: Path, folder: Path) -> str:
    """Write the classifier to `folder` as the stage `text_classifier` would; returns a summary."""
    classifier = read(checkpoint, vocabulary)
    save(classifier, folder)
    sizes = classifier.model.config()["lstm"]
    return f"{folder}: {sizes['words']:,} words, word vectors of {sizes['embedding']}, LSTM of {sizes['hidden']}"


def read(checkpoint: Path, vocabulary: Path) -> TextClassifier:
    """The network that ArtEmis' notebook saves whole (`best_model.pt`), with the words of `vocabulary.pkl`.

    Raises:
        UserError: a file is not what it should be, or the two do not belong together.
    """
    tensors = _tensors(checkpoint)
    words = read_vocabulary(vocabulary)
    if len(words) != len(tensors["embed.weight"]):
        raise UserError(
            f"{checkpoint} knows {len(tensors['embed.weight']):,} words and {vocabulary} holds {len(words):,}; "
            "give the vocabulary that it was trained with"
        )
    model = LSTMClassifier(
        words=len(words),
        embedding=tensors["embed.weight"].shape[1],
        hidden=len(tensors["project.1.weight"]),
        head=len(tensors["head.0.weight"]),
        dropout=DROPOUT,
        reference_pooling=True,
    )
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        reason = str(error).strip().rpartition("\n")[2].strip()
        raise UserError(f"{checkpoint}: not ArtEmis' LSTM on words alone ({reason})") from None
    return TextClassifier(model, WordReader(words), torch.device("cpu"))


def _tensors(checkpoint: Path) -> dict[str, Tensor]:
    """The tensors of the checkpoint by this project's names."""
    tensors = {_renamed(name, checkpoint): value for name, value in weights(load_torch(checkpoint), checkpoint).items()}
    if missing := SIZED - tensors.keys():
        raise UserError(f"{checkpoint}: not ArtEmis' text classifier; {', '.join(sorted(missing))} is not in it")
    return tensors


def _renamed(name: str, checkpoint: Path) -> str:
    for part, ours in PARTS.items():
        if name.startswith(f"{part}."):
            return ours + name.removeprefix(part)
    raise UserError(
        f"{checkpoint}: not ArtEmis' text classifier, which has no tensor {name}; give the one that reads text alone"
    )
