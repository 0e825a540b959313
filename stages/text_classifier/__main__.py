"""text_classifier: learn to tell the emotion from an utterance.

Trains the network that `text_classifier.arch` names on the train split of
utterances@deep_nets, stops by the val split and makes its probabilities honest there
(temperature), and reports on the test split; beside it TF-IDF with logistic regression,
the baseline that its figures should be read against. Makes data/text_classifier/
(weights and config of both, the probabilities of every utterance) and
reports/text_classifier/.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import load
from stages.learning.calibration import expected_calibration_error, fit_temperature
from stages.learning.checkpoint import Progress, scratch_folder
from stages.learning.device import describe, prepare
from stages.learning.launch import run
from stages.learning.predictions import accuracies, auc, confusion, one_hot, save_confusion, save_probabilities
from stages.learning.training import clear, fit
from stages.text_classifier import classifier, tfidf
from stages.text_classifier.classifier import FOLDER
from stages.text_classifier.params import Params, TextClassifier
from stages.text_classifier.recipes import Recipe, recipe_of
from stages.text_classifier.task import EmotionsOfUtterances, all_logits
from stages.utterances.tables import load_utterances, table_path
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

REPORTS = Path("reports/text_classifier")
PROFILE = "deep_nets"
TABLE = table_path(PROFILE)
LEARNT_FROM = ("train", "val", "test")
# What the table of probabilities tells of each utterance, in the order of the utterances table.
KEPT = ["art_style", "painting", "emotion", "split", "utterance"]


def main() -> str:
    params = load(Params)
    dials = params.text_classifier
    device = prepare(params.device, dials.seed)
    utterances = load_utterances(PROFILE)
    labels, split = utterances["emotion_label"].to_numpy(), utterances["split"].to_numpy()
    parts = {name: split == name for name in LEARNT_FROM}
    if empty := [name for name, chosen in parts.items() if not chosen.any()]:
        raise UserError(f"{TABLE}: no utterance is in the split {' or '.join(empty)}; more artworks are needed")
    # First, since what they want may not be there.
    recipe, tokenizer = recipe_of(dials, utterances, TABLE), Tokenizer.load(tokenizer_path(PROFILE))
    baseline = tfidf.fit(utterances["tokens"][parts["train"]].to_list(), labels[parts["train"]])
    checkpoint = scratch_folder("text_classifier", params, [TABLE, *recipe.files], describe(device))
    temperature, progress = learn(recipe, dials, parts, device, checkpoint)
    trained = classifier.TextClassifier(recipe.network, recipe.reader, device, temperature, tokenizer)
    # Files are written once there is one process only: where several share the training, the others have ended.
    classifier.save(trained)
    tfidf.save(baseline)
    said = trained.predict_examples(recipe.examples)
    save_probabilities(utterances[KEPT], said, FOLDER / "probabilities.parquet")
    by_words = baseline.predict_tokens(utterances["tokens"].to_list())
    test = parts["test"]
    figures = {
        **{name: scores(labels[parts[name]], said[parts[name]]) for name in ("test", "val")},
        "tfidf": {name: scores(labels[parts[name]], by_words[parts[name]]) for name in ("test", "val")},
        "auc": auc(one_hot(labels[test]), said[test]),
        "temperature": trained.temperature,
        "rows": {name: int(chosen.sum()) for name, chosen in parts.items()},
        "best_epoch": progress.best_epoch,
        "emotions_without_training_rows": len(unseen(labels[parts["train"]])),
    }
    write_json(figures, REPORTS / "metrics.json")
    save_confusion(confusion(labels[test], said[test]), REPORTS / "confusion.csv")
    clear(checkpoint)
    return tell(dials.arch, figures, progress, unseen(labels[parts["train"]]))


def learn(
    recipe: Recipe, dials: TextClassifier, parts: dict[str, np.ndarray], device: torch.device, checkpoint: Path
) -> tuple[float, Progress]:
    """Train, going on from `checkpoint` if there is one; the temperature is fitted on the val rows."""
    network = recipe.network.to(device)
    train, val = recipe.examples.take(parts["train"]), recipe.examples.take(parts["val"])
    progress = fit(
        network,
        recipe.optimizer,
        EmotionsOfUtterances(train, val, batch_size=recipe.batch_size, seed=dials.seed, device=device),
        device=device,
        seed=dials.seed,
        epochs=recipe.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
        schedule=recipe.schedule,
        clip_norm=recipe.clip_norm,
        item="utterances",
    )
    return fit_temperature(all_logits(network, val, device).numpy(), one_hot(val.labels.numpy())), progress


def scores(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """The figures of either classifier on utterances with known emotion."""
    said_of_truth = probabilities[np.arange(len(labels)), labels]
    return accuracies(labels, probabilities) | {
        "cross_entropy": float(-np.log(said_of_truth.clip(1e-7)).mean()),
        "calibration_error": expected_calibration_error(probabilities, one_hot(labels)),
    }


def unseen(labels: np.ndarray) -> list[str]:
    """The emotions that no training utterance has: no classifier learns to say them."""
    return [emotion for label, emotion in enumerate(EMOTIONS) if label not in labels]


def tell(arch: str, figures: dict[str, Any], progress: Progress, never: list[str]) -> str:
    """The closing line, which names what the figures alone do not show."""
    return (
        f"{arch} after epoch {progress.best_epoch} of {progress.epoch}, right on {figures['test']['accuracy']:.1%} "
        f"of {figures['rows']['test']:,} test utterances (TF-IDF: {figures['tfidf']['test']['accuracy']:.1%})"
        + (f", without a training utterance of {', '.join(never)}" if never else "")
    )


if __name__ == "__main__":
    run(__doc__, main)
