"""A trained speaker, pictures and emotions in; captions out."""

import zlib
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from stages.captions import decoding
from stages.captions.conditioning import guided
from stages.captions.hypotheses import Hypothesis, Rules
from stages.captions.sampling import Config, Manner
from stages.common.emotions import EMOTIONS
from stages.speaker.checkpoint import Trained
from stages.speaker.interface import Speaker
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK, Vocabulary

# Pictures that are looked at together.
BATCH = 32


class Spoken(NamedTuple):
    """One caption of one picture."""

    caption: str
    emotion: str | None  # that the speaker was told, the likeliest if it was told a distribution
    config: int
    rank: int  # among the picture's captions by this config
    log_probability: float
    attention: np.ndarray  # (tokens + 1, h, w), each map adds up to 1; no last one where it was cut


def speak(
    trained: Trained, pixels: np.ndarray, emotions: np.ndarray | None, names: list[str], manner: Manner
) -> list[list[Spoken]]:
    """The captions of each of a batch of pictures, config by config, emotion by emotion, the best first.

    Args:
        pixels: uint8 (N, S, S, 3).
        emotions: shares (N, E, 9), for a grounded speaker: each picture is spoken about from each of its E.
        names: what the random numbers of each picture are made of, (N).

    Raises:
        UserError: a config asks for guidance that the speaker cannot give.
    """
    speakers = [guided(trained.model, config.guidance) for config in manner.configs]
    device = next(trained.model.parameters()).device
    with torch.inference_mode():
        features = trained.model.encode(torch.from_numpy(pixels).to(device))
    spoken: list[list[Spoken]] = [[] for _ in pixels]
    for number, (speaker, config) in enumerate(zip(speakers, manner.configs, strict=True)):
        rules, ranks = rules_of(trained.vocabulary, config), [0] * len(pixels)
        for shares in [None] if emotions is None else np.moveaxis(emotions, 1, 0):  # (N, 9)
            told = None if shares is None else torch.from_numpy(shares.copy()).to(device)
            for row, found in enumerate(_search(speaker, features, told, names, rules, config, manner)):
                emotion = None if shares is None or not shares[row].any() else EMOTIONS[shares[row].argmax()]
                for hypothesis in found:
                    spoken[row].append(_spoken(hypothesis, trained.vocabulary, emotion, number, ranks[row]))
                    ranks[row] += 1
    return spoken


def rules_of(vocabulary: Vocabulary, config: Config) -> Rules:
    """What may not be said, in the ids of this vocabulary."""
    unknown = [UNK] if config.drop_unk else []
    return Rules(
        start=SOS,
        end=EOS,
        banned=(PAD, SOS, *unknown),
        conjunction=vocabulary.ids.get("and", -1),
        no_repeated_pair=config.drop_bigrams,
    )


def _search(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    names: list[str],
    rules: Rules,
    config: Config,
    manner: Manner,
) -> list[list[Hypothesis]]:
    """The candidates for each picture, the best first."""
    temperature, longest = config.temperature, config.max_length
    power, candidates = config.length_normalization, manner.candidates
    if config.rule == "beam":
        beam = partial(decoding.beam, size=config.beam_size, wanted=candidates, normalization=power)
        return beam(speaker, features, emotion, rules, temperature=temperature, max_length=longest)
    if config.rule == "greedy":
        found = decoding.greedy(speaker, features, emotion, rules, temperature=temperature, max_length=longest)
        return [[only] for only in found]
    features = features.repeat_interleave(candidates, 0)
    emotion = None if emotion is None else emotion.repeat_interleave(candidates, 0)
    chance = chances(names, candidates, longest + 1, manner.seed).flatten(0, 1).to(features.device)
    keep = {
        "multinomial": None,
        "top_k": partial(decoding.top_k, count=config.top_k),
        "top_p": partial(decoding.top_p, share=config.top_p),
    }[config.rule]
    sample = partial(decoding.sample, chance=chance, keep=keep, temperature=temperature, max_length=longest)
    drawn = sample(speaker, features, emotion, rules)
    parts = (drawn[start : start + candidates] for start in range(0, len(drawn), candidates))
    return [sorted(part, key=lambda one: decoding.worth(one, power), reverse=True) for part in parts]


def chances(names: list[str], candidates: int, length: int, seed: int) -> Tensor:
    """Uniform numbers (N, candidates, length): each picture's own, whatever others there are."""
    generators = (np.random.default_rng((seed, zlib.crc32(name.encode(errors="surrogateescape")))) for name in names)
    return torch.from_numpy(np.stack([one.random((candidates, length)) for one in generators]))


def _spoken(hypothesis: Hypothesis, vocabulary: Vocabulary, emotion: str | None, config: int, rank: int) -> Spoken:
    side = round(hypothesis.attention.shape[1] ** 0.5)
    maps = hypothesis.attention.float().numpy().reshape(-1, side, side)
    return Spoken(vocabulary.decode(hypothesis.words), emotion, config, rank, hypothesis.log_probability, maps)
