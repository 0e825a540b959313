"""The stage: whose utterances are lent, and that the choice is the seed's."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.common.captions_table import load_captions
from stages.common.errors import UserError
from stages.features import pooled
from stages.neighbor_captions.__main__ import TABLE, main
from stages.utterances.tables import save_utterances, table_path

# Painting -> its split and its one feature; `lost` has no picture.
ARTWORKS: dict[str, tuple[str, float | None]] = {
    "a": ("train", 0.0),
    "b": ("train", 10.0),
    "c": ("val", 1.0),
    "d": ("test", 9.0),
    "e": ("test", 2.0),
    "f": ("test", 10.0),
    "lost": ("test", None),
}
PARAMS = "captions:\n  split: {split}\nneighbor_captions:\n  same_picture: {same}\n  seed: {seed}\n"
COUNT = 8


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [
        {"painting": painting, "split": split, "utterance_spelled": f"{painting} {number}"}
        for painting, (split, _) in ARTWORKS.items()
        for number in range(COUNT)
    ]
    constant = {"art_style": "null", "emotion": "awe", "utterance": "raw", "repetition": COUNT, "emotion_label": 1}
    encoded = {"tokens": [[]] * len(rows), "tokens_len": 0, "tokens_encoded": [[]] * len(rows)}
    save_utterances(pd.DataFrame(rows).assign(**constant, **encoded), table_path("deep_nets"))
    seen = [name for name, (_, feature) in ARTWORKS.items() if feature is not None][::-1]
    features = np.array([[ARTWORKS[name][1]] for name in seen], np.float32)
    pooled.save(features, pd.DataFrame({"art_style": "null", "painting": seen}))
    configure()
    return tmp_path


def configure(split: str = "test", same: float = 0.0, seed: int = 1) -> None:
    Path("params.yaml").write_text(PARAMS.format(split=split, same=same, seed=seed), encoding="utf-8")


def lenders() -> dict[str, str]:
    """Painting -> the painting whose utterance it got."""
    found = load_captions(TABLE)
    return dict(zip(found["painting"], found["caption"].str.split().str[0], strict=True))


def test_the_nearest_training_picture_lends(workspace: Path) -> None:
    # d: 1 from b; e: 2 from a; f is the very picture b, so 10 from a.
    assert main() == "3 captions from 2 pictures at a mean distance of 4.33"
    assert lenders() == {"d": "b", "e": "a", "f": "a"}
    found = load_captions(TABLE)
    assert found["art_style"].tolist() == ["null"] * 3
    assert found["config"].tolist() == found["rank"].tolist() == [0, 0, 0]
    assert found["grounding_emotion"].isna().all()
    assert found["log_probability"].isna().all()


def test_pictures_as_near_as_the_dial_says_are_the_same(workspace: Path) -> None:
    configure(same=1.0)
    assert main() == "3 captions from 1 pictures at a mean distance of 7.00"
    assert lenders() == {"d": "a", "e": "a", "f": "a"}


def test_the_split_is_a_dial(workspace: Path) -> None:
    configure(split="val")
    main()
    assert lenders() == {"c": "a"}


def test_the_seed_chooses_the_utterance(workspace: Path) -> None:
    chosen = set()
    for seed in range(12):
        configure(seed=seed)
        main()
        first = TABLE.read_bytes()
        main()
        assert TABLE.read_bytes() == first
        chosen |= set(load_captions(TABLE)["caption"])
    # 36 draws among the 8 utterances of each of two pictures.
    assert len(chosen) > COUNT


def test_a_split_without_pictures(workspace: Path) -> None:
    configure(split="rest")
    with pytest.raises(UserError) as caught:
        main()
    assert str(caught.value) == "no artwork of the train or of the rest split has a picture; see data/images"
