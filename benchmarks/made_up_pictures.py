"""Made-up pictures and utterances, for measuring backbones and the training of speakers.

`noise` has ArtEmis' shapes and nothing to learn; `packed_noise` writes such pictures to disk. `learnable` is small,
and its utterances follow from the pictures except for a free choice of words.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from stages.common.artworks import ARTWORK
from stages.images import packed
from stages.images.packed import Packed
from stages.learning.device import Rows
from stages.speaker.data import Utterances
from stages.utterances.vocabulary import EOS, SOS

CPU = torch.device("cpu")
FIRST_WORD = 4
# Of `learnable`: the number of colours of each half of a picture, of words for a colour, and of sentences.
COLOURS, SYNONYMS, TEMPLATES = 6, 3, 2
WORDS = FIRST_WORD + COLOURS * SYNONYMS * 2 + TEMPLATES * 4


class OnDevice(Rows):
    """Pixels or features that are generated on the device that trains: 80,000 pictures of 256 px are 15.7 GB."""

    def __init__(self, inputs: Tensor) -> None:
        self.device, self.resident, self._inputs = inputs.device, True, inputs

    def __getitem__(self, rows: np.ndarray) -> Tensor:
        return self._inputs[torch.from_numpy(rows).to(self.device)]


def noise(pictures: int, utterances: int, *, size: int, vocabulary: int, device: torch.device, seed: int) -> Utterances:
    """Random pictures, and `utterances` of 4 to 30 random words, the same number for each picture."""
    generator = torch.Generator(device).manual_seed(seed)
    shape = (pictures, size, size, 3)
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8, device=device, generator=generator)
    return about(OnDevice(pixels), pictures, utterances, vocabulary=vocabulary, seed=seed)


def about(inputs: Rows, pictures: int, utterances: int, *, vocabulary: int, seed: int) -> Utterances:
    """The utterances of `noise` about any inputs: pixels, or features of `pictures` pictures."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(4, 31, utterances)
    words = rng.integers(FIRST_WORD, vocabulary, (utterances, 32))
    bounds = np.linspace(0, utterances, pictures + 1).astype(np.int64)
    return _utterances(inputs, bounds, words, lengths)


def packed_noise(folder: Path, pictures: int, *, size: int, seed: int) -> Packed:
    """Random pictures in a packed file, as the stage `images` writes it, opened as a memory map."""
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, 256, (size, size, 3), dtype=np.uint8) for _ in range(pictures))
    _, digest = packed.save_pixels(drawn, size, folder)
    index = pd.DataFrame([("Noise", f"picture-{number}") for number in range(pictures)], columns=ARTWORK)
    packed.save_index(index.assign(digest=""), [None] * pictures, "squash", digest, folder)
    return packed.load(folder)


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
    inputs = OnDevice(torch.from_numpy(pixels.astype(np.uint8)).to(device))
    return _utterances(inputs, bounds, np.pad(words, ((0, 0), (0, 26))), lengths)


def _utterances(inputs: Rows, bounds: np.ndarray, words: np.ndarray, lengths: np.ndarray) -> Utterances:
    """Utterances of the first `lengths` (B,) of `words` (B, L), between <sos> and <eos>."""
    tokens = np.zeros((len(words), words.shape[1] + 2), np.int64)
    tokens[:, 0] = SOS
    tokens[:, 1:-1] = np.where(np.arange(words.shape[1]) < lengths[:, None], words, 0)
    tokens[np.arange(len(words)), lengths + 1] = EOS
    return Utterances(
        pixels=inputs,
        picture=np.arange(len(bounds) - 1),
        bounds=bounds,
        tokens=tokens[:, : lengths.max() + 2],
        emotion=None,
    )
