"""A small study of two systems, as files."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from formats.human_study import key as keys
from formats.human_study import page
from formats.human_study.design import Artwork, Design, design
from formats.human_study.key import Key

SYSTEMS = ("zz_machine", "zz_people")


class Written(NamedTuple):
    """The folder of a study, its design and its key."""

    folder: Path
    design: Design
    key: Key


def noise(artwork: Artwork, side: int = 40) -> bytes:
    """A picture that compresses badly."""
    rng = np.random.default_rng(sum(map(ord, artwork[1])))
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (side, side, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def study(tmp_path: Path) -> Written:
    captions = {
        system: {
            ("style", f"p{number}"): f"the {('gloomy', 'bright')[place]} sea {number} </script> & so"
            for number in range(6)
        }
        for place, system in enumerate(SYSTEMS)
    }
    drawn = design(captions, pairs=6, raters=3, each=None, seed=1)
    shown = page.content(drawn, noise, "en")
    page.save(shown, tmp_path, None)
    key = keys.key_of(drawn, shown["study"])
    keys.save(key, tmp_path)
    return Written(tmp_path, drawn, key)
