"""Which pictures are one picture: found after what happens to scans, and nothing else."""

import io
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageEnhance

from stages.images.twins import MOST_SIGNS, TOGETHER, Looks, across, groups, load, look, save, thumbnail

SIZE = 96
# What a data set says of twins, mostly.
NOTHING = np.full(80_031, -1)


def painted(seed: int) -> Image.Image:
    """A picture with shapes: smooth noise, twice the size of those that are compared."""
    rough = np.random.default_rng(seed).integers(0, 255, (12, 12, 3), np.uint8)
    return Image.fromarray(rough).resize((2 * SIZE, 2 * SIZE), Image.Resampling.BICUBIC)


def pixels(image: Image.Image, quality: int = 95) -> np.ndarray:
    """After JPEG, as the stage packs it."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB").resize((SIZE, SIZE), Image.Resampling.LANCZOS))


def grouped(*pictures: np.ndarray, known: dict[int, int] | None = None) -> list[int]:
    looks = Looks()
    for picture in pictures:
        looks.add(thumbnail(Image.fromarray(picture)))
    told = [(known or {}).get(number, -1) for number in range(len(pictures))]
    return looks.groups(np.array(told, int)).tolist()


def test_another_encoding_size_or_brightness_is_a_twin() -> None:
    other, one = painted(1), painted(2)
    scans = [
        pixels(one, quality=40),
        pixels(one.resize((SIZE, SIZE))),
        pixels(ImageEnhance.Brightness(one).enhance(0.95)),
        pixels(ImageEnhance.Contrast(one).enhance(0.9)),
    ]
    assert grouped(pixels(other), pixels(one), *scans) == [-1, *[0] * 5]


def test_other_pictures_are_none() -> None:
    assert grouped(*(pixels(painted(seed)) for seed in range(200))) == [-1] * 200
    assert grouped() == []
    assert grouped(pixels(painted(1))) == [-1]


def test_what_the_data_set_says_joins_what_is_seen() -> None:
    # 1 and 3 are told to be one painting, 3 and 5 look alike; 0 is told alone.
    pictures = [pixels(painted(seed)) for seed in (1, 2, 3, 4, 5, 4)]
    assert grouped(*pictures, known={0: 7, 1: 8, 3: 8}) == [-1, 0, -1, 0, -1, 0]


def test_a_twin_is_found_however_many_lie_between() -> None:
    between = [pixels(painted(seed)) for seed in range(2 * TOGETHER)]
    assert grouped(between[0], *between[1:], between[0]) == [0, *[-1] * (2 * TOGETHER - 1), 0]


def test_signs_are_where_it_gets_brighter_and_colours_are_means() -> None:
    # Brighter to the right everywhere; of nine rows the second is the darkest.
    picture = np.broadcast_to(np.arange(72, dtype=np.uint8)[:, None], (72, 72, 3)) + np.uint8(50)
    picture[8:16] -= 50
    (signs,), (colours,) = look(picture[None])
    rising = np.unpackbits(signs).reshape(2, 8, 8)
    assert rising[0].all()
    assert rising[1].all(1).tolist() == rising[1].any(1).tolist() == [False, True, *[False] * 6]
    assert colours.reshape(8, 8, 3)[2, :, 1].tolist() == [54, 63, 72, 81, 90, 99, 108, 117]


def test_plain_pictures_are_told_apart_by_their_colours() -> None:
    plain = [np.full((SIZE, SIZE, 3), colour, np.uint8) for colour in ((200, 30, 30), (30, 30, 200), (201, 31, 30))]
    assert grouped(*plain) == [0, -1, 0]


@pytest.mark.parametrize("signs", range(MOST_SIGNS + 2))
def test_every_pair_with_few_differing_signs_is_found(signs: int) -> None:
    # Wherever they lie, seven signs leave one of eight parts untouched.
    random = np.random.default_rng(signs)
    for _ in range(20):
        one = random.random(128) < 0.5
        other = one.copy()
        other[random.choice(128, signs, replace=False)] ^= True
        both = np.packbits(np.stack([one, other]), axis=1)
        found = groups(both, np.zeros((2, 192), np.uint8), NOTHING[:2]).tolist()
        assert found == ([0, 0] if signs <= MOST_SIGNS else [-1, -1])


def test_as_many_as_artemis_has_take_seconds() -> None:
    random = np.random.default_rng(1)
    # Signs are likelier in some places than in others, as skies are brighter than the ground.
    likely = random.uniform(0.1, 0.9, 128)
    signs = np.packbits(random.random((80_031, 128)) < likely, axis=1)
    colours = random.integers(0, 255, (80_031, 192), np.uint8)
    signs[80_000], colours[80_000] = signs[7], colours[7]
    started = time.process_time()
    assert np.flatnonzero(groups(signs, colours, NOTHING) >= 0).tolist() == [7, 80_000]
    assert time.process_time() - started < 30


def test_many_copies_of_few_pictures_take_no_longer() -> None:
    # Each pair of them would be 400 million pairs.
    random = np.random.default_rng(1)
    drawn = np.arange(80_031) % 64
    signs, colours = random.integers(0, 256, (64, 16), np.uint8), random.integers(0, 256, (64, 192), np.uint8)
    started = time.process_time()
    assert groups(signs[drawn], colours[drawn], NOTHING).tolist() == drawn.tolist()
    assert time.process_time() - started < 10


def test_many_that_are_nearly_one_picture_are_one_group() -> None:
    random = np.random.default_rng(1)
    signs = np.broadcast_to(random.integers(0, 256, 16, np.uint8), (3000, 16))
    colours = random.integers(100, 110, (3000, 192), np.uint8)
    assert groups(signs, colours, NOTHING[:3000]).tolist() == [0] * 3000


def test_who_is_judged_on_a_twin_of_training(tmp_path: Path) -> None:
    pictures = pd.DataFrame({"art_style": "Cubism", "painting": list("abcde")})
    save(pictures, np.array([0, 0, 1, 1, -1]), tmp_path / "twins.parquet")
    splits = pictures.assign(split=["train", "test", "test", "val", "train"])
    twins = load(tmp_path / "twins.parquet")
    assert twins["painting"].tolist() == list("abcd")
    assert across(twins, splits, splits[splits["split"] == "test"])["painting"].tolist() == ["b"]
