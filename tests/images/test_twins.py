"""Twins: other encodings, sizes and brightness of a picture, and no other pictures."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance

from stages.images import twins
from stages.images.twins import (
    BATCH,
    MAX_BITS,
    TwinFinder,
    describe,
    group_twins,
    load,
    save,
    thumbnail,
    with_training_twin,
)

SIZE = 96
# Number of pictures of the tests at scale: enough that a comparison of all pairs would show.
MANY = 20_000


def unknown(count: int) -> np.ndarray:
    """Groups of a data set that names no twins."""
    return np.full(count, -1)


def painted(seed: int) -> Image.Image:
    """A picture of smooth noise, twice the size of the packed ones."""
    rough = np.random.default_rng(seed).integers(0, 255, (12, 12, 3), np.uint8)
    return Image.fromarray(rough).resize((2 * SIZE, 2 * SIZE), Image.Resampling.BICUBIC)


def pixels(image: Image.Image, quality: int = 95) -> np.ndarray:
    """Packed pixels of the picture after JPEG compression."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS))


def grouped(*pictures: np.ndarray, known: dict[int, int] | None = None) -> list[int]:
    finder = TwinFinder()
    for picture in pictures:
        finder.add(thumbnail(Image.fromarray(picture)))
    numbers = [(known or {}).get(number, -1) for number in range(len(pictures))]
    return finder.groups(np.array(numbers, int)).tolist()


def test_other_encodings_sizes_and_brightness_are_twins() -> None:
    other, original = painted(1), painted(2)
    scans = [
        pixels(original, quality=40),
        pixels(original.resize((SIZE, SIZE))),
        pixels(ImageEnhance.Brightness(original).enhance(0.95)),
        pixels(ImageEnhance.Contrast(original).enhance(0.9)),
    ]
    assert grouped(pixels(other), pixels(original), *scans) == [-1, *[0] * 5]


def test_different_pictures_are_no_twins() -> None:
    assert grouped(*(pixels(painted(seed)) for seed in range(200))) == [-1] * 200
    assert grouped() == []
    assert grouped(pixels(painted(1))) == [-1]


def test_groups_of_the_data_set_join_twins_that_are_found() -> None:
    # The data set names 1 and 3 as twins, 3 and 5 are similar, and the group of 0 has no other member.
    pictures = [pixels(painted(seed)) for seed in (1, 2, 3, 4, 5, 4)]
    assert grouped(*pictures, known={0: 7, 1: 8, 3: 8}) == [-1, 0, -1, 0, -1, 0]


def test_a_twin_in_another_batch_is_found() -> None:
    between = [pixels(painted(seed)) for seed in range(2 * BATCH)]
    assert grouped(between[0], *between[1:], between[0]) == [0, *[-1] * (2 * BATCH - 1), 0]


def test_bits_are_set_where_brightness_rises_and_colours_are_means() -> None:
    # Brightness rises to the right everywhere; of the nine rows of cells the second is the darkest.
    picture = np.broadcast_to(np.arange(72, dtype=np.uint8)[:, None], (72, 72, 3)) + np.uint8(50)
    picture[8:16] -= 50
    (bits,), (colours,) = describe(picture[None])
    rising = np.unpackbits(bits).reshape(2, 8, 8)
    assert rising[0].all()
    assert rising[1].all(1).tolist() == rising[1].any(1).tolist() == [False, True, *[False] * 6]
    assert colours.reshape(8, 8, 3)[2, :, 1].tolist() == [54, 63, 72, 81, 90, 99, 108, 117]


def test_plain_pictures_are_told_apart_by_their_colours() -> None:
    plain = [np.full((SIZE, SIZE, 3), colour, np.uint8) for colour in ((200, 30, 30), (30, 30, 200), (201, 31, 30))]
    assert grouped(*plain) == [0, -1, 0]


@pytest.mark.parametrize("bits", range(MAX_BITS + 2))
def test_every_pair_with_few_different_bits_is_found(bits: int) -> None:
    # Seven different bits leave one of the eight parts of the hash equal, wherever they are.
    random = np.random.default_rng(bits)
    for _ in range(20):
        first = random.random(128) < 0.5
        second = first.copy()
        second[random.choice(128, bits, replace=False)] ^= True
        hashes = np.packbits(np.stack([first, second]), axis=1)
        groups = group_twins(hashes, np.zeros((2, 192), np.uint8), unknown(2)).tolist()
        assert groups == ([0, 0] if bits <= MAX_BITS else [-1, -1])


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of pairs that are compared, call by call: the work, on any machine."""
    counts = []
    similar = twins._similar

    def count(hashes: np.ndarray, colours: np.ndarray, left: np.ndarray, right: np.ndarray) -> object:
        counts.append(len(left))
        return similar(hashes, colours, left, right)

    monkeypatch.setattr(twins, "_similar", count)
    return counts


def test_few_pairs_of_many_pictures_are_compared(compared: list[int]) -> None:
    random = np.random.default_rng(1)
    # Some bits are set more often than others, as skies are brighter than the ground.
    probability = random.uniform(0.1, 0.9, 128)
    hashes = np.packbits(random.random((MANY, 128)) < probability, axis=1)
    colours = random.integers(0, 255, (MANY, 192), np.uint8)
    hashes[MANY - 9], colours[MANY - 9] = hashes[7], colours[7]
    hashes[MANY - 9, 0] ^= 1
    assert np.flatnonzero(group_twins(hashes, colours, unknown(MANY)) >= 0).tolist() == [7, MANY - 9]
    assert sum(compared) < 0.02 * MANY**2 / 2


def test_copies_are_not_compared_with_each_other(compared: list[int]) -> None:
    random = np.random.default_rng(1)
    drawn = np.arange(MANY) % 64
    hashes, colours = random.integers(0, 256, (64, 16), np.uint8), random.integers(0, 256, (64, 192), np.uint8)
    assert group_twins(hashes[drawn], colours[drawn], unknown(MANY)).tolist() == drawn.tolist()
    assert sum(compared) < 64**2


def test_many_similar_pictures_are_one_group() -> None:
    random = np.random.default_rng(1)
    hashes = np.broadcast_to(random.integers(0, 256, 16, np.uint8), (1000, 16))
    colours = random.integers(100, 110, (1000, 192), np.uint8)
    assert group_twins(hashes, colours, unknown(1000)).tolist() == [0] * 1000


def test_pictures_with_a_twin_in_training(tmp_path: Path) -> None:
    pictures = pd.DataFrame({"art_style": "Cubism", "painting": list("abcde")})
    save(pictures, np.array([0, 0, 1, 1, -1]), tmp_path / "twins.parquet")
    splits = pictures.assign(split=["train", "test", "test", "val", "train"])
    groups = load(tmp_path / "twins.parquet")
    assert groups["painting"].tolist() == list("abcd")
    assert with_training_twin(groups, splits, splits[splits["split"] == "test"])["painting"].tolist() == ["b"]
