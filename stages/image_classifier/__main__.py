"""image_classifier: learn to tell the emotions that a picture evokes.

Trains on the artworks of the train split towards the shares of emotions among all of
their annotations, stops and calibrates by the val split, and reports on the test split.
How much of the network learns, image_classifier.tune says; with `head`, it looks at the
features that the stage of that name has left. Makes data/image_classifier/ (weights,
config, probabilities of every artwork) and reports/image_classifier/.
"""

from pathlib import Path

import pandas as pd
import torch
from torch.optim.lr_scheduler import LambdaLR

from stages.common.emotions import EMOTIONS, at_least_half
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import load
from stages.histograms.tables import load_histograms
from stages.image_classifier.classifier import FOLDER, logits, save
from stages.image_classifier.params import ImageClassifier, Params
from stages.image_classifier.scores import scores
from stages.image_classifier.task import EmotionsOfPictures, artworks_with_pictures, counts_of, shares_of
from stages.image_classifier.tuning import Setting, arrange
from stages.images import packed
from stages.learning.calibration import calibrated, fit_temperature
from stages.learning.checkpoint import Progress, scratch_folder
from stages.learning.device import describe, prepare
from stages.learning.launch import run
from stages.learning.predictions import confusion, save_confusion, save_probabilities
from stages.learning.training import clear, fit
from stages.utterances.tables import load_utterances

# Batch statistics of a single picture say nothing, so training needs two.
FEWEST = {"train": 2, "val": 1, "test": 1}
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
    images = packed.load()
    utterances = load_utterances("deep_nets")
    artworks = artworks_with_pictures(utterances, load_histograms(), images)
    train, val, test = (_split(artworks, name, fewest) for name, fewest in FEWEST.items())
    setting = arrange(dials, params.features, images, train, utterances)
    checkpoint = scratch_folder("image_classifier", params, [*INPUTS, *setting.files], describe(device))
    progress = _learn(setting, train, val, dials, device, checkpoint)
    rows, mirrored = artworks["row"].to_numpy(), setting.augmented
    said = logits(setting.learner, setting.inputs, rows, device, mirrored=mirrored)  # (artworks, 9)
    temperature = fit_temperature(said[val.index], shares_of(val))
    probabilities = calibrated(said, temperature)
    save(setting.model, images.pixels.shape[1], images.fit, temperature=temperature, mirrored=mirrored)
    save_probabilities(artworks[[*packed.KEY, "split"]], probabilities, FOLDER / "probabilities.parquet")
    found = scores(counts_of(test), probabilities[test.index])
    learnt = {"artworks": len(train), "emotions": _known(train), "best_epoch": progress.best_epoch}
    calibration = {"kl": progress.best_loss, "temperature": temperature}
    write_json({"train": learnt, "val": calibration, "test": found}, METRICS)
    save_confusion(confusion(at_least_half(counts_of(test)), probabilities[test.index]), REPORTS / "confusion.csv")
    clear(checkpoint)
    name = f"{setting.model.backbone.name} (tune: {dials.tune})"
    return f"{name} after epoch {progress.best_epoch} of {progress.epoch}, {_told(found['more_than_half'])}"


def _learn(
    setting: Setting,
    train: pd.DataFrame,
    val: pd.DataFrame,
    dials: ImageClassifier,
    device: torch.device,
    checkpoint: Path,
) -> Progress:
    """Train the learner of `setting`, on `device`; it ends with its best weights."""
    task = EmotionsOfPictures(
        setting.inputs,
        train,
        val,
        batch_size=dials.batch_size,
        seed=dials.seed,
        device=device,
        augment=setting.augmented,
        words=setting.words,
        words_weight=dials.words,
    )
    learner = setting.learner.to(device)
    optimizer = torch.optim.Adam([one for one in learner.parameters() if one.requires_grad], lr=dials.learning_rate)
    linear = LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / dials.epochs))
    return fit(
        learner,
        optimizer,
        task,
        device=device,
        seed=dials.seed,
        epochs=dials.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
        schedule=linear if dials.schedule == "linear" else None,
    )


def _split(artworks: pd.DataFrame, name: str, fewest: int) -> pd.DataFrame:
    """The artworks of one split.

    Raises:
        UserError: there are fewer than `fewest`.
    """
    found = artworks[artworks["split"] == name]
    if len(found) < fewest:
        raise UserError(
            f"{len(found)} artworks of the {name} split have a readable picture, and {fewest} are needed; "
            f"see data/images/index.parquet"
        )
    return found


def _known(train: pd.DataFrame) -> int:
    """How many emotions some training annotation says; the others are named."""
    votes = counts_of(train).sum(0)
    if absent := [emotion for emotion, count in zip(EMOTIONS, votes, strict=True) if not count]:
        print(f"  no training annotation says {', '.join(absent)}: learnt as what hardly ever happens")
    return len(EMOTIONS) - len(absent)


def _told(majority: dict[str, float]) -> str:
    right = f"right on {majority['accuracy']:.1%} of" if "accuracy" in majority else "untested on"
    return f"{right} {majority['artworks']:,} test artworks with a majority"


if __name__ == "__main__":
    run(__doc__, main)
