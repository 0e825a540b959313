"""encoder: hand the speaker the picture encoder that it does not make itself.

There are two kinds. With speaker.weights: image_classifier it is the classifier's, which
has learnt emotions. And an architecture that learns from pooled features (merge) is handed
them with the frozen encoder behind them, by default those of the stage `features`. Every
other speaker is handed nothing, always the same nothing, so that it does not learn anew
when the classifier or the features change. Makes data/encoder/.
"""

import numpy as np

from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import Pooling, load
from stages.encoder import encoder
from stages.encoder.params import Params
from stages.features import pooled
from stages.features.pooling import pool, recognise
from stages.image_classifier import classifier
from stages.images import packed
from stages.learning.backbones import FROZEN_SEED, Backbone, frozen
from stages.learning.device import prepare

# What speaker.weights is called where the encoder has learnt emotions.
LEARNT = "image_classifier"
# The architectures that learn from pooled features; all others learn from pixels.
ON_FEATURES = {"merge"}


def main() -> str:
    params = load(Params)
    wish, features = params.speaker, params.features
    device = prepare(params.device, FROZEN_SEED)
    pooling = features.pooling if wish.arch in ON_FEATURES else None
    if wish.weights == LEARNT:
        backbone = _learnt(params, pooling)
        seen = pool(backbone, packed.load().pixels, device) if pooling else None
    elif pooling:
        backbone = frozen(features.backbone, features.weights, pooling)
        seen = _stored(backbone)
    else:
        encoder.save_nothing()
        return "nothing: the speaker makes its encoder itself"
    encoder.save(backbone, seen)
    source = "image_classifier" if wish.weights == LEARNT else "features"
    also = "" if seen is None else f" with the features of {len(seen):,} pictures"
    return f"{backbone.name} of {source}{also}"


def _learnt(params: Params, pooling: Pooling | None) -> Backbone:
    """The image classifier's backbone, to look at pictures as they are packed.

    Raises:
        UserError: it has learnt nothing, or is another than the speaker's.
    """
    told = f"params.yaml: speaker.weights is {LEARNT}, but"
    if params.image_classifier.tune == "head":
        raise UserError(f"{told} image_classifier.tune is head, which teaches no encoder; set it to last_block or all")
    learnt = classifier.load().model.backbone
    if learnt.name != params.speaker.backbone:
        raise UserError(
            f"{told} image_classifier.backbone is {learnt.name} and speaker.backbone {params.speaker.backbone}; "
            f"give both the same"
        )
    backbone = Backbone(learnt.name, pooling=pooling)
    backbone.load_state_dict(learnt.state_dict())
    return backbone


def _stored(backbone: Backbone) -> np.ndarray:
    """The features of the stage of that name, which must be `backbone`'s own."""
    features, _ = pooled.load()
    recognise(backbone, np.asarray(features[:1]), packed.load().pixels)
    return features


if __name__ == "__main__":
    run(__doc__, main)
