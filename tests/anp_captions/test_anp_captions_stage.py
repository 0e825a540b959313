"""The stage inserts adjectives of the polarity that the image classifier predicts."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from stages.annotations.tables import save_emotions
from stages.anp_captions import __main__ as stage
from stages.common.captions_table import load_captions
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.language import FOR_ENGLISH
from stages.images.packed import Packed
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

PARAMS = """
device: cpu
seed: 1
captions: {split: test, rule: beam}
anp_captions: {base: base.csv, pairs: mined, tagger: pattern}
utterances: {rules: clean}
"""


class Brightness:
    """An image classifier: something else, then awe for white pictures; fear for black ones."""

    model = SimpleNamespace(emotions=ARTEMIS.names)

    def predict(self, pixels):
        bright = pixels.reshape(len(pixels), -1).mean(1) > 127
        return np.where(bright[:, None], np.eye(9)[8] * 0.6 + np.eye(9)[1] * 0.4, np.eye(9)[6])


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A bright and a dark picture, one whose noun has no adjective, one unreadable, one without a caption."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    tokens = [["a", "beautiful", "tree"], ["the", "scary", "tree"]]
    test = ["bright", "dark", "nounless", "unreadable", "captionless"]
    utterances = pd.DataFrame(
        {
            "art_style": "Cubism",
            "painting": ["t1", "t2", *test, "bright"],
            "split": ["train"] * 2 + ["test"] * 6,
            "tokens": [*tokens, *[["a", "fantastic", "tree"]] * 6],
        }
    )
    shades = {"dark": 0, "bright": 255, "nounless": 0, "captionless": 0}
    pixels = np.stack([np.full((2, 2, 3), shade, np.uint8) for shade in shades.values()])
    index = pd.DataFrame({"art_style": "Cubism", "painting": list(shades)})
    captions = ["A tree.", "Near a tree", "A cube", "A tree"]
    pd.DataFrame({"art_style": "Cubism", "painting": test[:4], "caption": captions}).to_csv("base.csv", index=False)
    Tokenizer(CleanRules(), {}).save(tokenizer_path("deep_nets"))
    save_emotions(ARTEMIS)
    monkeypatch.setattr(stage, "load_utterances", lambda profile: utterances)
    monkeypatch.setattr(stage.packed, "load", lambda: Packed(pixels, index, "squash"))
    monkeypatch.setattr(stage.classifier, "load", lambda device: Brightness())


def test_captions_have_the_polarity_of_their_picture(study):
    assert stage.main() == (
        "3 captions, 2 with an adjective and 1 unchanged, from 1 positive, 1 negative pairs; "
        "skipped: 2 artworks without a caption or a picture"
    )
    frame = load_captions(stage.CAPTIONS)
    assert frame["painting"].tolist() == ["bright", "dark", "nounless"]
    assert frame["caption"].tolist() == ["a beautiful tree", "near a scary tree", "a cube"]
    assert frame["grounding_emotion"].tolist() == ["awe", "fear", "fear"]
    assert set(frame["emotion_source"]) == {"image_classifier"}
    assert frame["log_probability"].isna().all()


def test_a_list_of_pairs_replaces_mined_ones(study):
    Path("anps.txt").write_text("Positive ANPs:\ncalm tree\nNegative ANPs:\ndead tree\n")
    Path("params.yaml").write_text(PARAMS.replace("mined", "anps.txt"))
    assert "from 1 positive, 1 negative pairs" in stage.main()
    assert load_captions(stage.CAPTIONS)["caption"].tolist() == ["a calm tree", "near a dead tree", "a cube"]


def test_no_artwork_to_caption_is_an_error(study):
    Path("base.csv").write_text("art_style,painting,caption\nRococo,bright,A tree\n")
    with pytest.raises(UserError, match=r"base\.csv: no artwork of the test split"):
        stage.main()


def test_there_are_no_captions_in_another_language(study, monkeypatch):
    monkeypatch.setattr(stage, "load_utterances", None)
    Path("params.yaml").write_text(PARAMS.replace("clean", "plain"))
    assert stage.main() == f"no captions: {FOR_ENGLISH}"
    assert load_captions(stage.CAPTIONS).empty
