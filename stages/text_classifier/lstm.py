"""Word vectors, an LSTM over them, the maximum over time, a logit for each emotion (as ArtEmis, section 4.2).

Batches hold utterances of similar length, so their little padding costs less than packed sequences would.
Padding never reaches the maximum: it is masked with minus infinity, so an utterance's logits do not depend on its
batch. ArtEmis masks with zero, which removes negative features of all but the longest utterance of a batch;
`reference_pooling` reproduces that for its checkpoints.

The vector of a word is learned with it and, with `parts`, the sum of the vectors of its parts is added: a word that
is rare or absent in training gets a vector from words that are written alike. The parts of the distinct words of a
batch are summed once. `word_dropout` hides words and keeps their parts, so that the network learns to read them alone.

Beside the LSTM, the sum of the word vectors may reach the logits directly (`bag`): a linear model of single words
learns from few rows, and the LSTM then learns only the rest.

Both sums are divided by the square root of the number of their vectors, since the norm of a sum of independent vectors
grows that way.

Instead of being learned, the vectors of words may be read from a GloVe file (Pennington et al., 2014) and frozen.
"""

from pathlib import Path
from typing import Any, cast

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam
from torch.optim.lr_scheduler import MultiStepLR

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.text_classifier.glove import glove_vectors
from stages.text_classifier.interface import EmotionNetwork, Lexicon, Recipe, linear_schedule
from stages.text_classifier.params import Lstm
from stages.text_classifier.reader import WordReader, Words
from stages.text_classifier.word_parts import shared_parts
from stages.utterances.vocabulary import PAD, SPECIALS, UNK, Vocabulary

# Standard deviation of the initial word vectors.
INITIAL_SCALE = 0.1
# Size of the layer before the logits, as in ArtEmis.
HEAD = 100
# ArtEmis halves its learning rate after these epochs.
MILESTONES = (10, 20, 30)


class LSTMClassifier(EmotionNetwork):
    """Word ids (N, T) and their lengths (N,), with a lexicon if words have parts -> logits (N, C).

    Args:
        words: size of the vocabulary.
        parts: number of known parts of words; 0 reads words alone.
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
        parts: int = 0,
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
        sizes = {"words": words, "parts": parts, "embedding": embedding, "hidden": hidden, "head": head}
        rates = {"dropout": dropout, "word_dropout": word_dropout}
        self.settings = sizes | rates | {"bag": bag, "reference_pooling": reference_pooling}
        self.word_dropout = word_dropout
        self.padding = 0.0 if reference_pooling else -torch.inf
        self.embed = nn.Embedding(words, embedding, padding_idx=PAD)
        # Small at first: a long initial vector that misleads takes many updates to correct.
        nn.init.normal_(self.embed.weight, std=INITIAL_SCALE)
        self.embed.weight.data[PAD] = 0
        self.embed_parts = nn.EmbeddingBag(parts, embedding, mode="sum", include_last_offset=True) if parts else None
        if self.embed_parts is not None:
            nn.init.normal_(self.embed_parts.weight, std=INITIAL_SCALE)
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

    def forward(self, ids: Tensor, lengths: Tensor, lexicon: Lexicon | None = None) -> Tensor:
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]  # (N, T)
        vectors = self._vectors(ids, lexicon)  # (N, T, E)
        states, _ = self.lstm(self.project(vectors))  # (N, T, H)
        logits = self.head(states.masked_fill(~inside[..., None], self.padding).amax(1))  # (N, C)
        if self.bag is not None:
            total = (vectors * inside[..., None]).sum(1)  # (N, E)
            logits = logits + self.bag(total / lengths[:, None].sqrt())
        return cast(Tensor, logits)

    def _vectors(self, ids: Tensor, lexicon: Lexicon | None) -> Tensor:
        """(N, T, E)."""
        words = ids if lexicon is None else lexicon.words[ids]
        if self.training and self.word_dropout:
            words = words.masked_fill(torch.rand(words.shape, device=words.device) < self.word_dropout, UNK)
        vectors = self.embed(words)
        if self.embed_parts is not None and lexicon is not None:
            counts = lexicon.starts.diff().clamp(min=1)[:, None]
            of_parts = self.embed_parts(lexicon.parts, lexicon.starts) / counts.sqrt()  # (D, E)
            vectors = vectors + functional.embedding(ids, of_parts)
        return vectors

    def config(self) -> dict[str, Any]:
        return {"arch": "lstm", "lstm": self.settings}


def rebuilt(config: dict[str, Any]) -> tuple[LSTMClassifier, WordReader]:
    """The network, without its weights, and the reader of a config.json."""
    reader = WordReader(Vocabulary(config["vocabulary"]), config.get("parts", ()))
    return LSTMClassifier(**config["lstm"], emotions=len(config["emotions"])), reader


def recipe(config: Lstm, utterances: pd.DataFrame, table: Path, seed: int, emotions: int) -> Recipe:
    """Adam on the words of the train split, with learned word vectors or with frozen ones of a GloVe file."""
    words = Words.read(table)
    vocabulary = words.vocabulary((utterances["split"] == "train").to_numpy(), config.min_count)
    parts = shared_parts(vocabulary.words[len(SPECIALS) :]) if config.parts else []
    reader = WordReader(vocabulary, parts)
    network = LSTMClassifier(
        words=len(vocabulary),
        parts=len(parts),
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
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    # Fused, since most weights are word vectors, on which plain Adam spends half the time of an update.
    optimizer = Adam(weights, lr=config.learning_rate, fused=True)
    schedule = linear_schedule(optimizer, config.epochs)
    if config.schedule == "artemis":
        schedule = MultiStepLR(optimizer, MILESTONES, gamma=0.5)
    return Recipe(
        network,
        reader,
        reader.encode(words, utterances["emotion_label"].to_numpy()),
        optimizer,
        schedule,
        config.batch_size,
        config.epochs,
        files,
        label_smoothing=config.label_smoothing,
    )


def freeze_vectors(model: LSTMClassifier, vectors: Tensor) -> None:
    """Set the word vectors to `vectors` (words, embedding) and exclude them from training."""
    with torch.no_grad():
        model.embed.weight.copy_(vectors)
    model.embed.weight.requires_grad_(False)
