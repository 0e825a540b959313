"""encoder: hand the image classifier's backbone to the speaker.

With speaker.weights: image_classifier, writes that backbone to data/encoder/ and, if the speaker does not train it
(speaker.tune: none), its features of all pictures. For every other speaker the stage writes the same empty files, so
that a change of the image classifier does not make the speaker stale.
"""

from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.encoder import encoder
from stages.encoder.encoder import IMAGE_CLASSIFIER
from stages.encoder.params import Params
from stages.features import store
from stages.features.compute import compute
from stages.image_classifier import classifier
from stages.images import packed
from stages.learning.backbones import FROZEN_SEED, Backbone
from stages.learning.device import prepare


def main() -> str:
    params = load(Params)
    device = prepare(params.device, FROZEN_SEED)
    if params.speaker.weights != IMAGE_CLASSIFIER:
        encoder.save_none()
        return "empty: the speaker does not use the image classifier's backbone"
    backbone, features, images = _trained(params), params.features, packed.load()
    encoder.save(backbone)
    if params.speaker.tune != "none":
        store.save_none(encoder.FOLDER)
        return f"{backbone.name} of the image classifier"
    places = compute(backbone, images, encoder.FOLDER, pooling=features.pooling, places=features.places, device=device)
    return f"{backbone.name} of the image classifier, and {places} places of each of {len(images.pixels):,} pictures"


def _trained(params: Params) -> Backbone:
    """The image classifier's backbone, for pictures of the packed size.

    Raises:
        UserError: it is not trained, or is another network than the one that the speaker trains further.
    """
    wrong = f"params.yaml: speaker.weights is {IMAGE_CLASSIFIER}, but"
    if params.image_classifier.tune == "none":
        raise UserError(
            f"{wrong} image_classifier.tune is none, so that classifier has no backbone of its own; "
            f"set image_classifier.tune to last_block or all, or speaker.weights to none or pretrained"
        )
    trained = classifier.load().model.backbone
    if params.speaker.tune != "none" and trained.name != params.speaker.backbone:
        raise UserError(
            f"{wrong} image_classifier.backbone is {trained.name} and speaker.backbone {params.speaker.backbone}; "
            f"set both to the same network"
        )
    backbone = Backbone(trained.name)
    backbone.load_state_dict(trained.state_dict())
    backbone.tune("none")
    return backbone.eval()


if __name__ == "__main__":
    run(__doc__, main)
