"""What models learn does not depend on what they are tested on: not by a bit, whatever the test artworks hold."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from stages.annotations.tables import ANNOTATIONS
from stages.common.captions_table import load_captions
from stages.common.emotions import EMOTIONS, IDS
from stages.common.files import write_parquet
from stages.utterances.tables import read_utterances, save_utterances
from stages.utterances.vocabulary import EOS
from tests.miniature import Miniature
from tests.reliability.killing import Nursery
from tests.study import Study

ARTWORK = ["art_style", "painting"]
POISON = "zyzzyva"
UTTERANCES = "data/utterances/deep_nets/utterances.parquet"
# What is learnt, and by which stage.
LEARNT = {
    "text_classifier": ["data/text_classifier/model.safetensors", "data/text_classifier/tfidf.safetensors"],
    "image_classifier": ["data/image_classifier/model.safetensors", "data/image_classifier/config.json"],
    "speaker": ["data/speaker/model.safetensors", "data/speaker/vocabulary.json", "data/speaker/config.json"],
}


def poison_utterances(folder: Path) -> None:
    """Other words and emotions in each test utterance."""
    table = read_utterances(folder / UTTERANCES)
    tested = (table["split"] == "test").to_numpy()
    others = random.Random(1).choices(EMOTIONS, k=len(table))
    table["emotion"] = np.where(tested, others, table["emotion"])
    table["emotion_label"] = table["emotion"].map(IDS)
    said = [POISON] * 7
    table["tokens"] = [said if bad else one for one, bad in zip(table["tokens"], tested, strict=True)]
    ids = table["tokens_encoded"]
    table["tokens_encoded"] = [mixed(one) if bad else one for one, bad in zip(ids, tested, strict=True)]
    for name in ("utterance", "utterance_spelled"):
        table[name] = np.where(tested, " ".join(said), table[name])
    save_utterances(table, folder / UTTERANCES)


def mixed(ids: np.ndarray) -> np.ndarray:
    """<sos>, the words from the last to the first, <eos>, padding."""
    end = int(np.argmax(ids == EOS))
    return np.concatenate([ids[:1], ids[1:end][::-1], ids[end:]])


def of_test(folder: Path) -> pd.MultiIndex:
    table = read_utterances(folder / UTTERANCES, [*ARTWORK, "split"])
    return pd.MultiIndex.from_frame(table.loc[table["split"] == "test", ARTWORK])


def poison_pictures(folder: Path) -> None:
    """Noise in the pixels of each test picture, and other features."""
    for name in ("images/pixels.npy", "features/pooled.npy"):
        index = pq.read_table(folder / "data" / Path(name).parent / "index.parquet").to_pandas()
        index = index[index["problem"].isna()] if "problem" in index else index
        tested = pd.MultiIndex.from_frame(index[ARTWORK]).isin(of_test(folder))
        values = np.load(folder / "data" / name)
        values[tested] = np.random.default_rng(1).integers(0, 255, values[tested].shape)
        np.save(folder / "data" / name, values)


def poison_counts(folder: Path) -> None:
    """Other votes for each test artwork."""
    path = folder / "data/histograms/histograms.parquet"
    table = pq.read_table(path)
    frame = table.to_pandas()
    tested = pd.MultiIndex.from_frame(frame[ARTWORK]).isin(of_test(folder))
    frame["counts"] = [list(reversed(one)) if bad else one for one, bad in zip(frame["counts"], tested, strict=True)]
    write_parquet(type(table).from_pandas(frame, schema=table.schema, preserve_index=False), path)


@pytest.fixture(scope="module")
def poisoned(miniature: Miniature, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """The study with other words, emotions and pixels in all that is tested."""
    folder = tmp_path_factory.mktemp("honesty") / "study"
    with Nursery(miniature.folder, folder, {}) as nursery:
        poison_counts(folder)
        poison_pictures(folder)
        poison_utterances(folder)
        yield nursery


@pytest.mark.parametrize("stage", LEARNT)
def test_nothing_is_learnt_from_test_artworks(poisoned: Nursery, miniature: Miniature, stage: str) -> None:
    before = {path: (poisoned.folder / path).read_bytes() for path in LEARNT[stage]}
    for path in LEARNT[stage]:
        (poisoned.folder / path).unlink()
    assert poisoned.run(stage).code == 0, poisoned.printed()
    differing = [path for path, content in before.items() if (poisoned.folder / path).read_bytes() != content]
    assert differing == []
    # That it was judged on something else shows in its figures.
    figures = f"reports/{stage}/metrics.json"
    assert (poisoned.folder / figures).read_bytes() != (miniature.folder / figures).read_bytes()


@pytest.mark.parametrize("stage", ["neighbor_captions", "anp_captions"])
def test_baselines_borrow_nothing_from_test_artworks(poisoned: Nursery, stage: str) -> None:
    assert poisoned.run(stage).code == 0, poisoned.printed()
    captions = load_captions(poisoned.folder / f"data/{stage}/captions.parquet")
    assert len(captions) > 0
    assert not captions["caption"].str.contains(POISON).any()


def test_test_utterances_have_no_say_in_vocabulary_and_spelling(miniature: Miniature, tmp_path: Path) -> None:
    vocabulary, before = "data/utterances/deep_nets/vocabulary.json", read_utterances(miniature.folder / UTTERANCES)
    # A word that training misspells is one that test utterances use all the time, and they bring one of their own.
    spelling = pq.read_table(miniature.folder / "data/utterances/deep_nets/spelling.parquet").to_pandas()
    train = " ".join(before.loc[before["split"] == "train", "utterance"]).lower().split()
    typo = next(token for token in spelling.dropna()["token"] if token in train)
    with Nursery(miniature.folder, tmp_path / "study", {}) as nursery:
        path = nursery.folder / "data/annotations/annotations.parquet"
        table = pq.read_table(path)
        frame = table.to_pandas()
        tested = pd.MultiIndex.from_frame(frame[ARTWORK]).isin(of_test(nursery.folder))
        frame["utterance"] = np.where(tested, f"the {POISON} and its {typo} look at a {typo}", frame["utterance"])
        write_parquet(type(table).from_pandas(frame, schema=ANNOTATIONS, preserve_index=False), path)
        assert nursery.run("utterances@deep_nets").code == 0, nursery.printed()
        again = read_utterances(nursery.folder / UTTERANCES)
        assert (nursery.folder / vocabulary).read_bytes() == (miniature.folder / vocabulary).read_bytes()
    learnt, relearnt = (one[one["split"] == "train"].reset_index(drop=True) for one in (before, again))
    pd.testing.assert_frame_equal(learnt, relearnt)
    assert again.loc[again["split"] == "test", "utterance"].str.contains(POISON).all()


def test_every_stage_that_learns_is_walked(study: Study) -> None:
    """Those that train, and those that write captions from the utterances, are among those above."""
    imports = {stage.name: study.imported_by(f"stages.{stage.name}.__main__") for stage in study.stages}
    trains = {name for name, imported in imports.items() if "stages.learning.training" in imported}
    borrows = {name for name in imports if name.endswith("_captions")}
    assert trains == set(LEARNT)
    assert borrows == {"neighbor_captions", "anp_captions"}
