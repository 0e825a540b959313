"""The stage copies an utterance of the nearest training picture."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.common.captions_table import load_captions
from stages.common.errors import UserError
from stages.features import store
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
PARAMS = "seed: {seed}\ncaptions:\n  split: {split}\nneighbor_captions:\n  same_picture: {same}\n"
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
    with_features = [name for name, (_, feature) in ARTWORKS.items() if feature is not None][::-1]
    features = np.array([[ARTWORKS[name][1]] for name in with_features], np.float32)
    # The places, which the stage does not read, are absent.
    store.save(
        features, pd.DataFrame({"art_style": "null", "painting": with_features}), {"pooling": "average"}, store.FOLDER
    )
    configure()
    return tmp_path


def configure(split: str = "test", same: float = 0.0, seed: int = 1) -> None:
    Path("params.yaml").write_text(PARAMS.format(split=split, same=same, seed=seed), encoding="utf-8")


def sources() -> dict[str, str]:
    """Painting -> the painting whose utterance is its caption."""
    table = load_captions(TABLE)
    return dict(zip(table["painting"], table["caption"].str.split().str[0], strict=True))


def test_captions_are_utterances_of_the_nearest_training_picture(workspace: Path) -> None:
    # d: 1 from b; e: 2 from a; f is the same picture as b, so 10 from a.
    assert main() == "3 captions from 2 training pictures, mean distance 4.33"
    assert sources() == {"d": "b", "e": "a", "f": "a"}
    table = load_captions(TABLE)
    assert table["art_style"].tolist() == ["null"] * 3
    assert table["config"].tolist() == table["rank"].tolist() == [0, 0, 0]
    assert table["grounding_emotion"].isna().all()
    assert table["log_probability"].isna().all()


def test_pictures_within_the_distance_are_the_same(workspace: Path) -> None:
    configure(same=1.0)
    assert main() == "3 captions from 1 training pictures, mean distance 7.00"
    assert sources() == {"d": "a", "e": "a", "f": "a"}


def test_the_split_is_that_of_captions(workspace: Path) -> None:
    configure(split="val")
    main()
    assert sources() == {"c": "a"}


def test_the_seed_chooses_the_utterance(workspace: Path) -> None:
    chosen = set()
    for seed in range(12):
        configure(seed=seed)
        main()
        first = TABLE.read_bytes()
        main()
        assert TABLE.read_bytes() == first
        chosen |= set(load_captions(TABLE)["caption"])
    # 36 draws from the 8 utterances of each of two pictures.
    assert len(chosen) > COUNT


def test_a_split_without_pictures(workspace: Path) -> None:
    configure(split="rest")
    with pytest.raises(UserError) as caught:
        main()
    assert "no picture of an artwork of the split rest" in str(caught.value)
