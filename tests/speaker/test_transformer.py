"""The transformer: its cache, attention and positions, and sizes that are refused."""

import pytest
import torch
from torch import Tensor

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.interface import one_hot
from stages.speaker.transformer import TransformerSpeaker, positions
from tests.speaker.decoder_cases import NoBackbone

TOKENS = torch.tensor([[1, 5, 6, 7, 2], [1, 8, 9, 2, 0], [1, 6, 2, 0, 0]])
LENGTHS = torch.tensor([4, 3, 2])
EMOTION = one_hot(torch.tensor([0, 3, 8]), len(ARTEMIS))
CPU = torch.device("cpu")


def _small(*, grounded: bool = False, width: int = 8, heads: int = 2, dropout: float = 0.0) -> TransformerSpeaker:
    torch.manual_seed(7)
    return TransformerSpeaker(
        backbone=NoBackbone(16),  # type: ignore[arg-type]
        vocabulary=11,
        width=width,
        layers=2,
        heads=heads,
        dropout=dropout,
        grounded=grounded,
    ).eval()


def _features() -> Tensor:
    return torch.randn(3, 4, 16, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("grounded", [False, True])
def test_the_cache_grows_by_a_word_and_the_image_part_is_not_copied(grounded: bool) -> None:
    model = _small(grounded=grounded)
    before = model.start(_features(), EMOTION if grounded else None)
    _, after, _ = model.step(TOKENS[:, 0], before)
    # Two layers of (keys and values, heads, words, width / heads); an emotion is a token before the first word.
    assert [part.shape for part in before] == 2 * [(3, 2, 2, grounded, 4)] + 2 * [(3, 2, 2, 4, 4)]
    assert [part.shape for part in after[:2]] == 2 * [(3, 2, 2, grounded + 1, 4)]
    assert all(new is old for new, old in zip(after[2:], before[2:], strict=True))
    assert all(torch.equal(new[:, :, :, :-1], old) for new, old in zip(after[:2], before[:2], strict=True))


def test_the_attention_of_each_word_sums_to_one() -> None:
    forced = _small().teach(_features(), TOKENS, LENGTHS, None)
    assert forced.attention.sum(1).tolist() == pytest.approx([4, 3, 2], abs=1e-5)


def test_a_word_does_not_depend_on_later_words() -> None:
    model, other = _small(), TOKENS.clone()
    other[0, 3] = 10
    logits, changed = (model.teach(_features(), tokens, LENGTHS, None).logits for tokens in (TOKENS, other))
    # Three first, three second and two third words are scored before the changed word is read.
    torch.testing.assert_close(logits[:8], changed[:8])
    assert (logits[8] - changed[8]).abs().max() > 1e-4


def test_an_emotion_may_be_a_distribution() -> None:
    model = _small(grounded=True)
    shares = torch.full((3, 9), 1 / 9)
    even, single = (model.teach(_features(), TOKENS, LENGTHS, emotion).logits for emotion in (shares, EMOTION))
    assert (even - single).abs().max() > 1e-4


def test_bfloat16_is_close_to_float32() -> None:
    model = _small(grounded=True)
    whole = model.teach(_features(), TOKENS, LENGTHS, EMOTION)
    with torch.autocast("cpu", torch.bfloat16):
        half = model.teach(_features(), TOKENS, LENGTHS, EMOTION)
    assert half.logits.dtype == torch.bfloat16
    torch.testing.assert_close(half.logits.float(), whole.logits, atol=0.02, rtol=0)
    # The penalty compares sums over words with their number: they stay in float32.
    assert half.attention.dtype == torch.float32
    assert half.attention.sum(1).tolist() == pytest.approx([4, 3, 2], abs=1e-5)


def test_the_backbone_may_be_a_vision_transformer() -> None:
    model = TransformerSpeaker(
        backbone=Backbone("test_vit"), vocabulary=11, width=8, layers=1, heads=2, dropout=0, grounded=False
    )
    model.backbone.freeze(2)
    pixels = torch.randint(0, 256, (2, 96, 96, 3), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
    forced = model(pixels, torch.tensor([1, 0, 1]), TOKENS, LENGTHS, None)
    forced.logits.sum().backward()
    # 160 px in patches of 16; its class token is no place.
    assert forced.attention.shape == (3, 10 * 10)
    trainable = {name for name, value in model.backbone.named_parameters() if value.grad is not None}
    assert trainable
    assert not any("patch_embed" in name or "blocks.0." in name for name in trainable)


def test_captions_may_be_longer_than_the_training_captions() -> None:
    model, state = _small(), _small().start(_features(), None)
    for _ in range(200):
        logits, state, _ = model.step(TOKENS[:, 1], state)
    assert logits.isfinite().all()
    assert state[0].shape[3] == 200


def test_positions_continue() -> None:
    whole = positions(0, 6, 8, CPU)
    torch.testing.assert_close(whole[4:], positions(4, 2, 8, CPU))
    # sin and cos of position x 1, 0.1, 0.01, 0.001.
    expected = [0.909297, 0.198669, 0.019999, 0.002, -0.416147, 0.980067, 0.9998, 0.999998]
    assert whole[2].tolist() == pytest.approx(expected, abs=1e-6)


def test_dropout_applies_in_training_only() -> None:
    model = _small(dropout=0.5)
    first, second = (model.train().teach(_features(), TOKENS, LENGTHS, None).logits for _ in range(2))
    assert not torch.equal(first, second)
    without = model.eval().teach(_features(), TOKENS, LENGTHS, None).logits
    torch.testing.assert_close(without, _small().teach(_features(), TOKENS, LENGTHS, None).logits)


@pytest.mark.parametrize(("width", "heads"), [(8, 3), (6, 2), (7, 1)])
def test_heads_that_cannot_share_the_width_are_an_error(width: int, heads: int) -> None:
    message = rf"speaker\.transformer\.width is {width}; allowed: a multiple of twice the {heads} heads"
    with pytest.raises(UserError, match=message):
        _small(width=width, heads=heads)
