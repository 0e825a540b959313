"""image_classifier: learn to tell the emotions that a picture evokes.

Trains on the artworks of the train split towards the shares of emotions among all of
their annotations, stops by the val split, and reports on the test split. Makes
data/image_classifier/ (weights and config) and reports/image_classifier/.
"""

from pathlib import Path

import numpy as np
import torch

from stages.common import scratch
from stages.common.device import describe, prepare
from stages.common.errors import UserError
from stages.common.launch import run
from stages.common.params import load
from stages.common.tables import replacing, write_json
from stages.common.training import clear, fit
from stages.features import backbones
from stages.histograms.tables import load_histograms
from stages.image_classifier.classifier import ImageClassifier, Predictor, save
from stages.image_classifier.learning import EmotionsOfPictures, artworks_of
from stages.image_classifier.params import Params
from stages.image_classifier.scores import confusion, scores
from stages.images import packed
from stages.utterances.tables import load_utterances

REPORTS = Path("reports/image_classifier")
METRICS = REPORTS / "metrics.json"
# What the fingerprint of a checkpoint rests on; the index holds a digest of the pixels.
INPUTS = [
    Path("data/histograms/histograms.parquet"),
    Path("data/images/index.parquet"),
    Path("data/utterances/deep_nets/utterances.parquet"),
]


def main() -> str:
    params = load(Params)
    dials = params.image_classifier
    device = prepare(params.device, dials.seed)
    images, utterances, histograms = packed.load(), load_utterances("deep_nets"), load_histograms()
    train, val, test = (artworks_of(split, utterances, histograms, images) for split in ("train", "val", "test"))
    # Batch statistics of a single picture say nothing, so training needs two.
    for name, split, fewest in (("train", train, 2), ("val", val, 1), ("test", test, 1)):
        if len(split) < fewest:
            found = f"{len(split)} artworks of the {name} split have a readable picture, and {fewest} are needed"
            raise UserError(f"{found}; see data/images/index.parquet")
    model = ImageClassifier(backbones.create(dials.backbone, dials.weights)).to(device)
    task = EmotionsOfPictures(images, train, val, batch_size=dials.batch_size, seed=dials.seed, device=device)
    checkpoint = scratch.folder(
        "image_classifier", params, [*INPUTS, *backbones.files(dials.weights)], describe(device)
    )
    progress = fit(
        model,
        torch.optim.Adam(model.parameters(), lr=dials.learning_rate),
        task,
        device=device,
        seed=dials.seed,
        epochs=dials.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
    )
    size = images.pixels.shape[1]
    save(model, size, images.fit)
    shares = np.stack(test["target"].to_list())
    probabilities = Predictor(model, size, images.fit, device).predict(images.pixels[test["row"].to_numpy()])
    told = scores(shares, probabilities)
    write_json({"best_epoch": progress.best_epoch, "val": {"kl": progress.best_loss}, "test": told}, METRICS)
    with replacing(REPORTS / "confusion.csv") as beside:
        lines = ["actual,predicted", *(",".join(pair) for pair in confusion(shares, probabilities))]
        beside.write_text("\n".join(lines) + "\n")
    clear(checkpoint)
    right = f"right on {told['accuracy']:.1%} of" if "accuracy" in told else "untested on"
    majority = f"{told['majority_artworks']:,} test artworks with a majority"
    return f"{dials.backbone} after epoch {progress.best_epoch} of {progress.epoch}, {right} {majority}"


if __name__ == "__main__":
    run(__doc__, main)
