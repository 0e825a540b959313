"""features: the features of every picture from a frozen backbone, computed once.

Makes data/features/pooled.npy, float32 of shape (pictures, channels), and
index.parquet, which says whose features each row holds.
"""

from stages.common.entry import run
from stages.common.params import load
from stages.features.params import Params
from stages.features.pooled import save
from stages.features.pooling import pool
from stages.images import packed
from stages.learning.backbones import FROZEN_SEED, frozen
from stages.learning.device import prepare


def main() -> str:
    params = load(Params)
    device = prepare(params.device, FROZEN_SEED)
    images = packed.load()
    backbone = frozen(params.features.backbone, params.features.weights, params.features.pooling)
    backbone.tell_resizing(images.pixels.shape[1])
    features = pool(backbone, images.pixels, device)
    save(features, images.index)
    kind = "random" if params.features.weights == "none" else params.features.weights
    return f"{len(features):,} pictures x {features.shape[1]:,} features of {backbone.name} ({kind} weights)"


if __name__ == "__main__":
    run(__doc__, main)
