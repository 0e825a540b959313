"""The two networks as `arch` names them: how each is made, fed, and brought to learn."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch.optim import Adam, Optimizer, RAdam
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, MultiStepLR

from stages.text_classifier.learning import Examples
from stages.text_classifier.lstm import LSTMClassifier, freeze_vectors
from stages.text_classifier.params import Lstm, TextClassifier, Transformer
from stages.text_classifier.reading import EmotionNetwork, Reader, WordReader
from stages.utterances.glove import glove_vectors
from stages.utterances.vocabulary import Vocabulary

# ArtEmis halves its learning rate after these epochs.
MILESTONES = (10, 20, 30)
WEIGHT_DECAY = 0.01
CLIP_NORM = 1.0


@dataclass(frozen=True)
class Student:
    """A network that has still to learn, what it reads, and how it learns; `examples` are all rows of the table."""

    network: EmotionNetwork
    reader: Reader
    examples: Examples
    optimizer: Optimizer
    schedule: LRScheduler
    batch_size: int
    epochs: int
    clip_norm: float | None = None


def student(dials: TextClassifier, utterances: pd.DataFrame, table: Path, words: Vocabulary) -> Student:
    """What `dials.arch` asks for, on the CPU.

    Args:
        table: the file of the same `utterances`.
        words: the vocabulary in which the file is encoded.
    """
    if dials.arch == "lstm":
        return _lstm(dials.lstm, table, words, dials.seed)
    return _transformer(dials.transformer, utterances)


def files(dials: TextClassifier) -> list[Path]:
    """The files that the dials name: a checkpoint depends on what is in them."""
    if dials.arch == "lstm":
        return [Path(dials.lstm.glove)] if dials.lstm.glove != "none" else []
    folder = Path(dials.transformer.encoder)
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _lstm(dials: Lstm, table: Path, words: Vocabulary, seed: int) -> Student:
    network = LSTMClassifier(
        words=len(words),
        embedding=dials.embedding,
        hidden=dials.hidden,
        head=dials.head,
        dropout=dials.dropout,
        word_dropout=dials.word_dropout,
        bag=dials.bag,
        reference_pooling=dials.reference_pooling,
    )
    if dials.glove != "none":
        vectors, found = glove_vectors(Path(dials.glove), words.words, dials.embedding, seed)
        freeze_vectors(network, torch.from_numpy(vectors))
        print(f"  {dials.glove} knows {found:,} of {len(words):,} words; their vectors stay as they are")
    learnt = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = Adam(learnt, lr=dials.learning_rate)
    schedule = linear(optimizer, dials.epochs)
    if dials.schedule == "artemis":
        schedule = MultiStepLR(optimizer, MILESTONES, gamma=0.5)
    reader, examples = WordReader(words), Examples.encoded(table)
    return Student(network, reader, examples, optimizer, schedule, dials.batch_size, dials.epochs)


def _transformer(dials: Transformer, utterances: pd.DataFrame) -> Student:
    # Only here, since loading transformers takes seconds.
    from stages.text_classifier.transformer import pretrained

    network, reader = pretrained(dials.encoder)
    # RAdam needs no warm-up (Liu et al., 2020), so that the rate may fall by epochs alone.
    optimizer = RAdam(
        network.parameters(), lr=dials.learning_rate, weight_decay=WEIGHT_DECAY, decoupled_weight_decay=True
    )
    examples = Examples.read(reader, utterances["tokens"].to_list(), utterances["emotion_label"].to_numpy())
    schedule = linear(optimizer, dials.epochs)
    return Student(network, reader, examples, optimizer, schedule, dials.batch_size, dials.epochs, CLIP_NORM)


def linear(optimizer: Optimizer, epochs: int) -> LRScheduler:
    """The rate falls by the same step after each epoch; one more would have none."""
    return LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / epochs))
