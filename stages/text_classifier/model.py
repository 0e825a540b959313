"""The network: word vectors, an LSTM over them, the maximum over time, nine logits (as ArtEmis, section 4.2).

Nothing is computed for padding: sequences are packed before the first layer, and where
they are unpacked padding is minus infinity, so that the maximum never sees it. An
utterance's logits are therefore the same in every batch, which ArtEmis' zero padding
does not give.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from stages.common.emotions import EMOTIONS
from stages.utterances.vocabulary import PAD


class LSTMClassifier(nn.Module):
    """Word ids (N, T) and their lengths (N,) -> logits (N, 9)."""

    def __init__(self, *, words: int, embedding: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.sizes = {"words": words, "embedding": embedding, "hidden": hidden, "dropout": dropout}
        self.embed = nn.Embedding(words, embedding, padding_idx=PAD)
        self.project = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(embedding, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, hidden)
        )
        self.lstm = nn.LSTM(hidden, hidden, batch_first=True)
        self.head = nn.Sequential(
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, len(EMOTIONS))
        )

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Every length is at least 1; rows need not be sorted by length."""
        packed = pack_padded_sequence(ids, lengths.cpu(), batch_first=True, enforce_sorted=False)
        packed = packed._replace(data=self.project(self.embed(packed.data)))  # (all words, hidden)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, padding_value=-torch.inf)  # (N, T, H)
        return cast(Tensor, self.head(states.amax(1)))
