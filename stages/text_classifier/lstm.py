"""Word vectors, an LSTM over them, the maximum over time, nine logits (as ArtEmis, section 4.2).

Batches hold utterances of like length, so what little padding they have costs less than
packed sequences do. It never reaches the maximum: it is masked with minus infinity, and
an utterance's logits are the same in every batch. ArtEmis masks with zero, by which all
but the longest utterance of a batch lose their negative features; `reference_pooling`
does so too, for its checkpoints.

Beside the LSTM, the sum of the word vectors may reach the logits directly (`bag`): a
linear model of single words learns from few rows, and what it knows the LSTM need not
learn. The sum is divided by the square root of the length, as independent words add up.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn

from stages.common.emotions import EMOTIONS
from stages.text_classifier.reader import EmotionNetwork
from stages.utterances.vocabulary import PAD, UNK

FIRST_VECTORS = 0.1
# Size of the layer before the logits, as in ArtEmis.
HEAD = 100


class LSTMClassifier(EmotionNetwork):
    """Word ids (N, T) and their lengths (N,) -> logits (N, 9).

    Args:
        words: size of the vocabulary.
        embedding, hidden, head: sizes of word vectors, LSTM state and the layer before the logits.
        dropout: share of units dropped before each linear layer while training.
        word_dropout: share of words that training takes for unknown ones.
        bag: whether the sum of the word vectors reaches the logits too.
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
    ) -> None:
        super().__init__()
        sizes = {"words": words, "embedding": embedding, "hidden": hidden, "head": head}
        rates = {"dropout": dropout, "word_dropout": word_dropout}
        self.settings = sizes | rates | {"bag": bag, "reference_pooling": reference_pooling}
        self.word_dropout = word_dropout
        self.padding = 0.0 if reference_pooling else -torch.inf
        self.embed = nn.Embedding(words, embedding, padding_idx=PAD)
        # Small at first: a vector that was drawn too long for its word takes long to unlearn.
        nn.init.normal_(self.embed.weight, std=FIRST_VECTORS)
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
            nn.Linear(head, len(EMOTIONS)),
        )
        self.bag = nn.Sequential(nn.Dropout(dropout), nn.Linear(embedding, len(EMOTIONS))) if bag else None

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        if self.training and self.word_dropout:
            ids = ids.masked_fill(torch.rand(ids.shape, device=ids.device) < self.word_dropout, UNK)
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]  # (N, T)
        vectors = self.embed(ids)  # (N, T, E)
        states, _ = self.lstm(self.project(vectors))  # (N, T, H)
        logits = self.head(states.masked_fill(~inside[..., None], self.padding).amax(1))
        if self.bag is not None:
            total = (vectors * inside[..., None]).sum(1)  # (N, E)
            logits = logits + self.bag(total / lengths[:, None].sqrt())
        return cast(Tensor, logits)

    def config(self) -> dict[str, Any]:
        return {"arch": "lstm", "lstm": self.settings}


def freeze_vectors(model: LSTMClassifier, vectors: Tensor) -> None:
    """Give the words these vectors (words, embedding), which training leaves as they are."""
    with torch.no_grad():
        model.embed.weight.copy_(vectors)
    model.embed.weight.requires_grad_(False)
