"""Decoding any file to a square of RGB pixels, against values computed by hand."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stages.common.pictures import UnreadablePicture, decode, read_bytes, to_rgb
from tests.tiffs import tiff

WHITE, GREY = [255, 255, 255], [128, 128, 128]
RED, GREEN, BLUE = [255, 0, 0], [0, 255, 0], [0, 0, 255]


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def greys(values: list[list[float]], dtype: type) -> Image.Image:
    return Image.fromarray(np.array(values, dtype=dtype))


def pixels(rows: list[list[list[int]]]) -> Image.Image:
    return Image.fromarray(np.array(rows, dtype=np.uint8))


def red_then_blue() -> Image.Image:
    """40 x 20 pixels, its left half red."""
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 20, 20))
    return image


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


class TestModes:
    def test_grey(self) -> None:
        decoded = decode(encoded(greys([[0, 10], [200, 255]], np.uint8)), 2, "squash")
        assert decoded.dtype == np.uint8
        assert decoded.tolist() == [[[0] * 3, [10] * 3], [[200] * 3, [255] * 3]]

    def test_black_and_white(self) -> None:
        image = greys([[0, 255], [255, 0]], np.uint8).convert("1")
        assert decode(encoded(image), 2, "squash")[..., 0].tolist() == [[0, 255], [255, 0]]

    def test_transparent_grey_on_white(self) -> None:
        image = Image.fromarray(np.array([[[0, 255], [0, 128]], [[0, 0], [100, 255]]], np.uint8), "LA")
        # Black at 128/255: 255 * (1 - 128/255) = 127.
        assert decode(encoded(image), 2, "squash")[..., 0].tolist() == [[0, 127], [255, 100]]

    def test_transparent_colours_on_white(self) -> None:
        image = pixels([[[255, 0, 0, 255], [255, 0, 0, 0]], [[0, 0, 255, 51], [0, 255, 0, 255]]])
        # Blue at 51/255 = 1/5.
        assert decode(encoded(image), 2, "squash").tolist() == [[RED, WHITE], [[204, 204, 255], GREEN]]

    @pytest.mark.parametrize("transparency", [1, b"\xff\x00\xff"])
    def test_transparent_palette_entry_is_white(self, transparency: int | bytes) -> None:
        image = Image.new("P", (2, 2))
        image.putpalette([*RED, *GREEN, *BLUE])
        image.putdata([0, 1, 2, 0])
        content = encoded(image, transparency=transparency)
        assert decode(content, 2, "squash").tolist() == [[RED, WHITE], [BLUE, RED]]

    def test_cmyk_jpeg(self) -> None:
        # No cyan, all magenta and yellow, no black.
        content = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
        assert Image.open(io.BytesIO(content)).mode == "CMYK"
        assert np.abs(decode(content, 4, "squash").astype(int) - RED).max() <= 2

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([[0, 257], [32896, 65535]], [[0, 1], [128, 255]]),
            # Dark greys too: 128 of 65,535 is black.
            ([[0, 100], [128, 129]], [[0, 0], [0, 1]]),
        ],
    )
    def test_16_bit_greys_are_scaled(self, values: list[list[float]], expected: list[list[int]]) -> None:
        image = greys(values, np.uint16)
        assert image.mode == "I;16"
        for kind in ("PNG", "TIFF"):
            assert decode(encoded(image, kind), 2, "squash")[..., 0].tolist() == expected

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([[-3, 1], [128, 255]], [[0, 1], [128, 255]]),
            ([[-3, 257], [32896, 65535]], [[0, 1], [128, 255]]),
            ([[0, 1_000_000], [500_000, 250_000]], [[0, 255], [128, 64]]),
        ],
    )
    def test_32_bit_greys_are_scaled(self, values: list[list[float]], expected: list[list[int]]) -> None:
        image = greys(values, np.int32)
        assert image.mode == "I"
        assert decode(encoded(image, "TIFF"), 2, "squash")[..., 0].tolist() == expected

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([[0.0, 0.2], [0.6, 1.0]], [[0, 51], [153, 255]]),
            ([[-1.0, 2.0], [100.4, 255.0]], [[0, 2], [100, 255]]),
            ([[0.0, 257.0], [np.nan, 65535.0]], [[0, 1], [0, 255]]),
        ],
    )
    def test_floating_point_greys_are_scaled(self, values: list[list[float]], expected: list[list[int]]) -> None:
        image = greys(values, np.float32)
        assert image.mode == "F"
        assert decode(encoded(image, "TIFF"), 2, "squash")[..., 0].tolist() == expected

    def test_16_bit_colours_keep_the_upper_8(self) -> None:
        values = np.array([[[65535, 0, 0x1234], [0x80FF, 257, 0]]], ">u2")
        header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
        rows = b"".join(b"\0" + row.tobytes() for row in values)
        chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        decoded = decode(b"\x89PNG\r\n\x1a\n" + chunks, 2, "squash")
        assert decoded[0].tolist() == [[255, 0, 0x12], [0x80, 1, 0]]

    def test_premultiplied_transparency_on_white(self) -> None:
        """Grey and alpha of a TIFF, the greys multiplied with alpha: 50 + 255 - 128 at half."""
        samples = np.array([[0, 255, 0, 0, 50, 128, 100, 255]], np.uint8)
        content = bytearray(tiff(samples, t338=1))
        # The helper writes one sample for each pixel.
        for tag, value in ((256, 4), (277, 2)):
            field = content.index(struct.pack("<HH", tag, 4))
            content[field : field + 12] = struct.pack("<HHII", tag, 4, 1, value)
        field = content.index(struct.pack("<HH", 258, 4))
        content[field : field + 12] = struct.pack("<HHIHH", 258, 3, 2, 8, 8)
        assert Image.open(io.BytesIO(content)).mode == "La"
        image = to_rgb(Image.open(io.BytesIO(content)))
        assert [image.getpixel((place, 0)) for place in range(4)] == [(0,) * 3, (255,) * 3, (177,) * 3, (100,) * 3]


class TestFiles:
    @pytest.mark.parametrize(
        ("orientation", "first", "last"),
        [(1, RED, BLUE), (2, BLUE, RED), (3, BLUE, RED), (6, RED, BLUE), (8, BLUE, RED)],
    )
    def test_orientation_is_applied(self, orientation: int, first: list[int], last: list[int]) -> None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        decoded = decode(encoded(red_then_blue(), exif=exif), 4, "squash")
        # Orientations from 5 on swap width and height: red is above or below blue.
        assert decoded[0, 0].tolist() == first
        assert decoded[-1, -1].tolist() == last
        assert decoded[0, -1].tolist() == (first if orientation >= 5 else last)

    @pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
    def test_a_broken_orientation_does_not_matter(self) -> None:
        content = encoded(red_then_blue(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03")
        assert decode(content, 4, "squash").shape == (4, 4, 3)

    def test_the_first_frame_of_an_animation_counts(self, tmp_path: Path) -> None:
        first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
        file = tmp_path / "moving.jpg"
        file.write_bytes(encoded(first, "GIF", save_all=True, append_images=[second]))
        assert (decode(read_bytes(file), 4, "squash") == RED).all()

    @pytest.mark.parametrize("fit", ["squash", "crop", "pad"])
    @pytest.mark.parametrize("size", [(1, 1), (20_000, 3), (3, 20_000)])
    def test_any_shape_becomes_a_square(self, size: tuple[int, int], fit: Any) -> None:
        decoded = decode(encoded(Image.new("RGB", size, "red")), 16, fit)
        assert decoded.shape == (16, 16, 3)
        assert (decoded == RED).all(-1).any()

    def test_a_truncated_jpeg(self) -> None:
        content = encoded(Image.effect_noise((64, 64), 90), "JPEG")
        with pytest.raises(UnreadablePicture, match=r"^image file is truncated \(\d+ bytes not processed\)$"):
            decode(content[: len(content) // 2], 16, "squash")

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP"])
    def test_half_of_any_file_is_unreadable(self, kind: str) -> None:
        content = encoded(Image.effect_noise((64, 64), 90).convert("RGB"), kind)
        with pytest.raises(UnreadablePicture, match=r"\w"):
            decode(content[: len(content) // 2], 16, "squash")

    def test_an_empty_file(self) -> None:
        with pytest.raises(UnreadablePicture, match=r"^the file is empty$"):
            decode(b"", 16, "squash")

    @pytest.mark.parametrize(
        "content",
        [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), b"<html>not found</html>", b"\xff\xd8", bytes(100)],
        ids=["heic", "text", "the start of a jpeg", "zeros"],
    )
    def test_other_files_are_unreadable(self, content: bytes) -> None:
        with pytest.raises(UnreadablePicture, match=r"^not a picture that Pillow can read$"):
            decode(content, 16, "squash")

    def test_a_small_file_that_claims_to_be_huge(self) -> None:
        header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        with pytest.raises(UnreadablePicture, match=r"^more than 200 million pixels$"):
            decode(bomb, 16, "squash")

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadablePicture, match=r"^no such file or directory$"):
            read_bytes(tmp_path / "absent.jpg")
        with pytest.raises(UnreadablePicture, match=r"^is a directory$"):
            read_bytes(tmp_path)

    def test_damaged_files_raise_nothing_else(self) -> None:
        rng = np.random.default_rng(5)
        picture = pixels(rng.integers(0, 256, (24, 24, 3)).tolist())
        unreadable = 0
        for kind in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "PPM"):
            whole = np.frombuffer(encoded(picture, kind), np.uint8)
            for _ in range(40):
                content = whole.copy()
                content[rng.integers(0, len(content), 4)] = rng.integers(0, 256, 4)
                try:
                    assert decode(content.tobytes(), 8, "squash").shape == (8, 8, 3)
                except UnreadablePicture:
                    unreadable += 1
        assert 40 < unreadable < 280


class TestFit:
    def test_squash_is_pillows_lanczos(self) -> None:
        image = pixels(np.random.default_rng(1).integers(0, 256, (37, 90, 3)).tolist())
        expected = np.asarray(image.resize((24, 24), Image.Resampling.LANCZOS))
        np.testing.assert_array_equal(decode(encoded(image), 24, "squash"), expected)

    def test_a_jpeg_decodes_as_in_artemis(self) -> None:
        coarse = pixels(np.random.default_rng(4).integers(0, 256, (45, 60, 3)).tolist())
        content = encoded(coarse.resize((600, 450), Image.Resampling.BICUBIC), "JPEG")
        theirs = Image.open(io.BytesIO(content)).convert("RGB").resize((256, 256), Image.Resampling.LANCZOS)
        np.testing.assert_array_equal(decode(content, 256, "squash"), np.asarray(theirs))

    def test_crop_takes_the_middle(self) -> None:
        wide = pixels([[RED, RED, GREEN, BLUE, BLUE, RED]] * 2)
        assert decode(encoded(wide), 2, "crop").tolist() == [[GREEN, BLUE]] * 2
        tall = wide.transpose(Image.Transpose.TRANSPOSE)
        assert decode(encoded(tall), 2, "crop").tolist() == [[GREEN, GREEN], [BLUE, BLUE]]

    def test_pad_puts_grey_around_the_whole(self) -> None:
        wide = pixels([[RED, GREEN, BLUE, WHITE]] * 2)
        assert decode(encoded(wide), 4, "pad").tolist() == [
            [GREY] * 4,
            [RED, GREEN, BLUE, WHITE],
            [RED, GREEN, BLUE, WHITE],
            [GREY] * 4,
        ]

    def test_a_square_of_the_target_size_is_unchanged(self) -> None:
        values = np.random.default_rng(2).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        for fit in ("squash", "crop", "pad"):
            np.testing.assert_array_equal(decode(encoded(Image.fromarray(values)), 9, fit), values)


def test_a_picture_too_large_to_resize_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    Image.new("RGB", (3, 3)).save(content, "PNG")

    def out_of_memory(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(Image.Image, "resize", out_of_memory)
    with pytest.raises(UnreadablePicture, match="MemoryError"):
        decode(content.getvalue(), 8, "pad")
