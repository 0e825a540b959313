"""image_classifier: train a classifier of the emotions that a picture evokes.

Trains on the emotion shares of the train split's artworks, stops early and fits the temperature on the val split,
and reports on the test split. Reads pixels, or the stored features with image_classifier.tune: none. Writes
data/image_classifier/ (weights, config, probabilities of every artwork) and reports/image_classifier/.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from stages.annotations.tables import load_card, load_emotions
from stages.common.artworks import ARTWORK
from stages.common.emotions import Emotions, at_least_half
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import EMBEDDED, load
from stages.features import store
from stages.features.params import Features
from stages.histograms.tables import load_histograms
from stages.image_classifier.classifier import FOLDER, ImageClassifier, Standardised, logits, save, scores
from stages.image_classifier.params import ImageClassifier as Config
from stages.image_classifier.params import Params
from stages.image_classifier.task import (
    EmotionTask,
    HeadWithWords,
    WithWords,
    artworks_with_pictures,
    counts_of,
    shares_of,
    word_targets,
)
from stages.images import packed
from stages.images.packed import Packed
from stages.learning import backbones
from stages.learning.checkpoint import Progress, scratch_folder
from stages.learning.device import describe, prepare
from stages.learning.launch import run
from stages.learning.learned_from import LearnedFrom
from stages.learning.no_model import save_no_model
from stages.learning.predictions import calibrated, confusion, fit_temperature, save_confusion, save_probabilities
from stages.learning.training import clear, fit
from stages.utterances.tables import load_utterances

# Smallest number of artworks: batch statistics of a single picture mean nothing, so training needs two.
FEWEST = {"train": 2, "val": 1, "test": 1}
REPORTS = Path("reports/image_classifier")
# Columns of the table of probabilities beside the emotions, and of the learning curves.
COLUMNS = [*ARTWORK, "split"]
CURVES = ("epoch", "train_kl", "val_loss")
METRICS = REPORTS / "metrics.json"
# Inputs that a checkpoint depends on; the index holds a digest of the pixels.
INPUTS = [
    Path("data/histograms/histograms.parquet"),
    Path("data/images/index.parquet"),
    Path("data/utterances/deep_nets/utterances.parquet"),
]


@dataclass(frozen=True)
class Setup:
    """A network and the inputs that it is trained on.

    Attributes:
        model: the whole classifier, which is saved.
        learner: the module that is trained: `model` or its head, with or without word logits.
        inputs: pixels or features, whose rows the artworks name.
        files: inputs beside the stage's usual ones, which a checkpoint depends on.
        augment: flip and shift pixels in training.
        words: word targets, bool (train, words), for a learner with word logits.
    """

    model: ImageClassifier
    learner: nn.Module
    inputs: np.ndarray
    files: list[Path]
    augment: bool = False
    words: np.ndarray | None = None


def main() -> str:
    params = load(Params)
    config, emotions = params.image_classifier, load_emotions()
    if not emotions:
        return save_no_model(FOLDER, REPORTS, COLUMNS, CURVES)
    device = prepare(params.device, config.seed)
    images = packed.load()
    utterances = load_utterances("deep_nets")
    artworks = artworks_with_pictures(utterances, load_histograms(), images)
    train, val, test = (_split(artworks, name, fewest) for name, fewest in FEWEST.items())
    training = setup(config, params.features, images, train, utterances, emotions)
    scratch = scratch_folder("image_classifier", params, [*INPUTS, *training.files], describe(device))
    progress = _train(training, train, val, config, device, scratch)
    rows, mirrored = artworks["row"].to_numpy(), training.augment
    predicted = logits(training.learner, training.inputs, rows, device, mirrored=mirrored)  # (artworks, C)
    temperature = fit_temperature(predicted[val.index], shares_of(val))
    probabilities = calibrated(predicted, temperature)  # (artworks, C)
    votes = int(counts_of(train).sum())
    data = LearnedFrom(load_card()["name"], params.dataset == EMBEDDED, len(train), votes)
    size = images.pixels.shape[1]
    save(training.model, size, images.fit, temperature=temperature, mirrored=mirrored, data=data)
    save_probabilities(artworks[COLUMNS], probabilities, emotions, FOLDER / "probabilities.parquet")
    figures: dict[str, dict[str, Any]] = {
        "weights": training.model.backbone.origin._asdict(),
        "train": {"artworks": len(train), "emotions": _annotated(train, emotions), "best_epoch": progress.best_epoch},
        "val": {"kl": progress.best_loss, "temperature": temperature},
        "test": scores(counts_of(test), probabilities[test.index], emotions),
    }
    write_json(figures, METRICS)
    pairs = confusion(at_least_half(counts_of(test)), probabilities[test.index])
    save_confusion(pairs, emotions, REPORTS / "confusion.csv")
    clear(scratch)
    name = f"{training.model.backbone.name} (tune: {config.tune})"
    epochs = f"best epoch {progress.best_epoch} of {progress.epoch}"
    return f"{name}, {epochs}, {_accuracy(figures['test']['more_than_half'])}"


def _split(artworks: pd.DataFrame, name: str, fewest: int) -> pd.DataFrame:
    """The artworks of one split.

    Raises:
        UserError: there are fewer than `fewest`.
    """
    chosen = artworks[artworks["split"] == name]
    if len(chosen) < fewest:
        raise UserError(
            f"{len(chosen)} artworks of the {name} split have a readable picture, but the image classifier needs "
            f"{fewest}; data/images/index.parquet says what is wrong with each picture"
        )
    return chosen


def _train(
    training: Setup,
    train: pd.DataFrame,
    val: pd.DataFrame,
    config: Config,
    device: torch.device,
    scratch: Path,
) -> Progress:
    """Train the learner in place, resuming from the checkpoint in `scratch`, if there is one."""
    task = EmotionTask(
        training.inputs,
        train,
        val,
        batch_size=config.batch_size,
        seed=config.seed,
        device=device,
        augment=training.augment,
        words=training.words,
        words_weight=config.words,
    )
    learner = training.learner.to(device)
    trainable = [weight for weight in learner.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=config.learning_rate)
    linear = LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / config.epochs))
    return fit(
        learner,
        optimizer,
        task,
        device=device,
        seed=config.seed,
        epochs=config.epochs,
        patience=config.patience,
        scratch=scratch,
        curves=REPORTS / "epochs.tsv",
        schedule=linear if config.schedule == "linear" else None,
    )


def _annotated(train: pd.DataFrame, emotions: Emotions) -> int:
    """The number of emotions that occur in the training annotations; prints the others."""
    counts = counts_of(train).sum(0)  # (C,)
    if absent := [emotion for emotion, count in zip(emotions, counts, strict=True) if not count]:
        print(f"  no training annotation of {', '.join(absent)}; the classifier hardly ever predicts them")
    return len(emotions) - len(absent)


def _accuracy(majority: dict[str, float]) -> str:
    accuracy = f"accuracy {majority['accuracy']:.1%}" if "accuracy" in majority else "no accuracy"
    return f"{accuracy} on {majority['artworks']:,} test artworks with a majority emotion"


def setup(
    config: Config,
    features: Features,
    images: Packed,
    train: pd.DataFrame,
    utterances: pd.DataFrame,
    emotions: Emotions,
) -> Setup:
    """The network of `config`, ready to be trained on the artworks `train`, whose `row` is that of their pixels."""
    if config.tune == "none":
        return _on_features(config, features, images, train, utterances, emotions)
    model = ImageClassifier(backbones.create(config.backbone, config.weights), config.hidden, emotions.names)
    model.backbone.tune(config.tune)
    model.backbone.report_resizing(images.pixels.shape[1])
    _set_prior(model, train)
    files = backbones.weight_files(config.weights)
    if config.words and (targets := word_targets(utterances, train)).size:
        return Setup(model, WithWords(model, targets), images.pixels, files, config.augment, targets)
    return Setup(model, model, images.pixels, files, config.augment)


def _on_features(
    config: Config,
    features: Features,
    images: Packed,
    train: pd.DataFrame,
    utterances: pd.DataFrame,
    emotions: Emotions,
) -> Setup:
    """Train the head alone, on pooled features standardised by those of `train`."""
    backbone = backbones.frozen(features.backbone, features.weights, features.pooling)
    model = ImageClassifier(backbone, config.hidden, emotions.names)
    stored = store.load()
    stored.check(
        pixels=images.digest,
        encoder=model.backbone.digest(),
        backbone=model.backbone.name,
        pooling=features.pooling,
    )
    inputs = stored.pooled
    cast(Standardised, model.head[0]).fit(inputs[train["row"].to_numpy()])
    _set_prior(model, train)
    files = [store.FOLDER / store.INDEX]
    if config.words and config.hidden and (targets := word_targets(utterances, train)).size:
        return Setup(model, HeadWithWords(model.head, targets), inputs, files, words=targets)
    return Setup(model, model.head, inputs, files)


def _set_prior(model: ImageClassifier, train: pd.DataFrame) -> None:
    """Set the output bias to the frequencies of the emotions; an emotion without annotations counts as half one."""
    counts = counts_of(train).sum(0).clip(0.5)  # (C,)
    with torch.no_grad():
        cast(nn.Linear, model.head[-1]).bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))


if __name__ == "__main__":
    run(__doc__, main)
