"""Both emotion classifiers compared with the best possible: `python -m benchmarks.noise_ceiling`.

Trains nothing: it takes the classifiers of a finished study and generates pictures of another seed,
with annotations, whose true probabilities are known. Since people differ, no classifier is always
right: the best possible one predicts the emotion with the highest true probability. For an utterance,
that is the probability given its words. For a picture, it is the probability given everything the
corpus knows of it; part of that (a preference drawn for each picture) is invisible in its pixels, so a
second ceiling is given the motif and palette only. Each accuracy is over the same rows, with 95 %
intervals from 2,000 resamples of the pictures, so the differences are paired.

    python -m benchmarks.noise_ceiling [--pictures 2000] [--seed 7]
        [--image-classifier FOLDER] [--text-classifier FOLDER]
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import argument_parser, print_header, print_row, timed
from stages.common.artworks import ARTWORK
from stages.common.emotions import ARTEMIS, NO_MAJORITY, more_than_half
from stages.common.params import Fit
from stages.common.pictures import decode
from stages.common.progress import track
from stages.demo import emotions
from stages.demo.__main__ import SIZE
from stages.demo.corpus import load_truth, paint
from stages.image_classifier import classifier as image_classifier
from stages.text_classifier import classifier as text_classifier
from stages.text_classifier.interface import FOLDER

RESAMPLES = 2_000
# Pictures whose pixels are in memory at once.
BLOCK = 256


@dataclass(frozen=True)
class Corpus:
    """A generated corpus: `truth`, one row per picture, and its annotations in the order of their pictures."""

    folder: Path
    truth: pd.DataFrame
    annotations: pd.DataFrame  # utterance, emotion (id), picture (row of `truth`), p_emotion_given_words


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7, help="seed of the corpus; not that of the study")
    parser.add_argument("--image-classifier", type=Path, default=image_classifier.FOLDER, metavar="FOLDER")
    parser.add_argument("--text-classifier", type=Path, default=FOLDER, metavar="FOLDER")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds, corpus = timed(partial(generate_corpus, Path(folder), args.pictures, args.seed))
        print(
            f"{len(corpus.truth):,} pictures and {len(corpus.annotations):,} annotations of seed {args.seed}, "
            f"generated in {seconds:.0f} s\n"
        )
        print_header("classifier", "target", "rows", "accuracy", "best possible", "points below")
        evaluate_image_classifier(corpus, args.image_classifier)
        evaluate_text_classifiers(corpus, args.text_classifier)


def generate_corpus(folder: Path, pictures: int, seed: int) -> Corpus:
    paint(folder, pictures, SIZE, seed)
    truth = load_truth(folder / "truth.parquet")
    rows = pd.read_csv(folder / "annotations.csv", keep_default_na=False)
    # Records count from 1.
    order = np.concatenate(truth["records"].to_list()) - 1
    annotations = rows.iloc[order].reset_index(drop=True)[["utterance", "emotion"]]
    return Corpus(
        folder,
        truth,
        annotations.assign(
            emotion=annotations["emotion"].map(ARTEMIS.ids),
            picture=np.repeat(np.arange(len(truth)), truth["records"].str.len()),
            p_emotion_given_words=[p for each in truth["p_emotion_given_words"] for p in each],
        ),
    )


def evaluate_image_classifier(corpus: Corpus, folder: Path) -> None:
    """Compare predictions with every annotation, and with the majority of each picture that has one."""
    truth = corpus.truth
    predicted = predict_pictures(corpus, folder)
    picture, emotion = corpus.annotations["picture"].to_numpy(), corpus.annotations["emotion"].to_numpy()
    counts = np.zeros((len(truth), len(ARTEMIS)), np.int32)
    np.add.at(counts, (picture, emotion), 1)
    majority = more_than_half(counts)
    (chosen,) = np.nonzero(majority != NO_MAJORITY)
    given_all = np.stack(truth["p_emotion"].to_list()).argmax(1)
    kinds = zip(truth["motif"], truth["palette"], strict=True)
    given_visible = np.array([emotions.of_kind(*kind).argmax() for kind in kinds])
    for suffix, best in (("", given_all), (", given motif and palette", given_visible)):
        correct, ideal = predicted[picture] == emotion, best[picture] == emotion
        print_accuracy("image_classifier", f"each annotation{suffix}", picture, correct, ideal)
        correct, ideal = predicted[chosen] == majority[chosen], best[chosen] == majority[chosen]
        print_accuracy("image_classifier", f"majority{suffix}", chosen, correct, ideal)


def predict_pictures(corpus: Corpus, folder: Path) -> np.ndarray:
    """The likeliest emotion of each picture, (pictures,)."""
    predictor = image_classifier.load(folder)
    keys = corpus.truth[ARTWORK].itertuples(index=False)
    files = [corpus.folder / "images" / style / f"{painting}.jpg" for style, painting in keys]
    blocks = squares(track(files, "reading"), predictor.size, predictor.fit)
    return np.concatenate([predictor.predict(pixels).argmax(1) for pixels in blocks])


def squares(files: Iterable[Path], size: int, fit: Fit) -> Iterator[np.ndarray]:
    """Pictures as squares, some at a time: uint8 (n, size, size, 3)."""
    remaining = iter(files)
    while block := list(islice(remaining, BLOCK)):
        yield np.stack([decode(path.read_bytes(), size, fit) for path in block])


def evaluate_text_classifiers(corpus: Corpus, folder: Path) -> None:
    """Compare the predictions of the text classifier and of its baseline with the emotion of each utterance."""
    annotations = corpus.annotations
    emotion = annotations["emotion"].to_numpy()
    ideal = np.stack(annotations["p_emotion_given_words"].to_list()).argmax(1) == emotion
    trained = text_classifier.load(folder)
    tokens = trained.tokenizer.tokens(annotations["utterance"].to_list())
    for name, classifier in (("text_classifier", trained), ("TF-IDF", trained.baseline)):
        correct = classifier.predict_tokens(tokens).argmax(1) == emotion
        print_accuracy(name, "utterance", annotations["picture"].to_numpy(), correct, ideal)


def print_accuracy(name: str, target: str, picture: np.ndarray, correct: np.ndarray, ideal: np.ndarray) -> None:
    """Print a row: accuracy, that of the best possible classifier, and the difference, each with its interval."""
    values = (correct, ideal, ideal.astype(int) - correct.astype(int))
    print_row(name, target, f"{len(correct):,}", *(interval(picture, value) for value in values))


def interval(picture: np.ndarray, values: np.ndarray) -> str:
    """The mean of `values` in per cent, and its 95 % interval over resamples of whole pictures."""
    sums, rows = (np.bincount(picture, weight) for weight in (values.astype(float), np.ones(len(values))))
    drawn = np.random.default_rng(0).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=RESAMPLES)
    low, high = np.percentile((drawn @ sums) / (drawn @ rows), [2.5, 97.5])
    return f"{100 * values.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})"


if __name__ == "__main__":
    main()
