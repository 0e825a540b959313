"""Import ArtEmis' image classifier, without running anything in its file. Its probabilities are not calibrated."""

from pathlib import Path

from torch import Tensor

from formats.artemis.pickles import load_torch, weights
from stages.common.errors import UserError
from stages.image_classifier import classifier
from stages.image_classifier.classifier import ImageClassifier
from stages.learning.backbones import Backbone

# ArtEmis cuts torchvision's ResNet-34 before its pooling, which leaves eight numbered layers.
BACKBONE, HIDDEN = "torchvision:resnet34", 100
LAYERS = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
PARTS = {f"img_encoder.resnet.{number}.": f"backbone.network.{layer}." for number, layer in enumerate(LAYERS)}
# Our head starts with a standardisation, so its layers are numbered one higher.
PARTS |= {f"clf_head.net.{number}.": f"head.{number + 1}." for number in range(5)}
# ArtEmis squashes pictures to this size.
SIZE = 256


def convert(checkpoint: Path, folder: Path) -> str:
    """Write the classifier to `folder` as the stage `image_classifier` would; returns a summary."""
    classifier.save(read(checkpoint), SIZE, "squash", folder)
    return f"{folder}: {BACKBONE} with a head of {HIDDEN} hidden units, as in {checkpoint}"


def read(path: Path) -> ImageClassifier:
    """The network in `best_model.pt`: saved whole, as ArtEmis' code does, or its state dict.

    Raises:
        UserError: there is no such file, or it holds anything else.
    """
    tensors = {_renamed(name): value for name, value in weights(load_torch(path), path).items()}
    model = ImageClassifier(Backbone(BACKBONE), HIDDEN)
    expected = {name: value for name, value in model.state_dict().items() if not name.startswith("head.0.")}
    if names := _mismatches(expected, tensors):
        raise UserError(
            f"{path}: not ArtEmis' image classifier, a ResNet-34 with a head of {HIDDEN} hidden units; {names[0]} is "
            f"one of {len(names)} tensors that are absent, of another shape, or too many"
        )
    model.load_state_dict(tensors, strict=False)
    return model.eval()


def _renamed(name: str) -> str:
    """Our name of a tensor; a name that ArtEmis' code does not have is kept."""
    return next((ours + name.removeprefix(part) for part, ours in PARTS.items() if name.startswith(part)), name)


def _mismatches(expected: dict[str, Tensor], tensors: dict[str, Tensor]) -> list[str]:
    """Names that only one of the two has, or with another shape."""
    shapes = [{name: value.shape for name, value in state.items()} for state in (expected, tensors)]
    return sorted({name for name, _ in shapes[0].items() ^ shapes[1].items()})
