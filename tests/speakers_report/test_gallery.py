"""The gallery: which pictures, what is told of them, and where the speaker looked."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stages.common.errors import UserError
from stages.images.packed import Packed
from stages.pages.pictures import DARKEST, PICTURE, artist_and_title, picture_uri, veil, veil_uri
from stages.speakers_report.captions import Nearest
from stages.speakers_report.gallery import Card, Said, Word, by_system, cards, choose, gallery, looked

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


def test_pictures_are_drawn_from_those_that_can_be_shown() -> None:
    chosen = choose(CAPTIONS, packed("acb"), count=10, seed=1)
    assert chosen["painting"].tolist() == ["a", "b", "c"]
    # The rows that these captions have in their table, and so in the attention maps.
    assert chosen.index.tolist() == [1, 0, 3]


def test_the_draw_depends_on_the_seed_alone() -> None:
    draws = [tuple(choose(CAPTIONS, packed("abcd"), 2, seed)["painting"]) for seed in (1, 1, 2, 3, 4, 5)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1


def test_captions_without_any_picture_are_an_error() -> None:
    with pytest.raises(UserError, match="none of its artworks has a picture"):
        choose(CAPTIONS, packed("z"), 2, 1)


def test_a_card_holds_what_belongs_to_its_picture() -> None:
    maps = [np.full((4, 2, 2), row + 1.0) for row in range(4)]
    chosen = choose(CAPTIONS, packed("a"), 1, 1)
    systems = {"captions": CAPTIONS, "anp_captions": CAPTIONS.iloc[[0]]}
    before = Nearest("words of b", 2, 3)
    said = by_system(chosen, systems, {"words of a": before})
    words, why = looked(chosen, maps), [{"METEOR": 0.25}]
    (card,) = cards(chosen, said, packed=packed("a"), utterances=UTTERANCES, words=words, why=why)
    assert card.said == [Said("speaker", "words of a", "awe", before)]
    assert card.why == {"METEOR": "0.250"}
    assert card.references == [("awe", "1"), ("anger", "3")]
    assert [word.text for word in card.words] == ["words", "of", "a", "(end)"]
    assert card.alt == "A, Pop Art"


def test_a_caption_that_was_cut_short_has_no_end() -> None:
    chosen = choose(CAPTIONS, packed("c"), 1, 1)
    (words,) = looked(chosen, [np.ones((3, 2, 2))] * 4)
    assert [word.text for word in words] == ["words", "of", "c"]


def test_maps_of_another_caption_are_refused() -> None:
    chosen = choose(CAPTIONS, packed("c"), 1, 1)
    with pytest.raises(ValueError, match="zip"):
        looked(chosen, [np.ones((7, 2, 2))] * 4)


def test_an_artwork_without_a_picture_has_no_card() -> None:
    artworks = CAPTIONS[CAPTIONS["painting"].isin(["a", "c"])]
    (card,) = cards(
        artworks, [[Said("speaker", "1")], [Said("speaker", "2")]], packed=packed("c"), utterances=UTTERANCES
    )
    assert card.title == "C"
    assert card.said == [Said("speaker", "2")]


def test_whatever_people_or_models_say_is_escaped() -> None:
    attack = '"><script>alert(1)</script>'
    said = [Said("speaker", attack, attack, Nearest(attack, 1, 1))]
    card = Card(attack, attack, attack, "data:,", said, [(attack, attack)], [Word(attack, "")], {attack: "1"})
    page = gallery([card])
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 14
    assert 'alt="&#34;&gt;' in page


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
    ("painting", "told"),
    [
        ("vincent-van-gogh_portrait-of-a-man-1889", ("Vincent Van Gogh", "Portrait of a man 1889")),
        ("untitled-7", ("", "Untitled 7")),
        ("a_b_c", ("A", "B c")),
    ],
)
def test_names_in_words(painting: str, told: tuple[str, str]) -> None:
    assert artist_and_title(painting) == told
