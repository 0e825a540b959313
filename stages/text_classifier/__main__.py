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
import pandas as pd
import torch

from stages.common import scratch
from stages.common.calibration import expected_calibration_error, fit_temperature
from stages.common.device import describe, prepare
from stages.common.emotions import EMOTIONS
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.tables import write_json
from stages.common.training import Progress, clear, fit
from stages.histograms.probabilities import save_probabilities
from stages.histograms.scores import accuracies, auc, confusion, one_hot, save_confusion
from stages.text_classifier import classifier, tfidf, training
from stages.text_classifier.classifier import FOLDER, TextClassifier
from stages.text_classifier.learning import EmotionsOfUtterances, all_logits, balanced
from stages.text_classifier.params import Params
from stages.utterances.tables import load_utterances, table_path, vocabulary_path
from stages.utterances.tokenizer import Tokenizer, tokenizer_path
from stages.utterances.vocabulary import Vocabulary

REPORTS = Path("reports/text_classifier")
PROFILE = "deep_nets"
TABLE, WORDS = table_path(PROFILE), vocabulary_path(PROFILE)
LEARNT_FROM = ("train", "val", "test")
# What the table of probabilities tells of each utterance, in the order of the utterances table.
KEPT = ["art_style", "painting", "emotion", "split", "utterance"]


def main() -> str:
    params = load(Params)
    device = prepare(params.device, params.text_classifier.seed)
    utterances = load_utterances(PROFILE)
    labels, split = utterances["emotion_label"].to_numpy(), utterances["split"].to_numpy()
    if empty := [name for name in LEARNT_FROM if name not in split]:
        raise UserError(f"{TABLE}: no utterance is in the split {' or '.join(empty)}; more artworks are needed")
    baseline = tfidf.fit(utterances["tokens"][split == "train"].to_list(), labels[split == "train"])
    tfidf.save(baseline)
    checkpoint = scratch.folder(
        "text_classifier", params, [TABLE, WORDS, *training.files(params.text_classifier)], describe(device)
    )
    trained, said, progress = learn(params, utterances, device, checkpoint)
    classifier.save(trained)
    save_probabilities(utterances[KEPT], said, FOLDER / "probabilities.parquet")
    by_words = baseline.predict_tokens(utterances["tokens"].to_list())
    parts = {name: split == name for name in LEARNT_FROM}
    figures = {
        **{name: scores(labels[parts[name]], said[parts[name]]) for name in ("test", "val")},
        "tfidf": {name: scores(labels[parts[name]], by_words[parts[name]]) for name in ("test", "val")},
        "auc": auc(one_hot(labels[parts["test"]]), said[parts["test"]]),
        "temperature": trained.temperature,
        "rows": {name: int(chosen.sum()) for name, chosen in parts.items()},
        "best_epoch": progress.best_epoch,
        "emotions_without_training_rows": len(unseen(utterances)),
    }
    write_json(figures, REPORTS / "metrics.json")
    save_confusion(confusion(labels[parts["test"]], said[parts["test"]]), REPORTS / "confusion.csv")
    clear(checkpoint)
    return tell(params.text_classifier.arch, figures, progress, unseen(utterances))


def learn(
    params: Params, utterances: pd.DataFrame, device: torch.device, checkpoint: Path
) -> tuple[TextClassifier, np.ndarray, Progress]:
    """Train and calibrate, going on from `checkpoint` if there is one; the probabilities of all rows (N, 9) beside."""
    dials = params.text_classifier
    student = training.student(dials, utterances, TABLE, Vocabulary.load(WORDS))
    train, val = (student.examples.take((utterances["split"] == name).to_numpy()) for name in ("train", "val"))
    progress = fit(
        student.network.to(device),
        student.optimizer,
        EmotionsOfUtterances(
            train,
            val,
            batch_size=student.batch_size,
            seed=dials.seed,
            device=device,
            weights=balanced(train.labels) if dials.class_weights == "balanced" else None,
        ),
        device=device,
        seed=dials.seed,
        epochs=student.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
        schedule=student.schedule,
        clip_norm=student.clip_norm,
    )
    temperature = fit_temperature(all_logits(student.network, val, device).numpy(), one_hot(val.labels.numpy()))
    tokenizer = Tokenizer.load(tokenizer_path(PROFILE))
    trained = TextClassifier(student.network, student.reader, device, temperature, tokenizer)
    return trained, trained.predict_examples(student.examples), progress


def scores(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """The figures of either classifier on utterances with known emotion."""
    said_of_truth = probabilities[np.arange(len(labels)), labels]
    return accuracies(labels, probabilities) | {
        "cross_entropy": float(-np.log(said_of_truth.clip(1e-7)).mean()),
        "calibration_error": expected_calibration_error(probabilities, one_hot(labels)),
    }


def unseen(utterances: pd.DataFrame) -> list[str]:
    """The emotions that no training utterance has: no classifier will ever say them."""
    seen = set(utterances["emotion"][utterances["split"] == "train"])
    return [emotion for emotion in EMOTIONS if emotion not in seen]


def tell(arch: str, figures: dict[str, Any], progress: Progress, never: list[str]) -> str:
    """The closing line, which names what the figures alone do not show."""
    return (
        f"{arch} after epoch {progress.best_epoch} of {progress.epoch}, right on {figures['test']['accuracy']:.1%} "
        f"of {figures['rows']['test']:,} test utterances (TF-IDF: {figures['tfidf']['test']['accuracy']:.1%})"
        + (f", without a training utterance of {', '.join(never)}" if never else "")
    )


if __name__ == "__main__":
    run(__doc__, main)
