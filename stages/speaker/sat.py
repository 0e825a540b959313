"""Show, Attend and Tell (Xu et al., 2015), as ArtEmis uses it (section 4.3), plain or emotionally grounded."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam
from torch.optim.lr_scheduler import ReduceLROnPlateau

from stages.common.emotions import EMOTIONS
from stages.learning.backbones import Backbone
from stages.speaker.interface import Network, Recipe, State, Taught
from stages.speaker.params import Sat

# As in ArtEmis: the largest norm of the gradient, and how the learning rates fall when
# the validation likelihood stops improving.
CLIP_NORM = 5.0
LR_FACTOR, LR_PATIENCE, LR_LEAST = 0.5, 2, 5e-7


class Attention(nn.Module):
    """Additive attention: which places of the picture matter, given what has been said."""

    def __init__(self, *, features: int, hidden: int, inner: int) -> None:
        super().__init__()
        self.from_features = nn.Linear(features, inner)
        self.from_hidden = nn.Linear(hidden, inner)
        self.score = nn.Linear(inner, 1)

    def forward(self, projected: Tensor, hidden: Tensor) -> Tensor:
        """`from_features(features)` (N, places, inner), hidden (N, H) -> weights (N, places) that add up to 1."""
        inner = functional.relu(projected + self.from_hidden(hidden)[:, None], inplace=True)
        scores = self.score(inner)  # (N, places, 1)
        # In float32 whatever the precision: sums over many words are held against their number.
        return functional.softmax(scores.squeeze(-1), -1, dtype=torch.float32)


class ShowAttendTell(Network):
    """An LSTM that looks at the picture anew before every word; see `interface.Speaker`.

    A grounded one also gets, at each step, its emotion: shares of the nine -> linear -> ReLU.

    Args:
        dropout: share of the hidden units that training hides from the word scores.
        reference_dropout: hide them from the next step, too, as ArtEmis' code does (its
            dropout works in place), though not its paper.
    """

    def __init__(
        self,
        *,
        backbone: Backbone,
        vocabulary: int,
        embedding: int,
        attention: int,
        hidden: int,
        dropout: float,
        reference_dropout: bool,
        grounded: bool,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.grounded = grounded
        channels = backbone.channels
        self.attention = Attention(features=channels, hidden=hidden, inner=attention)
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.emotion = nn.Linear(len(EMOTIONS), len(EMOTIONS)) if grounded else None
        self.cell = nn.LSTMCell(embedding + channels + (len(EMOTIONS) if grounded else 0), hidden)
        self.first_hidden = nn.Linear(channels, hidden)
        self.first_cell = nn.Linear(channels, hidden)
        self.gate = nn.Linear(hidden, channels)
        self.state_dropout = nn.Dropout(dropout if reference_dropout else 0)
        self.word_dropout = nn.Dropout(0 if reference_dropout else dropout)
        self.words = nn.Linear(hidden, vocabulary)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.uniform_(self.words.weight, -0.1, 0.1)

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, places, C)."""
        return cast(Tensor, self.backbone(pixels))

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """State: hidden (N, H), cell (N, H), features, projected features, emotion vector (N, 9 or 0)."""
        shares, mean = self.told(emotion, features), features.mean(1)
        if self.emotion is None or shares is None:
            vector = mean.new_zeros(len(mean), 0)
        else:
            vector = functional.relu(self.emotion(shares))
        projected = self.attention.from_features(features)
        return self.first_hidden(mean), self.first_cell(mean), features, projected, vector

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places)."""
        state, attention = self._advance(self.embedding(tokens), state)
        return self.words(self.word_dropout(state[0])), state, attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """Teacher forcing over a batch sorted by length, longest first.

        Steps run on the captions that still have words; all words are looked up at once before,
        and scored at once after them.
        """
        counts = captions_at_each_step(lengths)
        words = self.embedding(torch.cat([tokens[:count, t] for t, count in enumerate(counts)]))  # (words, E)
        state = self.start(features, emotion)
        hidden, attention = [], []
        for count, said in zip(counts, words.split(counts), strict=True):
            if count < len(state[0]):
                state = tuple(part[:count] for part in state)
            state, attended = self._advance(said, state)
            hidden.append(state[0])
            attention.append(attended)
        logits = self.words(self.word_dropout(torch.cat(hidden)))
        targets = torch.cat([tokens[:count, t + 1] for t, count in enumerate(counts)])
        caption = torch.cat([torch.arange(count) for count in counts]).to(features.device)  # (words,)
        total = attention[0].new_zeros(features.shape[:2]).index_add(0, caption, torch.cat(attention))
        return Taught(logits, targets, total)

    def _advance(self, words: Tensor, state: State) -> tuple[State, Tensor]:
        """One word further, whose vectors are `words` (N, E): the next state, the attention (N, places) behind it."""
        hidden, cell, features, projected, emotion = state
        attention = self.attention(projected, hidden)
        context = torch.bmm(attention[:, None], features).squeeze(1)  # (N, C)
        gated = torch.sigmoid(self.gate(hidden)) * context
        hidden, cell = self.cell(torch.cat([words, gated, emotion], -1), (hidden, cell))
        return (self.state_dropout(hidden), cell, features, projected, emotion), attention


def captions_at_each_step(lengths: Tensor) -> list[int]:
    """How many captions still have a word to predict at each step; `lengths` (B,) descend."""
    counts = torch.bincount(lengths.cpu())  # (longest + 1,)
    return (len(lengths) - counts.cumsum(0))[:-1].tolist()


def recipe(dials: Sat, model: ShowAttendTell, updates: int) -> Recipe:
    """As in ArtEmis: Adam, with a learning rate of its own for the picture encoder."""
    encoder = [value for value in model.backbone.parameters() if value.requires_grad]
    decoder = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    rates = ((encoder, dials.encoder_learning_rate), (decoder, dials.learning_rate))
    # Fused: one pass over the weights. On a CPU, five passes would cost a tenth of the training.
    optimizer = Adam([{"params": part, "lr": rate} for part, rate in rates if part], fused=True)
    schedule = ReduceLROnPlateau(optimizer, factor=LR_FACTOR, patience=LR_PATIENCE, min_lr=LR_LEAST)
    return Recipe(optimizer, schedule, dials.batch_size, dials.epochs, CLIP_NORM, dials.attention_penalty)
