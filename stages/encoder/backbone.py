"""The image classifier's backbone, as the speaker gets it."""

from stages.common.errors import UserError
from stages.encoder import encoder
from stages.encoder.encoder import IMAGE_CLASSIFIER
from stages.encoder.params import Params
from stages.features import store
from stages.features.compute import compute
from stages.image_classifier import classifier
from stages.images import packed
from stages.learning.backbones import FROZEN_SEED, Backbone
from stages.learning.device import prepare
from stages.learning.weights import save_weights


def prepare_encoder(params: Params) -> str:
    """Write the backbone and, for a speaker that does not train it, its features; returns a summary.

    Raises:
        UserError: as in `_trained`.
    """
    device = prepare(params.device, FROZEN_SEED)
    backbone, features, images = _trained(params), params.features, packed.load()
    save_weights(backbone.network, encoder.WEIGHTS, {encoder.BACKBONE: backbone.name})
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
