"""How each network is made, fed and brought to learn, as `arch` names it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.optim import Adam, Optimizer, RAdam
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, MultiStepLR

from stages.text_classifier.glove import glove_vectors
from stages.text_classifier.lstm import LSTMClassifier, freeze_vectors
from stages.text_classifier.params import Lstm, TextClassifier, Transformer
from stages.text_classifier.reader import EmotionNetwork, Reader, WordReader, Words
from stages.text_classifier.task import Examples

# ArtEmis halves its learning rate after these epochs.
MILESTONES = (10, 20, 30)
WEIGHT_DECAY = 0.01
CLIP_NORM = 1.0


@dataclass(frozen=True)
class Recipe:
    """A network that has still to learn, what it reads, and how it learns; `examples` are all rows of the table."""

    network: EmotionNetwork
    reader: Reader
    examples: Examples
    optimizer: Optimizer
    schedule: LRScheduler
    batch_size: int
    epochs: int
    # Files that the params name: a checkpoint depends on what is in them.
    files: tuple[Path, ...] = ()
    clip_norm: float | None = None


def recipe_of(dials: TextClassifier, utterances: pd.DataFrame, table: Path) -> Recipe:
    """What `dials.arch` asks for, on the CPU; `table` is the file of the same `utterances`."""
    if dials.arch == "lstm":
        return _lstm(dials.lstm, utterances, table, dials.seed)
    return _transformer(dials.transformer, utterances)


def _lstm(dials: Lstm, utterances: pd.DataFrame, table: Path, seed: int) -> Recipe:
    said = Words.read(table)
    words = said.vocabulary((utterances["split"] == "train").to_numpy(), dials.min_count)
    ids, lengths = said.encode(words)
    labels = utterances["emotion_label"].to_numpy(np.int64)
    examples = Examples(*map(torch.from_numpy, (ids, lengths.astype(np.int64), labels.copy())))
    network = LSTMClassifier(
        words=len(words),
        embedding=dials.embedding,
        hidden=dials.hidden,
        dropout=dials.dropout,
        word_dropout=dials.word_dropout,
        bag=dials.bag,
    )
    files: tuple[Path, ...] = ()
    if dials.glove != "none":
        files = (Path(dials.glove),)
        vectors, found = glove_vectors(Path(dials.glove), words.words, dials.embedding, seed)
        freeze_vectors(network, torch.from_numpy(vectors))
        print(f"  {dials.glove} knows {found:,} of {len(words):,} words; their vectors stay as they are")
    learnt = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = Adam(learnt, lr=dials.learning_rate)
    schedule = linear(optimizer, dials.epochs)
    if dials.schedule == "artemis":
        schedule = MultiStepLR(optimizer, MILESTONES, gamma=0.5)
    return Recipe(network, WordReader(words), examples, optimizer, schedule, dials.batch_size, dials.epochs, files)


def _transformer(dials: Transformer, utterances: pd.DataFrame) -> Recipe:
    # Only here, since loading transformers takes seconds.
    from stages.text_classifier.transformer import pretrained

    network, reader = pretrained(dials.encoder)
    # RAdam needs no warm-up (Liu et al., 2020), so that the rate may fall by epochs alone.
    optimizer = RAdam(
        network.parameters(), lr=dials.learning_rate, weight_decay=WEIGHT_DECAY, decoupled_weight_decay=True
    )
    examples = Examples.read(reader, utterances["tokens"].to_list(), utterances["emotion_label"].to_numpy())
    schedule = linear(optimizer, dials.epochs)
    files = tuple(sorted(path for path in Path(dials.encoder).glob("*") if path.is_file()))
    return Recipe(network, reader, examples, optimizer, schedule, dials.batch_size, dials.epochs, files, CLIP_NORM)


def linear(optimizer: Optimizer, epochs: int) -> LRScheduler:
    """The rate falls by the same step after each epoch; one more would have none."""
    return LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / epochs))
