"""Made-up pictures and utterances, as tensors, for measuring how a speaker trains.

`noise` has ArtEmis' shapes and nothing to learn; `learnable` is small, and what is said
follows from what is seen, but for a free choice of words.
"""

import numpy as np
import torch
from torch import Tensor

from stages.learning.device import Rows
from stages.speaker.data import Utterances

EOS = 2
CPU = torch.device("cpu")
FIRST_WORD = 4
# For `learnable`: a picture has one of these many colours above and below.
COLOURS, SYNONYMS, TEMPLATES = 6, 3, 2
WORDS = FIRST_WORD + COLOURS * SYNONYMS * 2 + TEMPLATES * 4


class OnDevice(Rows):
    """Pictures that are made where they are looked at: 80,000 of 256 px are 15.7 GB."""

    def __init__(self, pixels: Tensor) -> None:
        self.device, self.resident, self._there = pixels.device, True, pixels


def noise(pictures: int, utterances: int, *, size: int, vocabulary: int, device: torch.device, seed: int) -> Utterances:
    """Random pictures, uint8, and `utterances` of 4 to 30 random words, spread over them evenly."""
    rng = np.random.default_rng(seed)
    generator = torch.Generator(device).manual_seed(seed)
    shape = (pictures, size, size, 3)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8, device=device, generator=generator)
    lengths = rng.integers(4, 31, utterances)
    tokens = rng.integers(FIRST_WORD, vocabulary, (utterances, 32))
    bounds = np.linspace(0, utterances, pictures + 1).astype(np.int64)
    return _told(OnDevice(pixels), bounds, tokens, lengths)


def learnable(pictures: int, each: int, *, size: int, seed: int, device: torch.device = CPU) -> Utterances:
    """Pictures of two colours, and `each` utterances that name both, one of three words for each."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(COLOURS, size=(pictures, 2))
    palette = np.random.default_rng(0).integers(30, 226, (COLOURS, 3))
    halves = palette[colours].repeat(size // 2, axis=1)[:, :, None]  # (N, size, 1, 3)
    pixels = halves + rng.integers(-30, 31, (pictures, size, size, 3))
    owner = np.arange(pictures).repeat(each)
    named = colours[owner] * SYNONYMS + rng.integers(SYNONYMS, size=(len(owner), 2))
    above, below = FIRST_WORD + named[:, 0], FIRST_WORD + COLOURS * SYNONYMS + named[:, 1]
    first = FIRST_WORD + COLOURS * SYNONYMS * 2 + 4 * rng.integers(TEMPLATES, size=len(owner))
    words = np.stack([first, above, first + 1, first + 2, below, first + 3], 1)
    tokens = np.pad(words, ((0, 0), (0, 26)))
    lengths = 4 + 2 * rng.integers(2, size=len(owner))
    bounds = np.arange(pictures + 1) * each
    return _told(OnDevice(torch.from_numpy(pixels.astype(np.uint8)).to(device)), bounds, tokens, lengths)


def _told(pixels: Rows, bounds: np.ndarray, words: np.ndarray, lengths: np.ndarray) -> Utterances:
    """Utterances of the first `lengths` of `words`, between <sos> and <eos>."""
    tokens = np.zeros((len(words), words.shape[1] + 2), np.int64)
    tokens[:, 0] = 1
    tokens[:, 1:-1] = np.where(np.arange(words.shape[1]) < lengths[:, None], words, 0)
    tokens[np.arange(len(words)), lengths + 1] = EOS
    picture = np.arange(len(bounds) - 1)
    return Utterances(
        pixels=pixels, picture=picture, bounds=bounds, tokens=tokens[:, : lengths.max() + 2], emotion=None
    )
