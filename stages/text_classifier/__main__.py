"""text_classifier: learn to tell the emotion from an utterance.

Trains an LSTM on the train split of utterances@deep_nets, stops by the val split, and
reports on the test split; beside it TF-IDF with logistic regression, the baseline that
the LSTM's figures should be read against. Makes data/text_classifier/ (weights and
config of both) and reports/text_classifier/.
"""

from pathlib import Path
from typing import Any

import pandas as pd
import torch

from stages.common import scratch
from stages.common.device import describe, prepare
from stages.common.emotions import EMOTIONS
from stages.common.launch import run
from stages.common.params import load
from stages.common.tables import replacing, write_json
from stages.common.training import Progress, clear, fit
from stages.text_classifier import classifier, tfidf
from stages.text_classifier.classifier import TextClassifier
from stages.text_classifier.learning import EmotionsOfUtterances, examples_of
from stages.text_classifier.model import LSTMClassifier
from stages.text_classifier.params import Params
from stages.text_classifier.scores import confusion, scores
from stages.utterances.tables import load_utterances, table_path, vocabulary_path
from stages.utterances.vocabulary import Vocabulary

REPORTS = Path("reports/text_classifier")
PROFILE = "deep_nets"


def main() -> str:
    params = load(Params)
    device = prepare(params.device, params.text_classifier.seed)
    utterances = load_utterances(PROFILE)
    train, val, test = (utterances[utterances["split"] == split] for split in ("train", "val", "test"))
    baseline = tfidf.fit(train["tokens"].to_list(), train["emotion_label"].to_numpy())
    tfidf.save(baseline)
    checkpoint = scratch.folder(
        "text_classifier", params, [table_path(PROFILE), vocabulary_path(PROFILE)], describe(device)
    )
    trained, progress = train_lstm(params, train, val, device, checkpoint)
    classifier.save(trained)
    figures: dict[str, Any] = {
        "test": evaluate(trained, test),
        "val": evaluate(trained, val) | {"cross_entropy": progress.best_loss},
        "tfidf": {"test": evaluate(baseline, test), "val": evaluate(baseline, val)},
        "rows": {"train": len(train), "val": len(val), "test": len(test)},
        "best_epoch": progress.best_epoch,
        "emotions_without_training_rows": len(unseen(train)),
    }
    write_json(figures, REPORTS / "metrics.json")
    save_confusion(trained, test, REPORTS / "confusion.csv")
    clear(checkpoint)
    return tell(figures, progress, unseen(train))


def train_lstm(
    params: Params, train: pd.DataFrame, val: pd.DataFrame, device: torch.device, checkpoint: Path
) -> tuple[TextClassifier, Progress]:
    """Train the network that `params` describe, going on from `checkpoint` if there is one."""
    dials = params.text_classifier
    vocabulary = Vocabulary.load(vocabulary_path(PROFILE))
    model = LSTMClassifier(
        words=len(vocabulary), embedding=dials.embedding, hidden=dials.hidden, dropout=dials.dropout
    ).to(device)
    progress = fit(
        model,
        torch.optim.Adam(model.parameters(), lr=dials.learning_rate),
        EmotionsOfUtterances(
            examples_of(train), examples_of(val), batch_size=dials.batch_size, seed=dials.seed, device=device
        ),
        device=device,
        seed=dials.seed,
        epochs=dials.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
    )
    return TextClassifier(model, vocabulary, device), progress


def evaluate(judge: TextClassifier | tfidf.TfidfClassifier, rows: pd.DataFrame) -> dict[str, float]:
    """The scores of either classifier on utterances with known emotion."""
    return scores(rows["emotion_label"].to_numpy(), judge.predict_tokens(rows["tokens"].to_list()))


def save_confusion(judge: TextClassifier, rows: pd.DataFrame, path: Path) -> None:
    """One line per utterance, its emotion and the predicted one, for `dvc plots`."""
    pairs = confusion(rows["emotion_label"].to_numpy(), judge.predict_tokens(rows["tokens"].to_list()))
    with replacing(path) as beside:
        beside.write_text(
            "actual,predicted\n" + "".join(f"{actual},{said}\n" for actual, said in pairs), encoding="utf-8"
        )


def unseen(train: pd.DataFrame) -> list[str]:
    """The emotions that no training utterance has: no classifier will ever say them."""
    return [emotion for emotion in EMOTIONS if emotion not in set(train["emotion"])]


def tell(figures: dict[str, Any], progress: Progress, never: list[str]) -> str:
    """The closing line, which names what the figures alone do not show."""
    return (
        f"LSTM after epoch {progress.best_epoch} of {progress.epoch}, right on {figures['test']['accuracy']:.1%} "
        f"of {figures['rows']['test']:,} test utterances (TF-IDF: {figures['tfidf']['test']['accuracy']:.1%})"
        + (f", without a training utterance of {', '.join(never)}" if never else "")
    )


if __name__ == "__main__":
    run(__doc__, main)
