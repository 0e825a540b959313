"""No leakage: trained models do not depend by a bit on the test artworks."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from stages.annotations.tables import ANNOTATIONS
from stages.common.artworks import ARTWORK
from stages.common.captions_table import load_captions
from stages.common.emotions import ARTEMIS
from stages.common.files import write_parquet
from stages.utterances.tables import read_utterances, save_utterances
from stages.utterances.vocabulary import EOS
from tests.miniature import Miniature
from tests.reliability.stage_runner import StageRunner
from tests.study import Study

POISON = "zyzzyva"
UTTERANCES = "data/utterances/deep_nets/utterances.parquet"
# Trained files by stage.
TRAINED = {
    "text_classifier": ["data/text_classifier/model.safetensors", "data/text_classifier/tfidf.safetensors"],
    "image_classifier": ["data/image_classifier/model.safetensors", "data/image_classifier/config.json"],
    "speaker": ["data/speaker/model.safetensors", "data/speaker/vocabulary.json", "data/speaker/config.json"],
}


def poison_utterances(folder: Path) -> None:
    """Other words and emotions in each test utterance."""
    table = read_utterances(folder / UTTERANCES)
    tested = (table["split"] == "test").to_numpy()
    others = random.Random(1).choices(ARTEMIS.names, k=len(table))
    table["emotion"] = np.where(tested, others, table["emotion"])
    table["emotion_label"] = table["emotion"].map(ARTEMIS.ids)
    words = [POISON] * 7
    table["tokens"] = [words if bad else tokens for tokens, bad in zip(table["tokens"], tested, strict=True)]
    ids = table["tokens_encoded"]
    table["tokens_encoded"] = [reversed_words(row) if bad else row for row, bad in zip(ids, tested, strict=True)]
    for name in ("utterance", "utterance_spelled"):
        table[name] = np.where(tested, " ".join(words), table[name])
    save_utterances(table, folder / UTTERANCES)


def reversed_words(ids: np.ndarray) -> np.ndarray:
    """<sos>, the words in reverse, <eos>, padding."""
    end = int(np.argmax(ids == EOS))
    return np.concatenate([ids[:1], ids[1:end][::-1], ids[end:]])


def artworks_of_test(folder: Path) -> pd.MultiIndex:
    table = read_utterances(folder / UTTERANCES, [*ARTWORK, "split"])
    return pd.MultiIndex.from_frame(table.loc[table["split"] == "test", ARTWORK])


def poison_pictures(folder: Path) -> None:
    """Noise in the pixels of each test picture, and other features."""
    for name in ("images/pixels.npy", "features/pooled.npy", "features/places.npy"):
        index = pq.read_table(folder / "data" / Path(name).parent / "index.parquet").to_pandas()
        index = index[index["problem"].isna()] if "problem" in index else index
        tested = pd.MultiIndex.from_frame(index[ARTWORK]).isin(artworks_of_test(folder))
        values = np.load(folder / "data" / name)
        values[tested] = np.random.default_rng(1).integers(0, 255, values[tested].shape)
        np.save(folder / "data" / name, values)


def poison_counts(folder: Path) -> None:
    """Other votes for each test artwork."""
    path = folder / "data/histograms/histograms.parquet"
    table = pq.read_table(path)
    frame = table.to_pandas()
    tested = pd.MultiIndex.from_frame(frame[ARTWORK]).isin(artworks_of_test(folder))
    counts = zip(frame["counts"], tested, strict=True)
    frame["counts"] = [list(reversed(votes)) if bad else votes for votes, bad in counts]
    write_parquet(type(table).from_pandas(frame, schema=table.schema, preserve_index=False), path)


@pytest.fixture(scope="module")
def poisoned(miniature: Miniature, tmp_path_factory: pytest.TempPathFactory) -> StageRunner:
    """The study with other words, emotions, votes and pixels in the test split."""
    folder = tmp_path_factory.mktemp("honesty") / "study"
    runner = StageRunner(miniature.folder, folder, {})
    poison_counts(folder)
    poison_pictures(folder)
    poison_utterances(folder)
    return runner


@pytest.mark.parametrize("stage", TRAINED)
def test_training_does_not_depend_on_test_artworks(poisoned: StageRunner, miniature: Miniature, stage: str) -> None:
    before = {path: (poisoned.folder / path).read_bytes() for path in TRAINED[stage]}
    for path in TRAINED[stage]:
        (poisoned.folder / path).unlink()
    assert poisoned.run(stage).code == 0, poisoned.output()
    differing = [path for path, content in before.items() if (poisoned.folder / path).read_bytes() != content]
    assert differing == []
    # The evaluation does depend on them.
    metrics = f"reports/{stage}/metrics.json"
    assert (poisoned.folder / metrics).read_bytes() != (miniature.folder / metrics).read_bytes()


@pytest.mark.parametrize("stage", ["neighbor_captions", "anp_captions"])
def test_baselines_copy_nothing_from_test_artworks(poisoned: StageRunner, stage: str) -> None:
    assert poisoned.run(stage).code == 0, poisoned.output()
    captions = load_captions(poisoned.folder / f"data/{stage}/captions.parquet")
    assert len(captions) > 0
    assert not captions["caption"].str.contains(POISON).any()


def test_vocabulary_and_spelling_do_not_depend_on_test_utterances(miniature: Miniature, tmp_path: Path) -> None:
    vocabulary, before = "data/utterances/deep_nets/vocabulary.json", read_utterances(miniature.folder / UTTERANCES)
    # Test utterances become full of a word that is a spelling error in training, and of an unknown one.
    spelling = pq.read_table(miniature.folder / "data/utterances/deep_nets/spelling.parquet").to_pandas()
    train = " ".join(before.loc[before["split"] == "train", "utterance"]).lower().split()
    typo = next(token for token in spelling.dropna()["token"] if token in train)
    runner = StageRunner(miniature.folder, tmp_path / "study", {})
    path = runner.folder / "data/annotations/annotations.parquet"
    table = pq.read_table(path)
    frame = table.to_pandas()
    tested = pd.MultiIndex.from_frame(frame[ARTWORK]).isin(artworks_of_test(runner.folder))
    frame["utterance"] = np.where(tested, f"the {POISON} and its {typo} look at a {typo}", frame["utterance"])
    write_parquet(type(table).from_pandas(frame, schema=ANNOTATIONS, preserve_index=False), path)
    assert runner.run("utterances@deep_nets").code == 0, runner.output()
    again = read_utterances(runner.folder / UTTERANCES)
    assert (runner.folder / vocabulary).read_bytes() == (miniature.folder / vocabulary).read_bytes()
    train_before, train_again = (table[table["split"] == "train"].reset_index(drop=True) for table in (before, again))
    pd.testing.assert_frame_equal(train_before, train_again)
    assert again.loc[again["split"] == "test", "utterance"].str.contains(POISON).all()


def test_every_training_stage_and_baseline_is_tested(study: Study) -> None:
    imports = {stage.name: study.imported_by(f"stages.{stage.name}.__main__") for stage in study.stages}
    training = {name for name, imported in imports.items() if "stages.learning.training" in imported}
    # External captions are made from nothing in the study.
    baselines = {name for name in imports if name.endswith("_captions")} - {"external_captions"}
    assert training == set(TRAINED)
    assert baselines == {"neighbor_captions", "anp_captions"}
