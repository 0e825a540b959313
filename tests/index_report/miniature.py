"""Made-up outputs of a miniature study, in the files and formats of its stages."""

import random
from pathlib import Path

import numpy as np
import pandas as pd

from stages.annotations.tables import save_annotations, save_emotions, save_genres
from stages.captions import attention
from stages.common.captions_table import Origin, load_captions, save_captions
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.histograms.tables import count_emotions, save_histograms
from stages.images import packed
from stages.metrics.evaluate import Resampling, evaluate
from stages.metrics.interface import Context
from stages.metrics.pairing import Sample, human_sample, system_sample
from stages.metrics.suite import suite
from stages.metrics.summary import details, headline, picture_table
from stages.metrics.tables import CAPTIONING, HUMAN, captions_source, save_metrics, save_pictures
from stages.utterances.tables import save_utterances, table_path
from stages.utterances.vocabulary import SPECIALS, Vocabulary

SCRIPT = "<script>alert('read me')</script>"
STYLES = ("Realism", "Pop_Art", "Ukiyo-e")
CARD = {
    "name": "a miniature",
    "language": "en",
    "citation": SCRIPT,
    "licence": "",
    "terms": "none",
    "consent": "nobody was asked",
    "redistribute": False,
}
ORIGIN = Origin("someone/blip", "abc", "bsd-3-clause", "what <b>is</b> this")
WORDS = "the a sea sky man tree moon is looks like calm dark sad bright and makes me feel of".split()  # noqa: SIM905


def write(pictures: int = 8, size: int = 16, grid: int = 4) -> None:
    """Write all inputs of the report stages, except params.yaml, into the working directory."""
    generator = random.Random(1)
    artworks = pd.DataFrame(
        [
            (STYLES[number % len(STYLES)], f"some-artist_picture-number-{number}-1889", _split(number))
            for number in range(pictures)
        ],
        columns=["art_style", "painting", "split"],
    ).sort_values(["art_style", "painting"])
    utterances = _utterances(artworks, generator)
    for profile in ("analysis", "deep_nets"):
        save_utterances(utterances, table_path(profile))
        Vocabulary([*SPECIALS, *WORDS]).save(table_path(profile).with_name("vocabulary.json"))
    _data_set(artworks, utterances)
    _pixels(artworks, size)
    test = artworks[artworks["split"] == "test"]
    for system in CAPTIONING:
        metadata = ORIGIN._asdict() if system == "external_captions" else None
        save_captions(_captions(test, system, generator), captions_source(system), metadata)
        sample = system_sample(load_captions(captions_source(system)), utterances, ARTEMIS, system)
        _metrics(sample, system)
    _metrics(human_sample(utterances, "test"), HUMAN)
    maps = [
        np.random.default_rng(row)
        .dirichlet(np.full(grid * grid, 0.5), len(caption.split()) + 1)
        .reshape(-1, grid, grid)
        for row, caption in enumerate(load_captions(captions_source("captions"))["caption"])
    ]
    attention.save(maps)
    for stage in ("text_classifier", "image_classifier", "speaker"):
        _training(Path("reports") / stage, generator)


def _data_set(artworks: pd.DataFrame, utterances: pd.DataFrame) -> None:
    """Write the outputs of `annotations` and `histograms`; the first artwork has no genre."""
    annotations = utterances.assign(record=range(1, len(utterances) + 1), has_picture=True)
    save_annotations(annotations)
    save_genres({(row.art_style, row.painting): "still_life" for row in artworks.iloc[1:].itertuples()})
    save_emotions(ARTEMIS)
    write_json(CARD, Path("data/annotations/dataset.json"))
    write_json({"rows": len(annotations), "artworks": len(artworks)}, Path("reports/annotations/metrics.json"))
    save_histograms(count_emotions(annotations, ARTEMIS), ARTEMIS)


def _metrics(sample: Sample, system: str) -> None:
    resampling = Resampling(shuffles=2, resamples=5, seed=1)
    judged = evaluate(sample, Context(sample.references), suite(meteor="none"), resampling)
    save_metrics(headline(judged, sample), details(judged, sample, {}, resampling, {}), system)
    save_pictures(picture_table(judged, sample), system)


def _split(number: int) -> str:
    return ("train", "test", "val", "test")[number % 4]


def _sentence(generator: random.Random) -> str:
    return " ".join(generator.choices(WORDS, k=generator.randint(4, 14)))


def _utterances(artworks: pd.DataFrame, generator: random.Random) -> pd.DataFrame:
    rows = []
    for artwork in artworks.itertuples():
        for number in range(5):
            emotion, text = generator.choice(ARTEMIS.names), _sentence(generator)
            tokens = text.split()
            rows.append(
                {
                    "art_style": artwork.art_style,
                    "painting": artwork.painting,
                    "emotion": emotion,
                    "utterance": f"{SCRIPT} {text}" if number == 0 else text.capitalize() + ".",
                    "repetition": 5,
                    "split": artwork.split,
                    "tokens": tokens,
                    "tokens_len": len(tokens),
                    "utterance_spelled": text,
                    "tokens_encoded": [1, 2],
                    "emotion_label": ARTEMIS.ids[emotion],
                }
            )
    return pd.DataFrame(rows)


def _pixels(artworks: pd.DataFrame, size: int) -> None:
    steps = np.linspace(0, 255, size).astype(np.uint8)
    across, down = np.meshgrid(steps, steps)
    drawn = (
        np.stack([across, down, np.full_like(across, 40 * number % 256)], axis=-1) for number in range(len(artworks))
    )
    _, digest = packed.save_pixels(drawn, size)
    packed.save_index(artworks.assign(digest=""), [None] * len(artworks), "squash", digest)


def _captions(artworks: pd.DataFrame, system: str, generator: random.Random) -> pd.DataFrame:
    return artworks[["art_style", "painting"]].assign(
        caption=[_sentence(generator) for _ in range(len(artworks))],
        grounding_emotion="awe" if system == "captions" else None,
        config=0,
        rank=0,
        log_probability=None,
    )


def _training(folder: Path, generator: random.Random) -> None:
    test = {"accuracy": 0.5, "nll": 1.5, "more_than_half": {"artworks": 2, "accuracy": 0.5}}
    write_json({"test": test, "parameters": 123456}, folder / "metrics.json")
    lines = ["epoch\ttrain_loss\tval_loss\tval_accuracy"]
    lines += [f"{epoch}\t{3 / epoch:.4f}\t{3.2 / epoch:.4f}\t{generator.random():.4f}" for epoch in range(1, 6)]
    (folder / "epochs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
