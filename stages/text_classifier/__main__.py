"""text_classifier: train a classifier of the emotion of an utterance.

Trains the network `text_classifier.arch` and a TF-IDF baseline on the train split of utterances@deep_nets, stops early
and fits the mixture of the two on the val split, and reports on the test split. Writes data/text_classifier/ (weights
and config of both, the mixture's probabilities of every utterance) and reports/text_classifier/.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from stages.annotations.tables import load_card, load_emotions
from stages.common.artworks import ARTWORK
from stages.common.emotions import Emotions
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import EMBEDDED, load
from stages.learning.checkpoint import Progress, scratch_folder
from stages.learning.device import describe, prepare
from stages.learning.launch import run
from stages.learning.learned_from import LearnedFrom
from stages.learning.no_model import save_no_model
from stages.learning.predictions import (
    accuracies,
    auc,
    confusion,
    expected_calibration_error,
    one_hot,
    save_confusion,
    save_probabilities,
)
from stages.learning.training import clear, fit
from stages.text_classifier import classifier, mixture, tfidf
from stages.text_classifier.classifier import TextClassifier
from stages.text_classifier.interface import FOLDER, Recipe
from stages.text_classifier.params import Params
from stages.text_classifier.params import TextClassifier as Section
from stages.text_classifier.registry import recipe_of
from stages.text_classifier.task import EmotionTask, all_logits
from stages.utterances.tables import load_left_out, load_utterances, table_path
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

REPORTS = Path("reports/text_classifier")
PROFILE = "deep_nets"
TABLE = table_path(PROFILE)
SPLITS = ("train", "val", "test")
# Columns of the table of probabilities, whose rows are those of the utterances table.
CURVES = ("epoch", "train_cross_entropy", "val_loss", "val_accuracy")
COLUMNS = ["art_style", "painting", "emotion", "split", "utterance"]


def main() -> str:
    params = load(Params)
    config, emotions = params.text_classifier, load_emotions()
    if not emotions:
        tfidf.save_none(FOLDER)
        return save_no_model(FOLDER, REPORTS, COLUMNS, CURVES)
    device = prepare(params.device, config.seed)
    utterances = load_utterances(PROFILE)
    labels, split = utterances["emotion_label"].to_numpy(), utterances["split"].to_numpy()
    parts = {name: split == name for name in SPLITS}
    if empty := [name for name, rows in parts.items() if not rows.any()]:
        raise UserError(f"{TABLE}: no utterance is in the split {' or '.join(empty)}; add annotations of more artworks")
    tfidf.require_several(labels[parts["train"]])
    # First, because the files that they read may be missing.
    recipe, tokenizer = recipe_of(config, utterances, TABLE, len(emotions)), Tokenizer.load(tokenizer_path(PROFILE))
    tokens, train_rows, val_rows = utterances["tokens"], parts["train"], parts["val"]
    scratch = scratch_folder("text_classifier", params, [TABLE, *recipe.files], describe(device))
    progress = train(recipe, config, parts, device, scratch)
    # After the training, which resumes: half a million utterances take twenty minutes.
    baseline = tfidf.fit(
        tokens[train_rows].to_list(),
        labels[train_rows],
        emotions.names,
        val_tokens=tokens[val_rows].to_list(),
        val_labels=labels[val_rows],
    )
    logits = all_logits(recipe.network, recipe.examples, device).numpy()  # (utterances, C)
    of_baseline = baseline.predict_tokens(tokens.to_list())  # (utterances, C)
    alone = mixture.fit(logits[val_rows], labels[val_rows])
    mixed = mixture.fit(logits[val_rows], labels[val_rows], of_baseline[val_rows]) if config.ensemble else alone
    probabilities = mixed(logits, of_baseline)
    pictures = len(utterances.loc[train_rows, ARTWORK].drop_duplicates())
    data = LearnedFrom(load_card()["name"], params.dataset == EMBEDDED, pictures, int(train_rows.sum()))
    trained = TextClassifier(recipe.network, recipe.reader, device, mixed, tokenizer, emotions.names, baseline, data)
    # Files are written after training: of several processes that share it, only the first gets this far.
    classifier.save(trained)
    save_probabilities(utterances[COLUMNS], probabilities, emotions, FOLDER / "probabilities.parquet")

    def scored(probabilities: np.ndarray) -> dict[str, dict[str, float]]:
        return {name: scores(labels[parts[name]], probabilities[parts[name]], emotions) for name in ("test", "val")}

    test, missing = parts["test"], without_rows(labels[train_rows], emotions)
    figures = {
        **scored(probabilities),
        "network": scored(alone(logits)),
        "tfidf": scored(of_baseline) | tfidf.summary(baseline),
        **of_left_out(trained, emotions),
        "auc": auc(one_hot(labels[test], len(emotions)), probabilities[test], emotions),
        "temperature": mixed.temperature,
        "baseline_weight": mixed.weight,
        "rows": {name: int(rows.sum()) for name, rows in parts.items()},
        "best_epoch": progress.best_epoch,
        "emotions_without_training_rows": len(missing),
    }
    write_json(figures, REPORTS / "metrics.json")
    save_confusion(confusion(labels[test], probabilities[test]), emotions, REPORTS / "confusion.csv")
    clear(scratch)
    return summary(config.arch, figures, progress, missing)


def train(
    recipe: Recipe, config: Section, parts: dict[str, np.ndarray], device: torch.device, scratch: Path
) -> Progress:
    """Train the recipe's network in place, resuming from the checkpoint in `scratch`, if there is one."""
    network = recipe.network.to(device)
    training, val = recipe.examples.take(parts["train"]), recipe.examples.take(parts["val"])
    task = EmotionTask(
        training,
        val,
        batch_size=recipe.batch_size,
        seed=config.seed,
        device=device,
        label_smoothing=recipe.label_smoothing,
    )
    return fit(
        network,
        recipe.optimizer,
        task,
        device=device,
        seed=config.seed,
        epochs=recipe.epochs,
        patience=config.patience,
        scratch=scratch,
        curves=REPORTS / "epochs.tsv",
        schedule=recipe.schedule,
        clip_norm=recipe.clip_norm,
        item="utterances",
    )


def scores(labels: np.ndarray, probabilities: np.ndarray, emotions: Emotions) -> dict[str, float]:
    """Accuracies, cross-entropy (nats) and calibration error on utterances with labels (N,)."""
    of_label = probabilities[np.arange(len(labels)), labels]
    return accuracies(labels, probabilities, emotions) | {
        "cross_entropy": float(-np.log(of_label.clip(1e-7)).mean()),
        "calibration_error": expected_calibration_error(probabilities, one_hot(labels, len(emotions))),
    }


def of_left_out(trained: TextClassifier, emotions: Emotions) -> dict[str, dict[str, float]]:
    """Scores on those utterances of the test split that are too short or too long to learn from, if there are any."""
    rows = load_left_out(PROFILE).query("split == 'test'")
    if rows.empty:
        return {}
    predicted = trained.predict_tokens(rows["tokens"].to_list())
    return {"left_out": {"rows": len(rows), **scores(rows["emotion_label"].to_numpy(int), predicted, emotions)}}


def without_rows(labels: np.ndarray, emotions: Emotions) -> list[str]:
    """The emotions that do not occur in `labels` (N,): the classifiers cannot learn them."""
    return [emotion for label, emotion in enumerate(emotions) if label not in labels]


def summary(arch: str, figures: dict[str, Any], progress: Progress, missing: list[str]) -> str:
    return (
        f"{arch}, best epoch {progress.best_epoch} of {progress.epoch}, accuracy {figures['test']['accuracy']:.1%} "
        f"on {figures['rows']['test']:,} test utterances (TF-IDF: {figures['tfidf']['test']['accuracy']:.1%})"
        + (f"; no training utterance of {', '.join(missing)}" if missing else "")
    )


if __name__ == "__main__":
    run(__doc__, main)
