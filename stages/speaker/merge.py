"""The merge model of the CNN-RNN study (Tanti et al., 2018): the image is added after the LSTM, not before it.

Image: dropout -> linear. Words: embedding -> dropout -> LSTM. Their sum -> linear -> word scores.
A grounded one adds a third branch, emotion -> linear. The image is one vector, so there is nothing
to attend to, and attention is uniform.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence
from torch.optim import Adam

from stages.common.emotions import ARTEMIS
from stages.learning.backbones import Backbone
from stages.speaker import params
from stages.speaker.interface import Network, Recipe, State, TeacherForced

# As in the CNN-RNN study: dropout rate and Adam's learning rate.
DROPOUT, LEARNING_RATE = 0.5, 0.001


class Merge(Network):
    """See `interface.Speaker`; the backbone pools.

    Args:
        hidden: size H of the word vectors, the LSTM state, each branch and the layer after their sum.
        dropout: rate on the image features and on the word vectors.
    """

    starts_from_frequencies = False

    def __init__(
        self,
        *,
        backbone: Backbone,
        vocabulary: int,
        hidden: int,
        grounded: bool,
        dropout: float = DROPOUT,
        emotions: int = len(ARTEMIS),
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.grounded, self.emotions = grounded, emotions
        self.dropout = nn.Dropout(dropout)
        self.picture = nn.Linear(backbone.channels, hidden)
        self.emotion = nn.Linear(emotions, hidden) if grounded else None
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.joined = nn.Linear(hidden, hidden)
        self.words = nn.Linear(hidden, vocabulary)

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, 1, C)."""
        return cast(Tensor, self.backbone(pixels))

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """State: sum of image and emotion branches (N, H), hidden (N, H), cell (N, H), attention (N, places)."""
        shares = self.condition(emotion, features)  # (N, E)
        context = functional.relu(self.picture(self.dropout(features.mean(1))))  # (N, H)
        if self.emotion is not None and shares is not None:
            context = context + functional.relu(self.emotion(shares))
        zeros = torch.zeros_like(context)
        places = features.shape[1]
        return context, zeros, zeros, context.new_full((len(context), places), 1 / places, dtype=torch.float32)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places)."""
        context, hidden, cell, attention = state
        previous = hidden[None].contiguous(), cell[None].contiguous()  # (1, N, H) each
        _, (hidden, cell) = self.lstm(self.dropout(self.embedding(tokens[:, None])), previous)
        return self._score(context, hidden[0]), (context, hidden[0], cell[0], attention), attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        """Teacher forcing: one LSTM pass over each caption gives the state after each of its prefixes."""
        context, _, _, attention = self.start(features, emotion)
        lengths = lengths.cpu()
        # The LSTM also runs over the padding: on a CPU, packed sequences take half as long again.
        outputs, _ = self.lstm(self.dropout(self.embedding(tokens[:, :-1])))  # (B, L - 1, H)
        packed = pack_padded_sequence(outputs, lengths, batch_first=True)  # data: (words, H)
        caption = torch.cat([torch.arange(count) for count in packed.batch_sizes.tolist()])  # (words,)
        targets = pack_padded_sequence(tokens[:, 1:], lengths, batch_first=True).data  # (words,)
        total = attention * lengths.to(attention.device)[:, None]  # (B, places)
        return TeacherForced(self._score(context[caption.to(context.device)], packed.data), targets, total)

    def _score(self, context: Tensor, hidden: Tensor) -> Tensor:
        """Image and emotion branches and LSTM output, (N, H) each -> logits (N, V)."""
        return cast(Tensor, self.words(functional.relu(self.joined(context + hidden))))


def recipe(config: params.Merge, model: Merge, updates: int, encoder_rate: float) -> Recipe:
    """As in the CNN-RNN study, whose encoder is frozen: Adam at a constant rate."""
    encoder = [weight for weight in model.backbone.parameters() if weight.requires_grad]
    decoder = [weight for name, weight in model.named_parameters() if not name.startswith("backbone.")]
    rates = ((encoder, encoder_rate), (decoder, LEARNING_RATE))
    optimizer = Adam([{"params": weights, "lr": rate} for weights, rate in rates if weights], fused=True)
    return Recipe(optimizer, None, config.batch_size, config.epochs)
