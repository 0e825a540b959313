"""Import ArtEmis' classifiers, without running anything in its files. Their probabilities are not calibrated.

The text classifier keeps its habit of pooling over padding, so its logits equal the reference's for the same batch.
"""

from pathlib import Path

import torch
from torch import Tensor

from formats.artemis.pickles import load_torch, read_vocabulary, weights
from stages.common.errors import UserError
from stages.image_classifier import classifier
from stages.image_classifier.classifier import ImageClassifier
from stages.learning.backbones import Backbone
from stages.text_classifier.classifier import TextClassifier, save
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader

# Names of its parts: ArtEmis' and ours.
TEXT_PARTS = {
    "text_encoder.word_embedding": "embed",
    "text_encoder.word_transformation": "project",
    "text_encoder.rnn": "lstm",
    "clf_head.net": "head",
}
# The tensors from which the sizes of the network are taken.
SIZED = {"embed.weight", "project.1.weight", "head.0.weight"}
# The reference's rate, which plays no part in predicting.
DROPOUT = 0.25

# ArtEmis cuts torchvision's ResNet-34 before its pooling, which leaves eight numbered layers.
BACKBONE, HIDDEN = "torchvision:resnet34", 100
LAYERS = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
IMAGE_PARTS = {f"img_encoder.resnet.{number}.": f"backbone.network.{layer}." for number, layer in enumerate(LAYERS)}
# Our head starts with a standardisation, so its layers are numbered one higher.
IMAGE_PARTS |= {f"clf_head.net.{number}.": f"head.{number + 1}." for number in range(5)}
# ArtEmis squashes pictures to this size.
SIZE = 256


def convert_text_classifier(checkpoint: Path, vocabulary: Path, folder: Path) -> str:
    """Write the classifier to `folder` as the stage `text_classifier` would; returns a summary."""
    read = read_text_classifier(checkpoint, vocabulary)
    save(read, folder)
    sizes = read.model.config()["lstm"]
    return f"{folder}: {sizes['words']:,} words, word vectors of {sizes['embedding']}, LSTM of {sizes['hidden']}"


def read_text_classifier(checkpoint: Path, vocabulary: Path) -> TextClassifier:
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
    theirs = weights(load_torch(checkpoint), checkpoint)
    tensors = {_our_text_name(name, checkpoint): value for name, value in theirs.items()}
    if missing := SIZED - tensors.keys():
        raise UserError(f"{checkpoint}: not ArtEmis' text classifier; {', '.join(sorted(missing))} is not in it")
    return tensors


def _our_text_name(name: str, checkpoint: Path) -> str:
    for part, ours in TEXT_PARTS.items():
        if name.startswith(f"{part}."):
            return ours + name.removeprefix(part)
    raise UserError(
        f"{checkpoint}: not ArtEmis' text classifier, which has no tensor {name}; give the one that reads text alone"
    )


def convert_image_classifier(checkpoint: Path, folder: Path) -> str:
    """Write the classifier to `folder` as the stage `image_classifier` would; returns a summary."""
    classifier.save(read_image_classifier(checkpoint), SIZE, "squash", folder)
    return f"{folder}: {BACKBONE} with a head of {HIDDEN} hidden units, as in {checkpoint}"


def read_image_classifier(path: Path) -> ImageClassifier:
    """The network in `best_model.pt`: saved whole, as ArtEmis' code does, or its state dict.

    Raises:
        UserError: there is no such file, or it holds anything else.
    """
    tensors = {_our_image_name(name): value for name, value in weights(load_torch(path), path).items()}
    model = ImageClassifier(Backbone(BACKBONE), HIDDEN)
    expected = {name: value for name, value in model.state_dict().items() if not name.startswith("head.0.")}
    if names := _mismatches(expected, tensors):
        raise UserError(
            f"{path}: not ArtEmis' image classifier, a ResNet-34 with a head of {HIDDEN} hidden units; {names[0]} is "
            f"one of {len(names)} tensors that are absent, of another shape, or too many"
        )
    model.load_state_dict(tensors, strict=False)
    return model.eval()


def _our_image_name(name: str) -> str:
    """Our name of a tensor; a name that ArtEmis' code does not have is kept."""
    return next((ours + name.removeprefix(part) for part, ours in IMAGE_PARTS.items() if name.startswith(part)), name)


def _mismatches(expected: dict[str, Tensor], tensors: dict[str, Tensor]) -> list[str]:
    """Names that only one of the two has, or with another shape."""
    shapes = [{name: value.shape for name, value in state.items()} for state in (expected, tensors)]
    return sorted({name for name, _ in shapes[0].items() ^ shapes[1].items()})
