"""encoder: prepare the speaker's image encoder.

With speaker.weights: image_classifier, that is the backbone of the image classifier. An architecture that is trained
on pooled features (merge) gets them together with the frozen backbone that computed them. Every other speaker makes
its encoder itself: for it the stage writes three empty files, always the same bytes, so that a change of the image
classifier or of the features does not make the speaker stale. Writes data/encoder/.
"""

import numpy as np

from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import Pooling, load
from stages.encoder import encoder
from stages.encoder.params import Params
from stages.features import pooled
from stages.features.pooling import check_features, pool
from stages.image_classifier import classifier
from stages.images import packed
from stages.learning.backbones import FROZEN_SEED, Backbone, frozen
from stages.learning.device import prepare

# The value of speaker.weights that stands for the trained image classifier.
IMAGE_CLASSIFIER = "image_classifier"
# The architectures that are trained on pooled features; all others read pixels.
ON_FEATURES = {"merge"}


def main() -> str:
    params = load(Params)
    speaker, features = params.speaker, params.features
    device = prepare(params.device, FROZEN_SEED)
    pooling = features.pooling if speaker.arch in ON_FEATURES else None
    if speaker.weights == IMAGE_CLASSIFIER:
        source, backbone = "image_classifier", _trained(params, pooling)
        computed = pool(backbone, packed.load().pixels, device) if pooling else None  # (N, C)
    elif pooling:
        source, backbone = "features", frozen(features.backbone, features.weights, pooling)
        computed = _stored(backbone)
    else:
        encoder.save_empty()
        return "empty: the speaker makes its encoder itself"
    encoder.save(backbone, computed)
    also = "" if computed is None else f" and the features of {len(computed):,} pictures"
    return f"{backbone.name} of {source}{also}"


def _trained(params: Params, pooling: Pooling | None) -> Backbone:
    """The image classifier's backbone, for pictures of the packed size.

    Raises:
        UserError: it is not trained, or is another network than the speaker's backbone.
    """
    wrong = f"params.yaml: speaker.weights is {IMAGE_CLASSIFIER}, but"
    if params.image_classifier.tune == "head":
        raise UserError(f"{wrong} image_classifier.tune is head, which trains no backbone; set it to last_block or all")
    trained = classifier.load().model.backbone
    if trained.name != params.speaker.backbone:
        raise UserError(
            f"{wrong} image_classifier.backbone is {trained.name} and speaker.backbone {params.speaker.backbone}; "
            f"set both to the same network"
        )
    backbone = Backbone(trained.name, pooling=pooling)
    backbone.load_state_dict(trained.state_dict())
    return backbone


def _stored(backbone: Backbone) -> np.ndarray:
    """The features of the stage `features`, after a check that `backbone` computed them."""
    features, _ = pooled.load()
    check_features(backbone, np.asarray(features[:1]), packed.load().pixels)
    return features


if __name__ == "__main__":
    run(__doc__, main)
