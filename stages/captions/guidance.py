"""Classifier-free guidance: let a speaker say what sets its emotion apart, more than it would by itself.

Ho & Salimans (2022) for diffusion, Sanchez et al. (2023) for text. One speaker that has also
learnt to speak without an emotion is asked twice before each word; where the two differ,
the difference is stretched:

    log p = log p(without) + guidance * (log p(with) - log p(without))

which is the speaker itself at 1, and the one without an emotion at 0.
"""

import torch
from torch import Tensor

from stages.common.errors import UserError
from stages.speaker.interface import Network, Speaker, State, Taught


class Guided:
    """A `Speaker` whose state is that of the speaker with its emotion, then that of the one without.

    Searching for words needs to know nothing of it. The attention is that of the speaker with
    its emotion. Its logits are no log-probabilities any more, until they are normalised.
    """

    def __init__(self, speaker: Speaker, guidance: float) -> None:
        self.speaker, self.guidance, self.grounded = speaker, guidance, True

    def encode(self, pixels: Tensor) -> Tensor:
        return self.speaker.encode(pixels)

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        return self.speaker.start(features, emotion) + self.speaker.start(features, None)

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """As `Speaker.step`; `tokens` (N,), logits (N, V)."""
        half = len(state) // 2
        logits, told, attention = self.speaker.step(tokens, state[:half])
        untold_logits, untold, _ = self.speaker.step(tokens, state[half:])
        return self._combined(logits, untold_logits), told + untold, attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """As `Speaker.teach`, with the logits that `step` finds."""
        told = self.speaker.teach(features, tokens, lengths, emotion)
        untold = self.speaker.teach(features, tokens, lengths, None)
        return told._replace(logits=self._combined(told.logits, untold.logits))

    def _combined(self, told: Tensor, untold: Tensor) -> Tensor:
        """Logits (N, V) from those with and without the emotion, in float32."""
        return torch.lerp(untold.float().log_softmax(-1), told.float().log_softmax(-1), self.guidance)


def guided(speaker: Network, guidance: float) -> Speaker:
    """The speaker under guidance: itself where that is 1.

    Raises:
        UserError: it has not learnt to speak both with an emotion and without.
    """
    if guidance == 1:
        return speaker
    if not speaker.emotion_optional:
        raise UserError(
            f"captions.guidance is {guidance:g}, but the speaker has not learnt to speak both with an emotion and "
            "without; train it with speaker.emo_grounding: true and speaker.emo_dropout above 0, or leave guidance at 1"
        )
    return Guided(speaker, guidance)
