"""features: compute the features of every picture with a frozen backbone, once.

Reads data/images/. Writes data/features/: pooled.npy, float32 of shape (pictures, channels), and index.parquet, the
artwork of each row.
"""

from stages.common.entry import run
from stages.common.params import load
from stages.features import pooled
from stages.features.params import Params
from stages.features.pooling import pool
from stages.images import packed
from stages.learning.backbones import FROZEN_SEED, frozen
from stages.learning.device import prepare


def main() -> str:
    params = load(Params)
    config = params.features
    device = prepare(params.device, FROZEN_SEED)
    images = packed.load()
    backbone = frozen(config.backbone, config.weights, config.pooling)
    backbone.report_resizing(images.pixels.shape[1])
    features = pool(backbone, images.pixels, device)
    pooled.save(features, images.index)
    weights = "random" if config.weights == "none" else config.weights
    return f"{len(features):,} pictures x {features.shape[1]:,} features of {backbone.name} ({weights} weights)"


if __name__ == "__main__":
    run(__doc__, main)
