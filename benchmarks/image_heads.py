"""Heads of the image classifier on frozen features, and the best possible: `python -m benchmarks.image_heads`.

Runs in a finished study of the embedded corpus, on its stored features. Each head is trained as the stage trains its
own, stopped early and calibrated on the val split: a linear probe and the head in use on the pooled vector, and the
same head on an attention pooling over the places (four queries, each a softmax over places), with or without the pooled
vector beside it. They are tested on pictures of another seed, whose true probabilities are known: accuracy where one
emotion has more than half of the votes, and the divergence of the prediction from the votes, each with the 95 %
interval over pictures, and the difference from the head in use, over the same pictures.

    python -m benchmarks.image_heads [--pictures 2000] [--seed 7] [--seeds 3]
"""

import contextlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.measure import argument_parser, machine, print_header, print_row
from benchmarks.noise_ceiling import generate_corpus, squares
from stages.common.artworks import ARTWORK
from stages.common.emotions import ARTEMIS, NO_MAJORITY, more_than_half, shares
from stages.common.params import load
from stages.demo import emotions
from stages.features import store
from stages.histograms.tables import load_histograms
from stages.image_classifier.classifier import Standardised, head, logits
from stages.image_classifier.params import ImageClassifier, Params
from stages.image_classifier.task import EmotionTask, HeadWithWords, artworks_with_pictures, shares_of, word_targets
from stages.images import packed
from stages.learning import backbones
from stages.learning.device import prepare
from stages.learning.predictions import calibrated, fit_temperature
from stages.learning.training import fit
from stages.utterances.tables import load_utterances

QUERIES = 4
RESAMPLES = 2_000
IN_USE = "head in use"
CPU = torch.device("cpu")


class AttentionPooling(nn.Module):
    """Pooled vector and places of a picture in one row (N, D + P * C) -> standardised vectors (N, [D +] Q * C)."""

    def __init__(self, inputs: np.ndarray, pooled: int, channels: int, *, beside: bool) -> None:
        super().__init__()
        self.pooled, self.channels, self.beside = pooled, channels, beside
        self.vector, self.places = Standardised(pooled), Standardised(channels)
        self.vector.fit(inputs[:, :pooled])
        self.places.fit(inputs[:, pooled:].reshape(-1, channels))
        self.queries = nn.Linear(channels, QUERIES)
        nn.init.zeros_(self.queries.weight)  # the mean over the places, at first
        nn.init.zeros_(self.queries.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        vector, places = inputs[:, : self.pooled], inputs[:, self.pooled :]
        places = self.places(places.unflatten(1, (-1, self.channels)))  # (N, P, C)
        attention = self.queries(places).softmax(1)  # (N, P, Q)
        seen = torch.einsum("npq,npc->nqc", attention, places).flatten(1)
        return torch.cat([self.vector(vector), seen], 1) if self.beside else seen

    @property
    def width(self) -> int:
        return QUERIES * self.channels + (self.pooled if self.beside else 0)


@dataclass(frozen=True)
class Data:
    """The study's artworks with a picture, and what the heads see of them: pooled vectors and places in one row."""

    config: ImageClassifier
    inputs: np.ndarray
    pooled: int
    channels: int


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7, help="seed of the test pictures; not that of the study")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each head")
    args = parser.parse_args()
    params = load(Params)
    config = params.image_classifier
    prepare("cpu", config.seed)
    stored = store.load()
    if not len(stored.places):
        raise SystemExit(f"{store.FOLDER}: no places; set features.places to true and run `dvc repro features`")
    inputs = np.concatenate([stored.pooled, flat(stored.places)], 1)
    data = Data(config, inputs, stored.pooled.shape[1], stored.places.shape[2])
    backbone = backbones.frozen(params.features.backbone, params.features.weights, params.features.pooling).eval()
    with tempfile.TemporaryDirectory() as folder:
        corpus = generate_corpus(Path(folder), args.pictures, args.seed)
        files = [corpus.folder / "images" / style / f"{name}.jpg" for style, name in corpus.truth[ARTWORK].to_numpy()]
        blocks = squares(files, packed.load().pixels.shape[1], packed.load().fit)
        test = np.concatenate([look(backbone, pixels, params.features.pooling) for pixels in blocks])
    counts = np.zeros((len(corpus.truth), len(ARTEMIS)), np.int32)
    np.add.at(counts, (corpus.annotations["picture"].to_numpy(), corpus.annotations["emotion"].to_numpy()), 1)
    kinds = zip(corpus.truth["motif"], corpus.truth["palette"], strict=True)
    scores = {
        "best possible": score(np.stack(corpus.truth["p_emotion"].to_list()), counts),
        "best possible, given motif and palette": score(np.array([emotions.of_kind(*kind) for kind in kinds]), counts),
    }
    for name, build in heads(data).items():
        runs = [trained(build, data, test, config.seed + number) for number in range(args.seeds)]
        scores[name] = cast(np.ndarray, np.mean([score(run, counts) for run in runs], axis=0))
    print(f"{args.pictures:,} test pictures of seed {args.seed}, {args.seeds} trainings each; {machine()}\n")
    print_header("head", "accuracy, %", "below the head in use", "KL, nats", "above the head in use")
    for name, values in scores.items():
        less = scores[IN_USE] - values
        print_row(name, interval(values[0], 100), interval(less[0], 100), interval(values[1]), interval(-less[1]))


def flat(places: np.ndarray) -> np.ndarray:
    return places.reshape(len(places), -1).astype(np.float32)


def look(backbone: backbones.Backbone, pixels: np.ndarray, pooling: str) -> np.ndarray:
    """Pooled vectors and places of pictures uint8 (N, S, S, 3), in one row each; places rounded as in the store."""
    rows = []
    with torch.inference_mode():
        for start in range(0, len(pixels), 16):
            places, pooled = backbone.look(torch.from_numpy(pixels[start : start + 16]), pooling)
            rows.append(np.concatenate([pooled.numpy(), flat(places.half().numpy())], 1))
    return np.concatenate(rows)


Build = Callable[[np.ndarray], nn.Sequential]


def heads(data: Data) -> dict[str, Build]:
    """Functions that make a head, given the inputs of the train split (n, D + P * C)."""
    classes = len(ARTEMIS)

    def on_vector(hidden: int) -> Build:
        def build(train: np.ndarray) -> nn.Sequential:
            plain = head(data.pooled, hidden, classes)
            cast(Standardised, plain[0]).fit(train[:, : data.pooled])
            return nn.Sequential(Narrow(data.pooled, plain[0]), *plain[1:])

        return build

    def attending(*, beside: bool) -> Build:
        def build(train: np.ndarray) -> nn.Sequential:
            pooling = AttentionPooling(train, data.pooled, data.channels, beside=beside)
            return nn.Sequential(pooling, *head(pooling.width, data.config.hidden, classes)[1:])

        return build

    return {
        IN_USE: on_vector(data.config.hidden),
        "linear probe": on_vector(0),
        "attention over the places": attending(beside=False),
        "attention over the places, and the pooled vector": attending(beside=True),
    }


class Narrow(nn.Module):
    """The first `width` columns, standardised."""

    def __init__(self, width: int, standardised: nn.Module) -> None:
        super().__init__()
        self.width, self.standardised = width, standardised

    def forward(self, inputs: Tensor) -> Tensor:
        return cast(Tensor, self.standardised(inputs[:, : self.width]))


def trained(build: Build, data: Data, test: np.ndarray, seed: int) -> np.ndarray:
    """Train a head as the stage does; its calibrated probabilities of the test pictures (N, C)."""
    config = data.config
    utterances = load_utterances("deep_nets")
    artworks = artworks_with_pictures(utterances, load_histograms(), packed.load())
    train, val = (artworks[artworks["split"] == name] for name in ("train", "val"))
    torch.manual_seed(seed)
    network = build(data.inputs[train["row"].to_numpy()])
    prior = shares_of(train).mean(0).clip(1e-3)
    with torch.no_grad():
        cast(nn.Linear, network[-1]).bias.copy_(torch.from_numpy(np.log(prior / prior.sum())))
    # The linear probe learns no words: it has no layer that both tasks could share.
    words = word_targets(utterances, train) if config.hidden and len(network) > 2 else None
    learner = network if words is None else HeadWithWords(network, words)
    optimizer = torch.optim.Adam(learner.parameters(), lr=config.learning_rate)
    task = EmotionTask(
        data.inputs,
        train,
        val,
        batch_size=config.batch_size,
        seed=seed,
        device=CPU,
        words=words,
        words_weight=config.words,
    )
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        fit(
            learner,
            optimizer,
            task,
            device=CPU,
            seed=seed,
            epochs=config.epochs,
            patience=config.patience,
            scratch=Path(folder) / "scratch",
            curves=Path(folder) / "epochs.tsv",
            schedule=LambdaLR(optimizer, lambda epoch: max(0.0, 1 - epoch / config.epochs)),
        )
    temperature = fit_temperature(logits(learner, data.inputs, val["row"].to_numpy(), CPU), shares_of(val))
    return calibrated(logits(learner, test, np.arange(len(test)), CPU), temperature)


def score(probabilities: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Of each picture (2, N): whether its majority emotion is the likeliest, NaN without one; and the divergence."""
    majority, people = more_than_half(counts), shares(counts)
    right = np.where(majority == NO_MAJORITY, np.nan, probabilities.argmax(1) == majority)
    ratio = np.divide(people, probabilities.clip(1e-12), out=np.ones(people.shape), where=people > 0)
    return np.stack([right, (people * np.log(ratio)).sum(1)])


def interval(values: np.ndarray, scale: float = 1.0) -> str:
    """The mean of `values` (N,), without the NaN among them, and its 95 % interval over resamples of pictures."""
    values = scale * values[~np.isnan(values)]
    drawn = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(1), [2.5, 97.5])
    digits = 1 if scale > 1 else 3
    return f"{values.mean():.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()
