"""Any file decodes to a square of pixels or raises `UnreadablePicture`; headers of pictures can be read."""

import numpy as np
import pytest

from stages.common import pictures
from stages.common.pictures import UnreadablePicture, decode
from tests.reliability.bad_pictures import Picture, all_pictures

PICTURES = all_pictures()


def test_the_files_are_many_and_distinct() -> None:
    assert len({picture.content for picture in PICTURES}) == len(PICTURES) >= 100


@pytest.mark.filterwarnings("ignore::UserWarning")  # of Pillow, about EXIF data
@pytest.mark.parametrize("picture", PICTURES, ids=str)
def test_a_picture(picture: Picture) -> None:
    if picture.readable:
        width, height = pictures.dimensions(picture.content)
        assert width > 0
        assert height > 0
        pixels = decode(picture.content, 8, "squash")
        assert pixels.shape == (8, 8, 3)
        assert pixels.dtype == np.uint8
        return
    with pytest.raises(UnreadablePicture) as error:
        decode(picture.content, 8, "squash")
    assert len(str(error.value)) > 8
    assert "\n" not in str(error.value)
    assert "<_io" not in str(error.value)
