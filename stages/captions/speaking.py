"""A trained speaker, pictures and emotions in; captions out."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from stages.captions.decoding import Hypothesis, Rules, beam, greedy
from stages.captions.params import Captions
from stages.common.emotions import EMOTIONS
from stages.speaker.speaker import Trained
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK, Vocabulary

BATCH = 32


class Spoken(NamedTuple):
    """One caption of one picture."""

    caption: str
    emotion: str | None  # that the speaker was told
    log_probability: float
    attention: np.ndarray  # (tokens + 1, h, w), each map adds up to 1; no last one where it was cut


def speak(trained: Trained, pixels: np.ndarray, emotions: np.ndarray | None, dials: Captions) -> Iterator[Spoken]:
    """Caption the pictures, uint8 (N, S, S, 3), in order; `emotions` (N,) ids for a grounded speaker."""
    device = next(trained.model.parameters()).device
    rules = rules_of(trained.vocabulary)
    for start in range(0, len(pixels), BATCH):
        with torch.inference_mode():
            features = trained.model.encode(torch.from_numpy(np.array(pixels[start : start + BATCH])).to(device))
        told = None if emotions is None else torch.from_numpy(emotions[start : start + BATCH]).to(device)
        temperature, length = dials.temperature, dials.max_length
        if dials.rule == "greedy":
            found = greedy(trained.model, features, told, rules, temperature=temperature, max_length=length)
        else:
            size = dials.beam_size
            found = beam(trained.model, features, told, rules, size=size, temperature=temperature, max_length=length)
        for row, hypotheses in enumerate(found):
            emotion = None if told is None else EMOTIONS[int(told[row])]
            yield _spoken(hypotheses[0], trained.vocabulary, emotion)


def rules_of(vocabulary: Vocabulary) -> Rules:
    """What may not be said, in the ids of this vocabulary."""
    return Rules(start=SOS, end=EOS, banned=(PAD, SOS, UNK), conjunction=vocabulary.ids.get("and", -1))


def _spoken(hypothesis: Hypothesis, vocabulary: Vocabulary, emotion: str | None) -> Spoken:
    side = round(hypothesis.attention.shape[1] ** 0.5)
    maps = hypothesis.attention.float().cpu().numpy().reshape(-1, side, side)
    return Spoken(vocabulary.decode(hypothesis.words), emotion, hypothesis.log_probability, maps)
