"""How far both emotion classifiers are from the best possible: `python -m benchmarks.noise_ceiling`.

Trains nothing: it takes the classifiers of a finished study and paints pictures of
another seed, with annotations, whose truth is known. People differ, so nobody is
always right: the best possible is to say the emotion that the truth holds likeliest. For
an utterance that is given its words. For a picture it is given all that the corpus
knows of it; part of that (the lean of a picture) shows nowhere in its pixels, so a
second bar is given its motif and palette only. Each figure is over the same rows, with
95 % intervals from 2,000 resamples of the pictures, so that a gap is a paired one.

    python -m benchmarks.noise_ceiling [--pictures 2000] [--seed 7]
        [--image-classifier FOLDER] [--text-classifier FOLDER]
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from formats.picture_lists import squares
from stages.common.emotions import EMOTIONS, IDS, NO_MAJORITY, more_than_half
from stages.demo import emotions
from stages.demo.corpus import load_truth, paint
from stages.image_classifier import classifier as image_classifier
from stages.text_classifier import classifier as text_classifier
from stages.text_classifier import tfidf

# As the study's own pictures: demo.size.
SIZE = 256
RESAMPLES = 2_000


@dataclass(frozen=True)
class Corpus:
    """A painted corpus: its truth, one row a picture; its annotations, in order, with the row of their picture."""

    folder: Path
    truth: pd.DataFrame
    said: pd.DataFrame  # utterance, emotion (id), picture, p_emotion_given_words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--image-classifier", type=Path, default=image_classifier.FOLDER, metavar="FOLDER")
    parser.add_argument("--text-classifier", type=Path, default=text_classifier.FOLDER, metavar="FOLDER")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        corpus = painted(Path(folder), asked.pictures, asked.seed)
        print(
            f"{len(corpus.truth):,} pictures and {len(corpus.said):,} annotations of seed {asked.seed}, "
            f"painted in {time.perf_counter() - started:.0f} s\n"
        )
        print("| who says it | of what | rows | right | best possible | points below it |")
        print("|---|---|---|---|---|---|")
        of_pictures(corpus, asked.image_classifier)
        of_utterances(corpus, asked.text_classifier)


def painted(folder: Path, pictures: int, seed: int) -> Corpus:
    paint(folder, pictures, SIZE, seed)
    truth = load_truth(folder / "truth.parquet")
    rows = pd.read_csv(folder / "annotations.csv", keep_default_na=False)
    # Records count from 1.
    order = np.concatenate(truth["records"].to_list()) - 1
    said = rows.iloc[order].reset_index(drop=True)[["utterance", "emotion"]]
    return Corpus(
        folder,
        truth,
        said.assign(
            emotion=said["emotion"].map(IDS),
            picture=np.repeat(np.arange(len(truth)), truth["records"].str.len()),
            p_emotion_given_words=[p for given in truth["p_emotion_given_words"] for p in given],
        ),
    )


def of_pictures(corpus: Corpus, folder: Path) -> None:
    """The image classifier against every annotation, and against the majority where there is one."""
    truth, predictor = corpus.truth, image_classifier.load(folder)
    keys = truth[["art_style", "painting"]].itertuples(index=False)
    files = [corpus.folder / "images" / style / f"{painting}.jpg" for style, painting in keys]
    _, pixels = squares(files, predictor.size, predictor.fit)
    guess = predictor.predict(pixels).argmax(1)
    all_known = np.stack(truth["p_emotion"].to_list()).argmax(1)
    kinds = zip(truth["motif"], truth["palette"], strict=True)
    visible = np.array([emotions.of_kind(*kind).argmax() for kind in kinds])
    picture, emotion = corpus.said["picture"].to_numpy(), corpus.said["emotion"].to_numpy()
    counts = np.zeros((len(truth), len(EMOTIONS)), np.int32)
    np.add.at(counts, (picture, emotion), 1)
    winner = more_than_half(counts)
    (chosen,) = np.nonzero(winner != NO_MAJORITY)
    for name, best in (("", all_known), (", given motif and palette", visible)):
        tell("image_classifier", f"each annotation{name}", picture, guess[picture] == emotion, best[picture] == emotion)
        right, ideal = guess[chosen] == winner[chosen], best[chosen] == winner[chosen]
        tell("image_classifier", f"majority{name}", chosen, right, ideal)


def of_utterances(corpus: Corpus, folder: Path) -> None:
    """The text classifier and the baseline beside it, against the emotion that each utterance came with."""
    said = corpus.said
    emotion = said["emotion"].to_numpy()
    best = np.stack(said["p_emotion_given_words"].to_list()).argmax(1) == emotion
    for name, judge in (("text_classifier", text_classifier.load(folder)), ("tfidf", tfidf.load(folder))):
        right = judge.predict(said["utterance"].to_list()).argmax(1) == emotion
        tell(name, "utterance", said["picture"].to_numpy(), right, best)


def tell(who: str, what: str, picture: np.ndarray, right: np.ndarray, best: np.ndarray) -> None:
    """Print a line: accuracy, that of the best guess, and the difference, each with its interval."""
    figures = (right, best, best.astype(int) - right.astype(int))
    print(f"| {who} | {what} | {len(right):,} | {' | '.join(interval(picture, figure) for figure in figures)} |")


def interval(picture: np.ndarray, figure: np.ndarray) -> str:
    """The mean of `figure` in per cent, and the 95 % interval over resamples of whole pictures."""
    sums, rows = (np.bincount(picture, weight) for weight in (figure.astype(float), np.ones(len(figure))))
    drawn = np.random.default_rng(0).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=RESAMPLES)
    low, high = np.percentile((drawn @ sums) / (drawn @ rows), [2.5, 97.5])
    return f"{100 * figure.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})"


if __name__ == "__main__":
    main()
