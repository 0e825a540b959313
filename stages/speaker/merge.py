"""The merge model of the CNN-RNN study (Tanti et al., 2018): the picture joins the words after the LSTM, not before.

Picture: dropout -> dense. Words: embedding -> dropout -> LSTM. Their sum -> dense -> word
scores. A grounded one adds a third branch, emotion -> dense. The picture is one vector, so
that there is nothing to attend to: attention is the same everywhere.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence
from torch.optim import Adam

from stages.common.emotions import EMOTIONS
from stages.learning.backbones import Backbone
from stages.speaker import params
from stages.speaker.interface import Network, Recipe, State, Taught

# As in the CNN-RNN study: the share that dropout hides, and Adam's learning rate.
DROPOUT, LEARNING_RATE = 0.5, 0.001


class Merge(Network):
    """See `interface.Speaker`; the backbone is frozen, and its features may be computed beforehand.

    Args:
        hidden: size of the word vectors, of the LSTM's state, of each branch and of the layer behind their sum.
        dropout: share of the picture's features, and of the word vectors' values, that training hides.
    """

    starts_from_frequencies = False

    def __init__(
        self, *, backbone: Backbone, vocabulary: int, hidden: int, grounded: bool, dropout: float = DROPOUT
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.backbone.tune("head")
        self.grounded = grounded
        self.dropout = nn.Dropout(dropout)
        self.picture = nn.Linear(backbone.channels, hidden)
        self.emotion = nn.Linear(len(EMOTIONS), hidden) if grounded else None
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.joined = nn.Linear(hidden, hidden)
        self.words = nn.Linear(hidden, vocabulary)

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, 1, C)."""
        return cast(Tensor, self.backbone(pixels))

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """State: what the picture (and the emotion) say (N, H), hidden (N, H), cell (N, H), attention (N, places)."""
        shares = self.told(emotion, features)
        seen = functional.relu(self.picture(self.dropout(features.mean(1))))  # (N, H)
        if self.emotion is not None and shares is not None:
            seen = seen + functional.relu(self.emotion(shares))
        nothing = torch.zeros_like(seen)
        places = features.shape[1]
        return seen, nothing, nothing, seen.new_full((len(seen), places), 1 / places, dtype=torch.float32)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places)."""
        seen, hidden, cell, attention = state
        before = hidden[None].contiguous(), cell[None].contiguous()
        _, (hidden, cell) = self.lstm(self.dropout(self.embedding(tokens[:, None])), before)
        return self._score(seen, hidden[0]), (seen, hidden[0], cell[0], attention), attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """Teacher forcing: the LSTM reads each caption once, and every prefix of it is a state on the way."""
        seen, _, _, attention = self.start(features, emotion)
        lengths = lengths.cpu()
        # Padding is read, too: on a CPU, packed sequences cost half as much again as that.
        read, _ = self.lstm(self.dropout(self.embedding(tokens[:, :-1])))  # (B, L - 1, H)
        said = pack_padded_sequence(read, lengths, batch_first=True)
        caption = torch.cat([torch.arange(count) for count in said.batch_sizes.tolist()])  # (words,)
        targets = pack_padded_sequence(tokens[:, 1:], lengths, batch_first=True).data
        total = attention * lengths.to(attention.device)[:, None]
        return Taught(self._score(seen[caption.to(seen.device)], said.data), targets, total)

    def _score(self, seen: Tensor, said: Tensor) -> Tensor:
        """What is seen and what has been said, (N, H) each -> logits (N, V)."""
        return cast(Tensor, self.words(functional.relu(self.joined(seen + said))))


def recipe(dials: params.Merge, model: Merge, updates: int) -> Recipe:
    """As in the CNN-RNN study: Adam alone; the encoder is frozen."""
    trained = [value for value in model.parameters() if value.requires_grad]
    return Recipe(Adam(trained, lr=LEARNING_RATE, fused=True), None, dials.batch_size, dials.epochs)
