"""Made-up pictures and utterances as tensors, for measuring the training of speakers.

`noise` has ArtEmis' shapes and nothing to learn. `learnable` is small, and its utterances follow from
the pictures except for a free choice of words.
"""

import numpy as np
import torch
from torch import Tensor

from stages.learning.device import Rows
from stages.speaker.data import Utterances
from stages.utterances.vocabulary import EOS, SOS

CPU = torch.device("cpu")
FIRST_WORD = 4
# Of `learnable`: the number of colours of each half of a picture, of words for a colour, and of sentences.
COLOURS, SYNONYMS, TEMPLATES = 6, 3, 2
WORDS = FIRST_WORD + COLOURS * SYNONYMS * 2 + TEMPLATES * 4


class OnDevice(Rows):
    """Pixels (N, S, S, 3) that are generated on the device that trains: 80,000 pictures of 256 px are 15.7 GB."""

    def __init__(self, pixels: Tensor) -> None:
        self.device, self.resident, self._pixels = pixels.device, True, pixels

    def __getitem__(self, rows: np.ndarray) -> Tensor:
        return self._pixels[torch.from_numpy(rows).to(self.device)]


def noise(pictures: int, utterances: int, *, size: int, vocabulary: int, device: torch.device, seed: int) -> Utterances:
    """Random pictures, and `utterances` of 4 to 30 random words, the same number for each picture."""
    rng = np.random.default_rng(seed)
    generator = torch.Generator(device).manual_seed(seed)
    shape = (pictures, size, size, 3)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8, device=device, generator=generator)
    lengths = rng.integers(4, 31, utterances)
    words = rng.integers(FIRST_WORD, vocabulary, (utterances, 32))
    bounds = np.linspace(0, utterances, pictures + 1).astype(np.int64)
    return _utterances(pixels, bounds, words, lengths)


def learnable(pictures: int, each: int, *, size: int, seed: int, device: torch.device = CPU) -> Utterances:
    """Pictures with two colours, and `each` utterances of every picture that name both with one of three words."""
    rng = np.random.default_rng(seed)
    colours = rng.integers(COLOURS, size=(pictures, 2))
    palette = np.random.default_rng(0).integers(30, 226, (COLOURS, 3))
    halves = palette[colours].repeat(size // 2, axis=1)[:, :, None]  # (N, size, 1, 3)
    pixels = halves + rng.integers(-30, 31, (pictures, size, size, 3))
    owner = np.arange(pictures).repeat(each)  # (B,)
    names = colours[owner] * SYNONYMS + rng.integers(SYNONYMS, size=(len(owner), 2))
    above, below = FIRST_WORD + names[:, 0], FIRST_WORD + COLOURS * SYNONYMS + names[:, 1]
    first = FIRST_WORD + COLOURS * SYNONYMS * 2 + 4 * rng.integers(TEMPLATES, size=len(owner))
    words = np.stack([first, above, first + 1, first + 2, below, first + 3], 1)  # (B, 6)
    lengths = 4 + 2 * rng.integers(2, size=len(owner))
    bounds = np.arange(pictures + 1) * each
    return _utterances(
        torch.from_numpy(pixels.astype(np.uint8)).to(device), bounds, np.pad(words, ((0, 0), (0, 26))), lengths
    )


def _utterances(pixels: Tensor, bounds: np.ndarray, words: np.ndarray, lengths: np.ndarray) -> Utterances:
    """Utterances of the first `lengths` (B,) of `words` (B, L), between <sos> and <eos>."""
    tokens = np.zeros((len(words), words.shape[1] + 2), np.int64)
    tokens[:, 0] = SOS
    tokens[:, 1:-1] = np.where(np.arange(words.shape[1]) < lengths[:, None], words, 0)
    tokens[np.arange(len(words)), lengths + 1] = EOS
    return Utterances(
        pixels=OnDevice(pixels),
        picture=np.arange(len(bounds) - 1),
        bounds=bounds,
        tokens=tokens[:, : lengths.max() + 2],
        emotion=None,
    )
