"""Turn the image classifier that ArtEmis' code leaves (`best_model.pt`) into a folder of ours.

The file may hold the whole network, as that code saves it, or its state dict; none of its
code is run. The folder then predicts as any trained one does; its probabilities are not
calibrated. `dvc freeze image_classifier` keeps `dvc repro` from training another over it.

  python -m formats.artemis.image_classifier best_model.pt
"""

import argparse
from pathlib import Path

from torch import Tensor

from formats.artemis.pickles import load_torch, weights
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.image_classifier import classifier
from stages.image_classifier.classifier import ImageClassifier
from stages.learning.backbones import Backbone

# ArtEmis cuts torchvision's ResNet-34 before its pooling, which leaves eight numbered layers.
BACKBONE, HIDDEN = "torchvision:resnet34", 100
LAYERS = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
OURS = {f"img_encoder.resnet.{number}.": f"backbone.network.{layer}." for number, layer in enumerate(LAYERS)}
# Its head is ours but for the standardisation in front, which numbers the layers one higher.
OURS |= {f"clf_head.net.{number}.": f"head.{number + 1}." for number in range(5)}
# What its pictures are brought to, whatever their aspect.
SIZE = 256


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m formats.artemis.image_classifier",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="file of torch.save")
    parser.add_argument(
        "--out", type=Path, default=classifier.FOLDER, metavar="FOLDER", help="where to; default: %(default)s"
    )
    arguments = parser.parse_args()
    model = read(arguments.checkpoint)
    classifier.save(model, SIZE, "squash", arguments.out)
    print(f"{arguments.out}: {BACKBONE} with a head of {HIDDEN} hidden units, as in {arguments.checkpoint}")
    return 0


def read(path: Path) -> ImageClassifier:
    """The network in an ArtEmis checkpoint.

    Raises:
        UserError: there is no such file, or it holds anything else.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such file")
    named = {_our_name(name): value for name, value in weights(load_torch(path), path).items()}
    model = ImageClassifier(Backbone(BACKBONE), HIDDEN)
    expected = {name: value for name, value in model.state_dict().items() if not name.startswith("head.0.")}
    if strange := _difference(expected, named):
        raise UserError(
            f"{path}: not ArtEmis' image classifier, a ResNet-34 with a head of {HIDDEN} hidden units; {strange[0]} is "
            f"one of {len(strange)} tensors that are absent, of another shape, or too many"
        )
    model.load_state_dict(named, strict=False)
    return model.eval()


def _our_name(name: str) -> str:
    """What a tensor of ArtEmis' is called here; a name that it does not have stays."""
    return next((ours + name.removeprefix(theirs) for theirs, ours in OURS.items() if name.startswith(theirs)), name)


def _difference(expected: dict[str, Tensor], found: dict[str, Tensor]) -> list[str]:
    """Names that only one of the two has, or with another shape."""
    shapes = [{name: value.shape for name, value in tensors.items()} for tensors in (expected, found)]
    return sorted({name for name, _ in shapes[0].items() ^ shapes[1].items()})


if __name__ == "__main__":
    tool(main)
