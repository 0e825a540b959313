"""Training data of a speaker: the utterances of each picture, in batches of pictures."""

import copy
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.common.emotions import EMOTIONS, shares
from stages.common.errors import UserError
from stages.images.packed import KEY, Packed
from stages.learning.device import Rows
from stages.learning.training import Terms, shuffled_batches
from stages.speaker.interface import Taught
from stages.utterances.vocabulary import EOS


class Batch(NamedTuple):
    """Pictures with all of their utterances, the longest utterance first."""

    pixels: Tensor  # (N, S, S, 3) uint8, or features (N, places, C) that stand for them
    owner: Tensor  # (B,) which picture each utterance belongs to
    tokens: Tensor  # (B, L) from <sos> to <eos>, padded
    lengths: Tensor  # (B,) predictions of each: words + 1
    emotion: Tensor | None  # (B, 9) the share of each emotion, for a grounded speaker


class Utterances:
    """The utterances of pictures, grouped by artwork.

    Args:
        pixels: of all pictures, where they are to be looked at; or features that stand for them.
        picture: the row of `pixels` of each artwork, (N,).
        bounds: artwork i has the utterances bounds[i] to bounds[i + 1], (N + 1,).
        tokens: ids from <sos> to <eos>, padded, (B, L).
        emotion: the share of each emotion that a caption speaks from (B, 9), for a grounded speaker.
    """

    def __init__(
        self, *, pixels: Rows, picture: np.ndarray, bounds: np.ndarray, tokens: np.ndarray, emotion: np.ndarray | None
    ) -> None:
        self.pixels, self.picture, self.bounds, self.emotion = pixels, picture, bounds, emotion
        self.tokens = tokens.astype(np.int64)
        self.lengths = (tokens == EOS).argmax(1)

    def __len__(self) -> int:
        """Number of artworks."""
        return len(self.picture)

    def batch(self, artworks: np.ndarray) -> Batch:
        """The pictures of `artworks` (indices) and all of their utterances."""
        spans = [np.arange(self.bounds[artwork], self.bounds[artwork + 1]) for artwork in artworks]
        rows = np.concatenate(spans)
        owner = np.repeat(np.arange(len(artworks)), [len(span) for span in spans])
        order = np.argsort(-self.lengths[rows], kind="stable")
        rows, owner = rows[order], owner[order]
        lengths = self.lengths[rows]
        emotion = None if self.emotion is None else self._send(self.emotion[rows])
        pixels = self.pixels[self.picture[artworks]]
        tokens = self._send(self.tokens[rows, : lengths.max() + 1])
        return Batch(pixels, self._send(owner), tokens, torch.from_numpy(lengths), emotion)

    def swapped(self, seed: int) -> "Utterances":
        """The same utterances and emotions, each artwork's told of another artwork's picture."""
        other = copy.copy(self)
        # Along one cycle through all artworks nobody keeps their own picture.
        cycle = np.random.default_rng(seed).permutation(len(self))
        other.picture = self.picture.copy()
        other.picture[cycle] = self.picture[np.roll(cycle, 1)]
        return other

    def untold(self) -> "Utterances":
        """The same utterances, whose emotions are not told."""
        other = copy.copy(self)
        other.emotion = None
        return other

    def _send(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.pixels.device)


def attention_energy(attended: Tensor, lengths: Tensor) -> Tensor:
    """Sum over captions of the mean over places of (length / places - attention over all words)^2.

    Xu et al.'s "doubly stochastic" penalty asks for a total of 1 in each place; ArtEmis
    asks for an equal share of the caption's words (its training code, not its paper).
    """
    places = attended.shape[1]
    wanted = lengths.to(attended.device)[:, None] / places
    return (wanted - attended).square().mean(1).sum()


class Speaking:
    """The training task (`common.training.Task`): cross-entropy of each word, and the attention penalty, if any.

    Args:
        attention_penalty: weight of `attention_energy`.
        label_smoothing: share of each word that training deals out among all words (Szegedy et al., 2016).
        emo_dropout: share of the captions that a grounded speaker is told no emotion for, drawn anew each time.
        steps: batches in an epoch; 0: as many as there are.
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
        """Shuffled artworks, each once, or `steps` batches of them, which go on where the epoch before ended."""
        if not self.steps:
            return self._whole_pass(epoch)
        first = (epoch - 1) * self.steps
        passed, skipped = divmod(first, len(self._whole_pass(1)))
        passes = (self._whole_pass(number) for number in itertools.count(passed + 1))
        return list(itertools.islice(itertools.chain.from_iterable(passes), skipped, skipped + self.steps))

    def _whole_pass(self, number: int) -> list[np.ndarray]:
        """A last batch of one is left out, since batch statistics need two; unless all are of one."""
        batches = shuffled_batches(len(self.train), self.batch_size, self.seed, number)
        return batches[: whole_batches(len(self.train), self.batch_size)]

    def terms(self, model: nn.Module, items: np.ndarray) -> Terms:
        """Cross-entropy with smoothed labels in nats per word (<eos> included), and the penalty per caption."""
        batch = self.train.batch(items)
        if batch.emotion is not None and self.emo_dropout:
            batch = batch._replace(emotion=_thinned(batch.emotion, self.emo_dropout))
        taught: Taught = model(*batch)
        entropy = functional.cross_entropy(
            taught.logits.float(), taught.targets, reduction="sum", label_smoothing=self.label_smoothing
        )
        terms = {"cross_entropy": (entropy, len(taught.targets))}
        if self.attention_penalty:
            penalty = self.attention_penalty * attention_energy(taught.attention.float(), batch.lengths)
            terms["attention"] = (penalty, len(batch.lengths))
        return terms

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Negative log-likelihood per word of the validation captions, in nats."""
        return {"val_loss": negative_log_likelihood(model, self.val)}


def whole_batches(pictures: int, batch_size: int) -> int:
    """How many batches one pass over so many pictures has; a last batch of one is left out."""
    return pictures // batch_size + (pictures % batch_size > 1)


def _thinned(emotion: Tensor, dropout: float) -> Tensor:
    """Shares (B, 9), all zero in the rows of a `dropout` of the captions.

    Drawn from torch's generator: the loop seeds it for each epoch and process, so that a resumed run draws the same.
    """
    return emotion * (torch.rand(len(emotion), 1, device=emotion.device) >= dropout)


def negative_log_likelihood(model: nn.Module, utterances: Utterances, pictures: int = 32) -> float:
    """Mean over all words (<eos> included) of -log p(word | words before it, picture), in nats."""
    total, words = 0.0, 0
    for start in range(0, len(utterances), pictures):
        taught: Taught = model(*utterances.batch(np.arange(start, min(start + pictures, len(utterances)))))
        total += float(functional.cross_entropy(taught.logits.float(), taught.targets, reduction="sum"))
        words += len(taught.targets)
    return total / words


# Batch statistics of a single picture say nothing, and a single one cannot be swapped.
FEWEST = {"train": 2, "val": 1, "test": 2}


def splits(
    utterances: pd.DataFrame, images: Packed, pixels: Rows, *, grounded: bool, histograms: pd.DataFrame | None = None
) -> list[Utterances]:
    """Those of train, val and test; `pixels` are those of `images`.

    With `histograms` a grounded speaker is told, for each caption, the shares of the emotions among all
    annotations of its artwork (those of a test artwork too, for the likelihood of its captions alone), else
    the emotion that the caption's writer chose.

    Raises:
        UserError: a split has too few artworks with a picture.
    """
    found = []
    for name, fewest in FEWEST.items():
        one = utterances_of(utterances, images, pixels, name, grounded=grounded, histograms=histograms)
        if len(one) < fewest:
            told = f"{len(one)} artworks of the {name} split have a readable picture, and the speaker needs {fewest}"
            raise UserError(f"{told}; see data/images/index.parquet")
        found.append(one)
    return found


def utterances_of(
    utterances: pd.DataFrame,
    images: Packed,
    pixels: Rows,
    name: str,
    *,
    grounded: bool,
    histograms: pd.DataFrame | None = None,
) -> Utterances:
    """Those of one split whose artworks have a picture, told of emotions as `splits` says."""
    rows = utterances[utterances["split"] == name]
    rows = rows.assign(row=images.rows(rows)).query("row >= 0").sort_values(KEY, kind="stable")
    tokens = np.stack(rows["tokens_encoded"].to_list()) if len(rows) else np.zeros((0, 2), np.int32)
    picture, first = np.unique(rows["row"].to_numpy(), return_index=True)
    order = np.argsort(first)
    return Utterances(
        pixels=pixels,
        picture=picture[order],
        bounds=np.append(first[order], len(rows)),
        tokens=tokens,
        emotion=_emotions(rows, histograms) if grounded else None,
    )


def _emotions(rows: pd.DataFrame, histograms: pd.DataFrame | None) -> np.ndarray:
    """Shares of the nine emotions, (B, 9)."""
    if histograms is None:
        return np.eye(len(EMOTIONS), dtype=np.float32)[rows["emotion_label"]]
    counts = rows[KEY].merge(histograms[[*KEY, "counts"]], how="left", on=KEY, validate="many_to_one")["counts"]
    return shares(np.array(counts.to_list(), np.int32).reshape(-1, len(EMOTIONS)))
