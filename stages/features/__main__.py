"""features: compute the features of every picture with a frozen backbone, once.

Reads data/images/. Writes data/features/: pooled.npy, a float32 vector for each picture; places.npy, float16 of
shape (pictures, places, channels), the grid of the feature map; and index.parquet, the artwork of each row and what
the features were computed from. Every network that does not train its backbone reads these.
"""

import os
from pathlib import Path

from stages.common.entry import run
from stages.common.files import write_json
from stages.common.params import load
from stages.features import store
from stages.features.by_cluster import VARIABLE
from stages.features.by_cluster import looked as looked_by
from stages.features.compute import compute
from stages.features.params import Params
from stages.images import packed
from stages.learning.backbones import FROZEN_SEED, frozen
from stages.learning.device import prepare

METRICS = Path("reports/features/metrics.json")


def main() -> str:
    params = load(Params)
    config = params.features
    device = prepare(params.device, FROZEN_SEED)
    images = packed.load()
    backbone = frozen(config.backbone, config.weights)
    backbone.report_resizing(images.pixels.shape[1])
    address, looked = os.environ.get(VARIABLE), None
    if address:
        looked = looked_by(
            address, backbone, config.weights, images, config.pooling, places=config.places, device=params.device
        )
    places = compute(
        backbone, images, store.FOLDER, pooling=config.pooling, places=config.places, device=device, looked=looked
    )
    count, channels = len(images.pixels), backbone.channels
    figures = {"pictures": count, "places": places, "channels": channels, "weights": backbone.origin._asdict()}
    write_json(figures, METRICS)
    kept = f"{places} places x {channels:,}" if config.places else f"{store.load().pooled.shape[1]:,}"
    return f"{count:,} pictures x {kept} features of {backbone.name} ({backbone.origin.source} weights)"


if __name__ == "__main__":
    run(__doc__, main)
