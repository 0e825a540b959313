"""Training data of a speaker, in batches of images with all of their utterances, and the training task."""

import copy
import itertools
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.artworks import ARTWORK
from stages.common.emotions import shares
from stages.common.errors import UserError
from stages.images.packed import Packed
from stages.learning.device import Rows
from stages.learning.training import Terms, shuffled_batches
from stages.speaker.interface import Network, TeacherForced
from stages.speaker.pieces import Pieces
from stages.utterances.vocabulary import EOS

# Smallest number of artworks: batch statistics of a single image mean nothing, and `swapped` needs two.
FEWEST = {"train": 2, "val": 1, "test": 2}


class Batch(NamedTuple):
    """Images with all of their utterances, the longest utterance first."""

    inputs: Tensor  # (N, S, S, 3) uint8 pixels, or (N, places, C) features
    owner: Tensor  # (B,) index of each utterance's image
    tokens: Tensor  # (B, L) from <sos> to <eos>, padded
    lengths: Tensor  # (B,) number of predictions: words + 1
    emotion: Tensor | None  # (B, E) share of each emotion, for a grounded speaker


class Utterances:
    """The utterances of a split, grouped by artwork.

    Args:
        pixels: of all images, on the device that trains; or features (N, places, C) of them.
        picture: row of `pixels` of each artwork (A,).
        bounds: artwork i has the utterances bounds[i] to bounds[i + 1], (A + 1,).
        tokens: ids from <sos> to <eos>, padded (B, L).
        emotion: share of each emotion of each utterance (B, E), for a grounded speaker.
        words: number of words of each utterance, its end included (B,); None: each token is a word.
    """

    def __init__(
        self,
        *,
        pixels: Rows,
        picture: np.ndarray,
        bounds: np.ndarray,
        tokens: np.ndarray,
        emotion: np.ndarray | None,
        words: np.ndarray | None = None,
    ) -> None:
        self.pixels, self.picture, self.bounds, self.emotion = pixels, picture, bounds, emotion
        self.tokens = tokens.astype(np.int64)
        self.lengths = (tokens == EOS).argmax(1)
        self.words = self.lengths if words is None else words

    def __len__(self) -> int:
        """Number of artworks."""
        return len(self.picture)

    def rows(self, artworks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The utterances of `artworks` (indices), one artwork after the other, and the place of each one's artwork."""
        spans = [np.arange(self.bounds[artwork], self.bounds[artwork + 1]) for artwork in artworks]
        return np.concatenate(spans), np.repeat(np.arange(len(artworks)), [len(span) for span in spans])

    def batch(self, artworks: np.ndarray) -> Batch:
        """The images of `artworks` (indices) and all of their utterances."""
        rows, owner = self.rows(artworks)
        order = np.argsort(-self.lengths[rows], kind="stable")
        rows, owner = rows[order], owner[order]
        lengths = self.lengths[rows]
        emotion = None if self.emotion is None else self._to_device(self.emotion[rows])
        inputs = self.pixels[self.picture[artworks]]
        tokens = self._to_device(self.tokens[rows, : lengths.max() + 1])
        return Batch(inputs, self._to_device(owner), tokens, torch.from_numpy(lengths), emotion)

    def swapped(self, seed: int) -> "Utterances":
        """The same utterances and emotions, each artwork's with the image of another artwork."""
        other = copy.copy(self)
        # Along one cycle through all artworks none keeps its own image.
        cycle = np.random.default_rng(seed).permutation(len(self))
        other.picture = self.picture.copy()
        other.picture[cycle] = self.picture[np.roll(cycle, 1)]
        return other

    def without_emotions(self) -> "Utterances":
        """The same utterances, for a speaker that gets no emotion."""
        other = copy.copy(self)
        other.emotion = None
        return other

    def _to_device(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.pixels.device)


def splits(
    utterances: pd.DataFrame,
    images: Packed,
    pixels: Rows,
    *,
    emotions: int,
    histograms: pd.DataFrame | None = None,
    pieces: Pieces | None = None,
) -> list[Utterances]:
    """The utterances of train, val and test; see `utterances_of`.

    Raises:
        UserError: a split has too few artworks with an image.
    """
    parts = []
    for name, fewest in FEWEST.items():
        part = utterances_of(utterances, images, pixels, name, emotions=emotions, histograms=histograms, pieces=pieces)
        if len(part) < fewest:
            count = f"{len(part)} artworks of the {name} split have a readable picture, but the speaker needs {fewest}"
            raise UserError(f"{count}; data/images/index.parquet says what is wrong with each picture")
        parts.append(part)
    return parts


def utterances_of(
    utterances: pd.DataFrame,
    images: Packed,
    pixels: Rows,
    name: str,
    *,
    emotions: int,
    histograms: pd.DataFrame | None = None,
    pieces: Pieces | None = None,
) -> Utterances:
    """The utterances of one split whose artworks have an image; `pixels` has the rows of `images`.

    `emotions` is the number of labels that a grounded speaker is conditioned on, 0 for a plain one. With `histograms`
    it is conditioned, for each caption, on the distribution of emotions over all annotations of its artwork (also of a
    test artwork, for the likelihood of its captions only); without them, on the emotion that the caption's annotator
    chose. Tokens are words of the study, or with `pieces` pieces of the same words.
    """
    rows = utterances[utterances["split"] == name]
    rows = rows.assign(row=images.rows(rows)).query("row >= 0").sort_values(ARTWORK, kind="stable")
    tokens = np.stack(rows["tokens_encoded"].to_list()) if len(rows) else np.zeros((0, 2), np.int32)  # (B, L)
    words = (tokens == EOS).argmax(1)
    picture, first = np.unique(rows["row"].to_numpy(), return_index=True)
    order = np.argsort(first)
    return Utterances(
        pixels=pixels,
        picture=picture[order],
        bounds=np.append(first[order], len(rows)),
        tokens=pieces.encoded(rows) if pieces else tokens,
        words=words,
        emotion=_emotions(rows, emotions, histograms) if emotions else None,
    )


def _emotions(rows: pd.DataFrame, emotions: int, histograms: pd.DataFrame | None) -> np.ndarray:
    """Shares of the emotions (B, E)."""
    if histograms is None:
        return np.eye(emotions, dtype=np.float32)[rows["emotion_label"]]
    counts = rows[ARTWORK].merge(histograms[[*ARTWORK, "counts"]], how="left", on=ARTWORK, validate="many_to_one")
    return shares(np.array(counts["counts"].to_list(), np.int32).reshape(-1, emotions))


class CaptioningTask:
    """The training task (`learning.training.Task`): cross-entropy of each word, and the attention penalty, if any.

    Args:
        attention_penalty: weight of `attention_energy`.
        label_smoothing: share of each target's probability spread evenly over all words (Szegedy et al., 2016).
        emo_dropout: share of the captions of a grounded speaker trained without emotion, drawn anew each time.
        steps: batches per epoch; 0: one pass over the artworks.
    """

    def __init__(
        self,
        train: Utterances,
        val: Utterances,
        *,
        attention_penalty: float,
        batch_size: int,
        seed: int,
        label_smoothing: float = 0.0,
        steps: int = 0,
        emo_dropout: float = 0.0,
    ) -> None:
        self.train, self.val, self.emo_dropout = train, val, emo_dropout
        self.attention_penalty, self.label_smoothing = attention_penalty, label_smoothing
        self.batch_size, self.seed, self.steps = batch_size, seed, steps

    def batches(self, epoch: int) -> Sequence[np.ndarray]:
        """All artworks, shuffled; or `steps` batches of them, from where the previous epoch stopped."""
        if not self.steps:
            return self._whole_pass(epoch)
        first = (epoch - 1) * self.steps
        passed, skipped = divmod(first, len(self._whole_pass(1)))
        passes = (self._whole_pass(number) for number in itertools.count(passed + 1))
        return list(itertools.islice(itertools.chain.from_iterable(passes), skipped, skipped + self.steps))

    def _whole_pass(self, number: int) -> list[np.ndarray]:
        """A last batch of one artwork is left out, since batch statistics need two; unless the batch size is one."""
        batches = shuffled_batches(len(self.train), self.batch_size, self.seed, number)
        return batches[: whole_batches(len(self.train), self.batch_size)]

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Cross-entropy with smoothed labels in nats per word (<eos> included), and the penalty per caption."""
        batch = self.train.batch(items)
        if batch.emotion is not None and self.emo_dropout:
            batch = batch._replace(emotion=_without_some(batch.emotion, self.emo_dropout))
        forced: TeacherForced = model(*batch)
        entropy = functional.cross_entropy(
            forced.logits.float(), forced.targets, reduction="sum", label_smoothing=self.label_smoothing
        )
        counts = self.counts(items)
        terms = {"cross_entropy": (entropy, counts["cross_entropy"])}
        if self.attention_penalty:
            penalty = self.attention_penalty * attention_energy(forced.attention.float(), batch.lengths)
            terms["attention"] = (penalty, counts["attention"])
        return terms

    def counts(self, items: np.ndarray) -> dict[str, int]:
        """The counts of `terms`, before they are computed."""
        rows, _ = self.train.rows(items)
        return {"cross_entropy": int(self.train.words[rows].sum()), "attention": len(rows)}

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Negative log-likelihood per word of the validation captions, in nats."""
        return {"val_loss": negative_log_likelihood(cast(Network, model), self.val)}


def whole_batches(artworks: int, batch_size: int) -> int:
    """The number of batches in one pass over the artworks; a last batch of one is left out."""
    return artworks // batch_size + (artworks % batch_size > 1)


def attention_energy(attention: Tensor, lengths: Tensor) -> Tensor:
    """Sum over captions of the mean over places of (length / places - attention over all words)^2.

    Xu et al.'s "doubly stochastic" penalty asks for a total of 1 in each place; ArtEmis
    asks for an equal share of the caption's words (its training code, not its paper).

    Args:
        attention: summed over the words of each caption (B, places).
        lengths: words of each caption, <eos> included (B,).
    """
    places = attention.shape[1]
    target = lengths.to(attention.device)[:, None] / places  # (B, 1)
    return (target - attention).square().mean(1).sum()


def _without_some(emotion: Tensor, dropout: float) -> Tensor:
    """Shares (B, E), all zero for the share `dropout` of the captions.

    Drawn from torch's generator, which the training loop seeds for each epoch and process: a resumed run draws the
    same.
    """
    return emotion * (torch.rand(len(emotion), 1, device=emotion.device) >= dropout)


def negative_log_likelihood(model: Network, utterances: Utterances) -> float:
    """Mean over all words (<eos> included) of -log p(word | previous words, image), in nats.

    The probability of a word in pieces is the product of theirs.
    """
    total, images = 0.0, model.pictures_at_once
    for start in range(0, len(utterances), images):
        forced: TeacherForced = model(*utterances.batch(np.arange(start, min(start + images, len(utterances)))))
        total += float(functional.cross_entropy(forced.logits.float(), forced.targets, reduction="sum"))
    return total / int(utterances.words.sum())
