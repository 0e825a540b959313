"""Which pictures are one picture: found after what happens to scans, and nothing else."""

import io
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance

from stages.images.twins import MOST_SIGNS, Looks, across, load, save

SIZE = 96


def painted(seed: int) -> Image.Image:
    """A picture with shapes: smooth noise, twice the size of those that are compared."""
    rough = np.random.default_rng(seed).integers(0, 255, (12, 12, 3), np.uint8)
    return Image.fromarray(rough).resize((2 * SIZE, 2 * SIZE), Image.Resampling.BICUBIC)


def pixels(image: Image.Image, quality: int = 95) -> np.ndarray:
    """After JPEG, as the stage packs it."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS))


def groups(*pictures: np.ndarray) -> list[int]:
    looks = Looks()
    for picture in pictures:
        looks.add(picture)
    return looks.groups().tolist()


def test_another_encoding_size_or_brightness_is_a_twin() -> None:
    other, one = painted(1), painted(2)
    scans = [
        pixels(one, quality=40),
        pixels(one.resize((SIZE, SIZE))),
        pixels(ImageEnhance.Brightness(one).enhance(0.95)),
        pixels(ImageEnhance.Contrast(one).enhance(0.9)),
    ]
    assert groups(pixels(other), pixels(one), *scans) == [-1, *[0] * 5]


def test_other_pictures_are_none() -> None:
    assert groups(*(pixels(painted(seed)) for seed in range(200))) == [-1] * 200
    assert groups() == []
    assert groups(pixels(painted(1))) == [-1]


def test_plain_pictures_are_told_apart_by_their_colours() -> None:
    plain = [np.full((SIZE, SIZE, 3), colour, np.uint8) for colour in ((200, 30, 30), (30, 30, 200), (201, 31, 30))]
    assert groups(*plain) == [0, -1, 0]


@pytest.mark.parametrize("signs", range(MOST_SIGNS + 2))
def test_every_pair_with_few_differing_signs_is_found(signs: int) -> None:
    # Wherever they lie, seven signs leave one of eight parts untouched.
    random = np.random.default_rng(signs)
    for _ in range(20):
        looks = Looks()
        one = random.random(128) < 0.5
        other = one.copy()
        other[random.choice(128, signs, replace=False)] ^= True
        looks._signs = [np.packbits(one), np.packbits(other)]
        looks._colours = [np.zeros(192, np.uint8)] * 2
        assert looks.groups().tolist() == ([0, 0] if signs <= MOST_SIGNS else [-1, -1])


def test_as_many_as_artemis_has_take_seconds() -> None:
    random, looks = np.random.default_rng(1), Looks()
    # Signs are likelier in some places than in others, as skies are brighter than the ground.
    likely = random.uniform(0.1, 0.9, 128)
    looks._signs = list(np.packbits(random.random((80_031, 128)) < likely, axis=1))
    looks._colours = list(random.integers(0, 255, (80_031, 192), np.uint8))
    looks._signs[80_000], looks._colours[80_000] = looks._signs[7], looks._colours[7]
    started = time.process_time()
    assert np.flatnonzero(looks.groups() >= 0).tolist() == [7, 80_000]
    assert time.process_time() - started < 30


def test_who_is_judged_on_a_twin_of_training(tmp_path: Path) -> None:
    pictures = pd.DataFrame({"art_style": "Cubism", "painting": list("abcde")})
    save(pictures, np.array([0, 0, 1, 1, -1]), tmp_path / "twins.parquet")
    splits = pictures.assign(split=["train", "test", "test", "val", "train"])
    twins = load(tmp_path / "twins.parquet")
    assert twins["painting"].tolist() == list("abcd")
    assert across(twins, splits, splits[splits["split"] == "test"])["painting"].tolist() == ["b"]
