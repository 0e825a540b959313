"""Tokens written as people write them."""

import pytest

from stages.common.scripts import written


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("a calm sea ( 4th )", "a calm sea ( 4th )"),
        ("das meer 😀 größe", "das meer 😀 größe"),
        ("金 色 的 阳 光", "金色的阳光"),
        ("这 是 van gogh 的 画 3 幅", "这是 van gogh 的画 3 幅"),
        ("こ の 絵 は ス ー パ ー", "この絵はスーパー"),
        ("ท ะ เ ล น้ำ ใ ส", "ทะเลน้ำใส"),
        ("ស្រី ស្អា ត မြ န် မာ", "ស្រីស្អាតမြန်မာ"),
        ("바다가 고요하다", "바다가 고요하다"),
        ("海 <unk> 海", "海 <unk> 海"),
        # Without the space they would be one character.
        ("ก \u0e33", "ก \u0e33"),
        ("海", "海"),
        ("", ""),
    ],
)
def test_characters_of_scripts_without_spaces_are_joined(tokens: str, text: str) -> None:
    assert written(tokens) == text
