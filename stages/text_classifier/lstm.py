"""Word vectors, an LSTM over them, the maximum over time, a logit for each emotion (as ArtEmis, section 4.2).

Batches hold utterances of similar length, so their little padding costs less than packed sequences would.
Padding never reaches the maximum: it is masked with minus infinity, so an utterance's logits do not depend on its
batch. ArtEmis masks with zero, which removes negative features of all but the longest utterance of a batch;
`reference_pooling` reproduces that for its checkpoints.

Beside the LSTM, the sum of the word vectors may reach the logits directly (`bag`): a linear model of single words
learns from few rows, and the LSTM then learns only the rest. The sum is divided by the square root of the length,
since the norm of a sum of independent vectors grows that way.

Word vectors are learned, or read from a GloVe file (Pennington et al., 2014) and frozen.
"""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.optim.lr_scheduler import MultiStepLR

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.text_classifier.glove import glove_vectors
from stages.text_classifier.interface import EmotionNetwork, Examples, Recipe, linear_schedule
from stages.text_classifier.params import Lstm
from stages.text_classifier.reader import WordReader, Words
from stages.utterances.vocabulary import PAD, UNK, Vocabulary

# Standard deviation of the initial word vectors.
INITIAL_SCALE = 0.1
# Size of the layer before the logits, as in ArtEmis.
HEAD = 100
# ArtEmis halves its learning rate after these epochs.
MILESTONES = (10, 20, 30)


class LSTMClassifier(EmotionNetwork):
    """Word ids (N, T) and their lengths (N,) -> logits (N, C).

    Args:
        words: size of the vocabulary.
        embedding, hidden, head: sizes of the word vectors E, the LSTM state H and the layer before the logits.
        dropout: rate before each linear layer but the first one of the head.
        word_dropout: share of words replaced by <unk> during training.
        bag: add a linear classifier on the sum of the word vectors.
        reference_pooling: mask padding with zero, as ArtEmis.
    """

    def __init__(
        self,
        *,
        words: int,
        embedding: int,
        hidden: int,
        dropout: float,
        head: int = HEAD,
        word_dropout: float = 0.0,
        bag: bool = False,
        reference_pooling: bool = False,
        emotions: int = len(ARTEMIS),
    ) -> None:
        super().__init__()
        sizes = {"words": words, "embedding": embedding, "hidden": hidden, "head": head}
        rates = {"dropout": dropout, "word_dropout": word_dropout}
        self.settings = sizes | rates | {"bag": bag, "reference_pooling": reference_pooling}
        self.word_dropout = word_dropout
        self.padding = 0.0 if reference_pooling else -torch.inf
        self.embed = nn.Embedding(words, embedding, padding_idx=PAD)
        # Small at first: a long initial vector that misleads takes many updates to correct.
        nn.init.normal_(self.embed.weight, std=INITIAL_SCALE)
        self.embed.weight.data[PAD] = 0
        self.project = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(embedding, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden)
        )
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(hidden, head),
            nn.BatchNorm1d(head),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(head, emotions),
        )
        self.bag = nn.Sequential(nn.Dropout(dropout), nn.Linear(embedding, emotions)) if bag else None

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        if self.training and self.word_dropout:
            ids = ids.masked_fill(torch.rand(ids.shape, device=ids.device) < self.word_dropout, UNK)
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]  # (N, T)
        vectors = self.embed(ids)  # (N, T, E)
        states, _ = self.lstm(self.project(vectors))  # (N, T, H)
        logits = self.head(states.masked_fill(~inside[..., None], self.padding).amax(1))  # (N, C)
        if self.bag is not None:
            total = (vectors * inside[..., None]).sum(1)  # (N, E)
            logits = logits + self.bag(total / lengths[:, None].sqrt())
        return cast(Tensor, logits)

    def config(self) -> dict[str, Any]:
        return {"arch": "lstm", "lstm": self.settings}


def rebuilt(config: dict[str, Any]) -> tuple[LSTMClassifier, WordReader]:
    """The network, without its weights, and the reader of a config.json."""
    return LSTMClassifier(**config["lstm"], emotions=len(config["emotions"])), WordReader(
        Vocabulary(config["vocabulary"])
    )


def recipe(config: Lstm, utterances: pd.DataFrame, table: Path, seed: int, emotions: int) -> Recipe:
    """Adam on the words of the train split, with learned word vectors or with frozen ones of a GloVe file."""
    words = Words.read(table)
    vocabulary = words.vocabulary((utterances["split"] == "train").to_numpy(), config.min_count)
    ids, lengths = words.encode(vocabulary)
    labels = utterances["emotion_label"].to_numpy(np.int64)
    examples = Examples(*map(torch.from_numpy, (ids, lengths.astype(np.int64), labels.copy())))
    network = LSTMClassifier(
        words=len(vocabulary),
        embedding=config.embedding,
        hidden=config.hidden,
        dropout=config.dropout,
        word_dropout=config.word_dropout,
        bag=config.bag,
        emotions=emotions,
    )
    files: tuple[Path, ...] = ()
    if config.glove != "none":
        files = (Path(config.glove),)
        vectors, known = glove_vectors(Path(config.glove), vocabulary.words, config.embedding, seed)
        if not known:
            raise UserError(
                f"{config.glove}: has no word of the vocabulary; each line must be a word and its numbers, separated "
                "by spaces; choose another text_classifier.lstm.glove, or none"
            )
        freeze_vectors(network, torch.from_numpy(vectors))
        print(f"  {config.glove}: frozen vectors of {known:,} of {len(vocabulary):,} words")
    optimizer = Adam([weight for weight in network.parameters() if weight.requires_grad], lr=config.learning_rate)
    schedule = linear_schedule(optimizer, config.epochs)
    if config.schedule == "artemis":
        schedule = MultiStepLR(optimizer, MILESTONES, gamma=0.5)
    reader = WordReader(vocabulary)
    return Recipe(network, reader, examples, optimizer, schedule, config.batch_size, config.epochs, files)


def freeze_vectors(model: LSTMClassifier, vectors: Tensor) -> None:
    """Set the word vectors to `vectors` (words, embedding) and exclude them from training."""
    with torch.no_grad():
        model.embed.weight.copy_(vectors)
    model.embed.weight.requires_grad_(False)
