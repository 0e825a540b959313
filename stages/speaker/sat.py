"""Show, Attend and Tell (Xu et al., 2015), as ArtEmis uses it (section 4.3), plain or emotionally grounded."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam, AdamW
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from stages.common.emotions import ARTEMIS
from stages.learning.backbones import Backbone
from stages.speaker.interface import Network, Recipe, State, TeacherForced
from stages.speaker.optimization import WARMUP, adamw, warmup_cosine
from stages.speaker.params import Sat

# As in ArtEmis: the largest gradient norm, and the decay of the learning rates when the
# validation likelihood stops improving.
CLIP_NORM = 5.0
LR_FACTOR, LR_PATIENCE, LR_LEAST = 0.5, 2, 5e-7
# Rate of dropout on the channels of a picture before they are reduced.
CHANNEL_DROPOUT = 0.5


class Attention(nn.Module):
    """Additive attention over the places of an image, given the decoder's hidden state."""

    def __init__(self, *, features: int, hidden: int, inner: int) -> None:
        super().__init__()
        self.from_features = nn.Linear(features, inner)
        self.from_hidden = nn.Linear(hidden, inner)
        self.score = nn.Linear(inner, 1)

    def forward(self, projected: Tensor, hidden: Tensor) -> Tensor:
        """`from_features(features)` (N, places, inner), hidden (N, H) -> weights (N, places) that sum to 1."""
        inner = functional.relu(projected + self.from_hidden(hidden)[:, None], inplace=True)  # (N, places, inner)
        scores = self.score(inner)  # (N, places, 1)
        # In float32 whatever the precision: the penalty compares sums over many words with their number.
        return functional.softmax(scores.squeeze(-1), -1, dtype=torch.float32)


class ShowAttendTell(Network):
    """An LSTM that attends to the image before every word; see `interface.Speaker`.

    A grounded one also receives at each step its emotion: shares of all -> linear -> ReLU.

    Args:
        places: size to which the features of a place are reduced first, with dropout of whole channels; 0 leaves them
            as the backbone gives them.
        dropout: rate on the hidden state before the word scores.
        reference_dropout: apply it to the state of the next step, too, as ArtEmis' code does (its
            dropout works in place), unlike its paper.
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
        places: int = 0,
        emotions: int = len(ARTEMIS),
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.grounded, self.emotions = grounded, emotions
        channels = places or backbone.channels
        # Without dropout, a decoder learns by heart which of a few hundred pictures has which features. It drops a
        # channel in all places of a picture, since neighbours would give away what one place hides.
        self.channel_dropout = nn.Dropout1d(CHANNEL_DROPOUT if places else 0)
        self.reduce = nn.Linear(backbone.channels, places) if places else nn.Identity()
        self.attention = Attention(features=channels, hidden=hidden, inner=attention)
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.emotion = nn.Linear(emotions, emotions) if grounded else None
        self.cell = nn.LSTMCell(embedding + channels + (emotions if grounded else 0), hidden)
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
        """State: hidden (N, H), cell (N, H), reduced and projected features, emotion vector (N, E or 0)."""
        return self._start(*self._project(features), emotion)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places)."""
        state, attention = self._advance(self.embedding(tokens), state)
        return self.words(self.word_dropout(state[0])), state, attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        """Teacher forcing over a batch sorted by length, longest first."""
        return self._teach(self.start(features, emotion), tokens, lengths)

    def forward(
        self, inputs: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None
    ) -> TeacherForced:
        """As `Network.forward`; the features of an image are also projected once for all of its captions."""
        places, projected = self._project(self.encoded(inputs))
        start = self._start(places.index_select(0, owner), projected.index_select(0, owner), emotion)
        return self._teach(start, tokens, lengths)

    def _project(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Features (N, places, C) -> reduced (N, places, D), and projected for the attention (N, places, inner)."""
        kept = self.channel_dropout(features.transpose(1, 2)).transpose(1, 2)  # (N, places, C)
        reduced = self.reduce(kept)
        return reduced, self.attention.from_features(reduced)

    def _start(self, places: Tensor, projected: Tensor, emotion: Tensor | None) -> State:
        shares, mean = self.condition(emotion, places), places.mean(1)  # (N, E), (N, D)
        if self.emotion is None or shares is None:
            vector = mean.new_zeros(len(mean), 0)
        else:
            vector = functional.relu(self.emotion(shares))
        return self.first_hidden(mean), self.first_cell(mean), places, projected, vector

    def _teach(self, state: State, tokens: Tensor, lengths: Tensor) -> TeacherForced:
        """Teacher forcing from a state (B, ...), as `teach`.

        Each step runs on the captions that still have words. All words are embedded at once before the steps and
        scored at once after them.
        """
        counts = captions_at_each_step(lengths)
        words = self.embedding(torch.cat([tokens[:count, t] for t, count in enumerate(counts)]))  # (words, E)
        hidden, attention = [], []
        for count, vectors in zip(counts, words.split(counts), strict=True):
            if count < len(state[0]):
                state = tuple(part[:count] for part in state)
            state, weights = self._advance(vectors, state)
            hidden.append(state[0])
            attention.append(weights)
        logits = self.words(self.word_dropout(torch.cat(hidden)))  # (words, V)
        targets = torch.cat([tokens[:count, t + 1] for t, count in enumerate(counts)])  # (words,)
        caption = torch.cat([torch.arange(count) for count in counts]).to(tokens.device)  # (words,)
        total = (
            attention[0].new_zeros(len(tokens), attention[0].shape[1]).index_add(0, caption, torch.cat(attention))
        )  # (B, places)
        return TeacherForced(logits, targets, total)

    def _advance(self, words: Tensor, state: State) -> tuple[State, Tensor]:
        """One step with the word vectors `words` (N, E): the next state and the attention (N, places) used."""
        hidden, cell, features, projected, emotion = state
        attention = self.attention(projected, hidden)  # (N, places)
        context = torch.bmm(attention[:, None], features).squeeze(1)  # (N, C)
        gated = torch.sigmoid(self.gate(hidden)) * context  # (N, C)
        hidden, cell = self.cell(torch.cat([words, gated, emotion], -1), (hidden, cell))
        return (self.state_dropout(hidden), cell, features, projected, emotion), attention


def captions_at_each_step(lengths: Tensor) -> list[int]:
    """The number of captions that still have a word to predict at each step; `lengths` (B,) in descending order."""
    counts = torch.bincount(lengths.cpu())  # (longest + 1,)
    return (len(lengths) - counts.cumsum(0))[:-1].tolist()


def recipe(config: Sat, model: ShowAttendTell, updates: int, encoder_rate: float) -> Recipe:
    """Adam with a plateau schedule, as ArtEmis, or AdamW with a cosine schedule; the encoder has its own rate."""
    optimizer: Adam | AdamW
    schedule: ReduceLROnPlateau | LambdaLR
    cosine = config.schedule == "cosine"
    if cosine:
        optimizer = adamw(model, {"backbone.": encoder_rate, "": config.learning_rate})
        schedule = LambdaLR(optimizer, warmup_cosine(updates, WARMUP))
    else:
        optimizer = _adam(model, config.learning_rate, encoder_rate)
        schedule = ReduceLROnPlateau(optimizer, factor=LR_FACTOR, patience=LR_PATIENCE, min_lr=LR_LEAST)
    return Recipe(
        optimizer, schedule, config.batch_size, config.epochs, CLIP_NORM, config.attention_penalty, each_update=cosine
    )


def _adam(model: ShowAttendTell, learning_rate: float, encoder_rate: float) -> Adam:
    encoder = [weight for weight in model.backbone.parameters() if weight.requires_grad]
    decoder = [weight for name, weight in model.named_parameters() if not name.startswith("backbone.")]
    rates = ((encoder, encoder_rate), (decoder, learning_rate))
    # Fused: one pass over the weights. On a CPU, five passes would take a tenth of the training time.
    return Adam([{"params": weights, "lr": rate} for weights, rate in rates if weights], fused=True)
