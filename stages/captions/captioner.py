"""Generate captions of images with a trained speaker."""

import zlib
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from stages.captions import decoding
from stages.captions.beam_search import beam, ranking_score
from stages.captions.conditioning import guided
from stages.captions.consensus import DRAWN, PICTURES, most_central
from stages.captions.hypotheses import Constraints, Hypothesis
from stages.captions.sampling import SamplingConfig, SamplingPlan
from stages.speaker.checkpoint import Trained
from stages.speaker.interface import Speaker
from stages.speaker.registry import Words
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK

# Images that are encoded at once.
BATCH = 32


class Caption(NamedTuple):
    """A generated caption."""

    caption: str
    emotion: str | None  # the speaker's condition; the likeliest emotion of a distribution
    config: int
    rank: int  # among the image's captions of this config
    log_probability: float
    # (words + 1, h, w), each map sums to 1; (words, h, w) if the caption was cut; (0, 0, 0) of a model without maps.
    attention: np.ndarray


def generate(
    trained: Trained, inputs: np.ndarray | Tensor, emotions: np.ndarray | None, names: Sequence[str], plan: SamplingPlan
) -> list[list[Caption]]:
    """The captions of each of a batch of images: config by config, emotion by emotion, the best first.

    Args:
        inputs: pixels, uint8 (N, S, S, 3), or features (N, places, C) as from the speaker's `encode`.
        emotions: conditions of a grounded speaker (N, K, E): each image is captioned under each of its K.
        names: seeds of each image's random numbers (N).

    Raises:
        UserError: a config asks for guidance, but the speaker is not trained for it.
    """
    speakers = [guided(trained.model, config.guidance) for config in plan.configs]
    device = next(trained.model.parameters()).device
    with torch.inference_mode():
        features = trained.model.encoded(torch.as_tensor(inputs).to(device))  # (N, places, C)
    captions: list[list[Caption]] = [[] for _ in inputs]
    for number, (speaker, config) in enumerate(zip(speakers, plan.configs, strict=True)):
        constraints, ranks = constraints_of(trained.vocabulary, config, device), [0] * len(inputs)
        for shares in [None] if emotions is None else np.moveaxis(emotions, 1, 0):  # (N, E)
            condition = None if shares is None else torch.from_numpy(shares.copy()).to(device)
            found = _decode(speaker, features, condition, names, constraints, config, plan)
            for row, hypotheses in enumerate(found):
                emotion = None if shares is None or not shares[row].any() else trained.emotions[shares[row].argmax()]
                for hypothesis in hypotheses:
                    captions[row].append(_caption(hypothesis, trained.vocabulary, emotion, number, ranks[row]))
                    ranks[row] += 1
    return captions


def constraints_of(vocabulary: Words, config: SamplingConfig, device: torch.device | str = "cpu") -> Constraints:
    """The constraints of a config, in the ids of this vocabulary, for hypotheses on a device."""
    unknown = [UNK] if config.drop_unk else []
    return Constraints(
        start=SOS,
        end=EOS,
        banned=(PAD, SOS, *unknown),
        conjunction=vocabulary.conjunction,
        no_repeated_pair=config.drop_bigrams,
        repeatable=vocabulary.repeatable,
        begins=None if vocabulary.begins is None else vocabulary.begins.to(device),
    )


def _decode(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    names: Sequence[str],
    constraints: Constraints,
    config: SamplingConfig,
    plan: SamplingPlan,
) -> list[list[Hypothesis]]:
    """The candidates of each image, the best first."""
    temperature, max_length = config.temperature, config.max_length
    power, candidates = config.length_normalization, plan.candidates
    if config.rule == "beam":
        search = partial(beam, size=config.beam_size, count=candidates, normalization=power)
        return search(speaker, features, emotion, constraints, temperature=temperature, max_length=max_length)
    if config.rule == "greedy":
        search_one = partial(decoding.greedy, temperature=temperature, max_length=max_length)
        return [[hypothesis] for hypothesis in search_one(speaker, features, emotion, constraints)]
    if config.rule == "consensus":
        groups = []
        for start in range(0, len(names), PICTURES):
            some = slice(start, start + PICTURES)
            shares = None if emotion is None else emotion[some]
            groups += _samples(speaker, features[some], shares, names[some], constraints, config, DRAWN, plan.seed)
        return [most_central(group, candidates) for group in groups]
    groups = _samples(speaker, features, emotion, names, constraints, config, candidates, plan.seed)
    return [sorted(group, key=lambda each: ranking_score(each, power), reverse=True) for group in groups]


def _samples(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    names: Sequence[str],
    constraints: Constraints,
    config: SamplingConfig,
    count: int,
    seed: int,
) -> list[list[Hypothesis]]:
    """`count` sampled captions of each image."""
    uniform = uniform_numbers(names, count, config.max_length + 1, seed).flatten(0, 1).to(features.device)
    keep = {
        "consensus": None,
        "multinomial": None,
        "top_k": partial(decoding.top_k, count=config.top_k),
        "top_p": partial(decoding.top_p, share=config.top_p),
    }[config.rule]
    sample = partial(decoding.sample, temperature=config.temperature, max_length=config.max_length)
    drawn = sample(speaker, features, emotion, constraints, uniform=uniform, keep=keep)
    return [drawn[start : start + count] for start in range(0, len(drawn), count)]


def uniform_numbers(names: Sequence[str], candidates: int, length: int, seed: int) -> Tensor:
    """Random numbers (N, candidates, length) in [0, 1), which depend on an image's name and the seed only."""
    generators = (np.random.default_rng((seed, zlib.crc32(name.encode(errors="surrogateescape")))) for name in names)
    return torch.from_numpy(np.stack([generator.random((candidates, length)) for generator in generators]))


def _caption(hypothesis: Hypothesis, vocabulary: Words, emotion: str | None, config: int, rank: int) -> Caption:
    attention = hypothesis.attention.float()
    # A word in pieces has the mean of their maps; <eos> has the last one.
    words = [attention[start:end].mean(0, keepdim=True) for _, start, end in vocabulary.spans(hypothesis.words)]
    side = round(attention.shape[1] ** 0.5)
    maps = torch.cat([*words, attention[len(hypothesis.words) :]]).numpy().reshape(-1, side, side)
    return Caption(vocabulary.decode(hypothesis.words), emotion, config, rank, hypothesis.log_probability, maps)
