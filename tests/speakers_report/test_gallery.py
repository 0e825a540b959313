"""The gallery: the sample of pictures, the content of the cards, and the attention maps."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.images.packed import Packed
from stages.pages.markup import DARKEST, PICTURE, artist_and_title, picture_uri, veil, veil_uri
from stages.speakers_report.captions import NearestUtterance
from stages.speakers_report.gallery import (
    Caption,
    Card,
    Word,
    attended_words,
    captions_by_emotion,
    captions_by_system,
    cards,
    render_cards,
    sample_artworks,
)

NAMES = ["b", "a", "d", "c"]
CAPTIONS = pd.DataFrame(
    {
        "art_style": "Pop_Art",
        "painting": NAMES,
        "caption": [f"words of {name}" for name in NAMES],
        "grounding_emotion": [None, "awe", None, None],
        "config": 0,
        "rank": 0,
    }
)
UTTERANCES = pd.DataFrame(
    {
        "art_style": "Pop_Art",
        "painting": ["a", "c", "a"],
        "emotion": ["awe", "fear", "anger"],
        "utterance": ["1", "2", "3"],
    }
)


def packed(names: str) -> Packed:
    index = pd.DataFrame({"art_style": "Pop_Art", "painting": list(names)})
    return Packed(np.full((len(names), 8, 8, 3), 200, np.uint8), index, "squash")


def decoded(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_artworks_are_sampled_from_those_with_a_picture() -> None:
    sample = sample_artworks(CAPTIONS, packed("acb"), count=10, seed=1)
    assert sample["painting"].tolist() == ["a", "b", "c"]
    # The rows of these captions in their table, and so of the attention maps.
    assert sample.index.tolist() == [1, 0, 3]


def test_the_sample_depends_on_the_seed_alone() -> None:
    samples = [tuple(sample_artworks(CAPTIONS, packed("abcd"), 2, seed)["painting"]) for seed in (1, 1, 2, 3, 4, 5)]
    assert samples[0] == samples[1]
    assert len(set(samples)) > 1


def test_captions_without_any_picture_are_an_error() -> None:
    with pytest.raises(UserError, match=r"captions.parquet: none of its artworks has a picture"):
        sample_artworks(CAPTIONS, packed("z"), 2, 1)


def test_a_card_holds_the_data_of_its_artwork() -> None:
    maps = [np.full((4, 2, 2), row + 1.0) for row in range(4)]
    sample = sample_artworks(CAPTIONS, packed("a"), 1, 1)
    systems = {"captions": CAPTIONS, "anp_captions": CAPTIONS.iloc[[0]]}
    nearest = NearestUtterance("words of b", 2, 3)
    captions = captions_by_system(sample, systems, {"words of a": nearest})
    words, scores = attended_words(sample, maps), [{"METEOR": 0.25}]
    (card,) = cards(sample, captions, packed=packed("a"), utterances=UTTERANCES, words=words, scores=scores)
    assert card.captions == [Caption("speaker", "words of a", "awe", nearest)]
    assert card.scores == {"METEOR": "0.250"}
    assert card.references == [("awe", "1"), ("anger", "3")]
    assert [word.text for word in card.words] == ["words", "of", "a", "(end)"]
    assert card.alt == "A, Pop Art"


def test_captions_by_emotion_are_labelled_by_the_emotion() -> None:
    table = pd.DataFrame([{"awe": "a c d", "fear": "e"}], columns=["art_style", "painting", *ARTEMIS])
    assert captions_by_emotion(table) == [[Caption("awe", "a c d"), Caption("fear", "e")]]


def test_a_truncated_caption_has_no_end() -> None:
    sample = sample_artworks(CAPTIONS, packed("c"), 1, 1)
    (words,) = attended_words(sample, [np.ones((3, 2, 2))] * 4)
    assert [word.text for word in words] == ["words", "of", "c"]


def test_attention_maps_of_another_caption_are_an_error() -> None:
    sample = sample_artworks(CAPTIONS, packed("c"), 1, 1)
    with pytest.raises(ValueError, match="zip"):
        attended_words(sample, [np.ones((7, 2, 2))] * 4)


def test_an_artwork_without_a_picture_has_no_card() -> None:
    artworks = CAPTIONS[CAPTIONS["painting"].isin(["a", "c"])]
    captions = [[Caption("speaker", "1")], [Caption("speaker", "2")]]
    (card,) = cards(artworks, captions, packed=packed("c"), utterances=UTTERANCES)
    assert card.title == "C"
    assert card.captions == [Caption("speaker", "2")]


def test_all_texts_are_escaped() -> None:
    attack = '"><script>alert(1)</script>'
    captions = [Caption("speaker", attack, attack, NearestUtterance(attack, 1, 1))]
    card = Card(attack, attack, attack, "data:,", captions, [(attack, attack)], [Word(attack, "")], {attack: "1"})
    page = render_cards([card], "en")
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 14
    assert 'alt="&#34;&gt;' in page


def test_captions_are_written_as_people_write_their_language() -> None:
    nearest = NearestUtterance("海 很 平 静", 2, 4)
    captions = [Caption("speaker", "大 海 平 静", None, nearest)]
    card = Card("A", "T", "S", "data:,", captions, [("awe", "大海。")], [Word("大", "")], {})
    page = render_cards([card], "zh-Hans")
    for text in ("大海平静", "海很平静", "大海。"):
        assert f'<bdi lang="zh-Hans">{text}</bdi>' in page
    assert '<ol class="attention" lang="zh-Hans" dir="auto"' in page


def test_the_veil_is_clear_where_attention_is_largest() -> None:
    opacity = veil(np.array([[0.5, 0.25], [0.0, 0.5]]))
    assert opacity.tolist() == [[0, round(DARKEST / 2)], [DARKEST, 0]]
    assert not veil(np.full((2, 2), 0.25)).any()


def test_pictures_and_veils_are_images_of_modest_size() -> None:
    large = np.zeros((2 * PICTURE, 2 * PICTURE, 3), np.uint8)
    assert decoded(picture_uri(large)).size == (PICTURE, PICTURE)
    shown = decoded(veil_uri(np.array([[1.0, 0.0], [0.0, 0.0]])))
    assert shown.mode == "LA"
    assert shown.getpixel((0, 0)) == (0, 0)
    # Smoothed, so not quite as dark as the map alone would have it.
    assert shown.getpixel((31, 31))[1] > 0.95 * DARKEST


@pytest.mark.parametrize(
    ("painting", "names"),
    [
        ("vincent-van-gogh_portrait-of-a-man-1889", ("Vincent Van Gogh", "Portrait of a man 1889")),
        ("untitled-7", ("", "Untitled 7")),
        ("a_b_c", ("A", "B c")),
    ],
)
def test_artist_and_title(painting: str, names: tuple[str, str]) -> None:
    assert artist_and_title(painting) == names
