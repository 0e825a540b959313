"""Any file is a square of pixels or one sentence why not; inventory and decoder agree on what is a picture."""

import numpy as np
import pytest

from stages.common import pictures
from stages.common.pictures import UnreadablePicture, decode
from tests.reliability.bad_pictures import Picture, all_pictures

PICTURES = all_pictures()


def test_they_are_many_and_distinct() -> None:
    assert len({picture.content for picture in PICTURES}) == len(PICTURES) >= 100


@pytest.mark.filterwarnings("ignore::UserWarning")  # of Pillow, about EXIF data
@pytest.mark.parametrize("picture", PICTURES, ids=str)
def test_a_picture(picture: Picture) -> None:
    if picture.readable:
        width, height = pictures.dimensions(picture.content)
        assert width > 0
        assert height > 0
        found = decode(picture.content, 8, "squash")
        assert found.shape == (8, 8, 3)
        assert found.dtype == np.uint8
        return
    with pytest.raises(UnreadablePicture) as told:
        decode(picture.content, 8, "squash")
    assert len(str(told.value)) > 8
    assert "\n" not in str(told.value)
    assert "<_io" not in str(told.value)
