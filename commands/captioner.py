"""Captions of loose pictures: a speaker, and an image classifier that predicts the emotions to express."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from formats.answers import Answer
from formats.picture_lists import Request
from stages.captions.captioner import BATCH, generate
from stages.captions.conditioning import NEEDS_EMOTION, NONE, as_trained, each_emotion
from stages.captions.params import Params
from stages.captions.sampling import SamplingPlan, sampling_plan
from stages.common.emotions import EMOTIONS, IDS
from stages.common.errors import UserError
from stages.common.params import load as load_params
from stages.common.pictures import UnreadablePicture, decode, read_bytes
from stages.common.processes import usable_cores
from stages.image_classifier import classifier
from stages.image_classifier.classifier import Predictor
from stages.learning.device import prepare
from stages.speaker import checkpoint
from stages.speaker.checkpoint import Trained

ALL = "all"


def load(speaker: Path, requests: Sequence[Request], *, emotion: str | None, candidates: int) -> "Captioner":
    """The captioner of params.yaml with the speaker in the folder `speaker`.

    Args:
        emotion: one of the nine, `all`, `none`, or None for that which the classifier predicts.
        candidates: captions of each picture, at most.

    Raises:
        UserError: the speaker cannot express what is asked for, or needs an image classifier that is not there.
    """
    params = load_params(Params)
    device = prepare(params.device, params.captions.seed)
    torch.set_float32_matmul_precision(params.captions.matmul_precision)
    trained = checkpoint.load(speaker, device)
    if emotion and not trained.model.grounded:
        raise UserError(f"{speaker}: a plain speaker, which takes no --emotion; leave it out")
    if emotion == NONE and not trained.model.emotion_optional:
        raise UserError(f"{speaker}: {NEEDS_EMOTION}")
    all_chosen = bool(emotion) or all(request.emotion for request in requests)
    predictor = _predictor(device, required=trained.model.grounded and not all_chosen)
    return Captioner(trained, predictor, sampling_plan(params.captions, candidates), emotion)


def _predictor(device: torch.device, *, required: bool) -> Predictor | None:
    """The study's image classifier, if there is one.

    Raises:
        UserError: it is required, and there is none.
    """
    try:
        return classifier.load(device=device)
    except UserError as missing:
        if required:
            raise UserError(f"{missing}; or give --emotion") from None
        return None


@dataclass(frozen=True)
class Captioner:
    """Captions pictures, and predicts their emotions where there is a classifier.

    Attributes:
        predictor: needed where a grounded speaker is given no emotion.
        emotion: one of the nine, `all`, `none`, or None for that which the predictor finds likeliest.
    """

    trained: Trained
    predictor: Predictor | None
    plan: SamplingPlan
    emotion: str | None

    def answers(self, requests: Sequence[Request]) -> Iterator[Answer]:
        """The answers in order, computed a batch at a time; pictures are decoded in threads as they are needed."""
        remaining = iter(requests)
        with ThreadPoolExecutor(usable_cores()) as pool:
            while batch := list(islice(remaining, BATCH)):
                decoded = list(pool.map(self._decode, batch))
                captioned = self._caption([picture for picture in decoded if isinstance(picture, _Decoded)])
                for request, picture in zip(batch, decoded, strict=True):
                    yield Answer(request.path, picture) if isinstance(picture, str) else next(captioned)

    def _decode(self, request: Request) -> "_Decoded | str":
        """The picture as the squares that speaker and classifier expect, or the reason why it is unreadable."""
        try:
            content = read_bytes(request.path)
            digest = hashlib.sha256(content).hexdigest()
            pixels = decode(content, self.trained.size, self.trained.fit)
            model = self.predictor
            if model is None or (model.size, model.fit) == (self.trained.size, self.trained.fit):
                return _Decoded(request, digest, pixels, pixels)
            return _Decoded(request, digest, pixels, decode(content, model.size, model.fit))
        except UnreadablePicture as problem:
            return str(problem)

    def _caption(self, pictures: Sequence["_Decoded"]) -> Iterator[Answer]:
        if not pictures:
            return
        emotions = None
        if self.predictor:
            emotions = self.predictor.predict(np.stack([picture.classifier_pixels for picture in pictures]))
        condition = self._condition(pictures, emotions) if self.trained.model.grounded else None
        pixels = np.stack([picture.pixels for picture in pictures])
        captions = generate(self.trained, pixels, condition, [picture.digest for picture in pictures], self.plan)
        for row, picture in enumerate(pictures):
            source = self._source(picture.request) if condition is not None and condition[row].any() else None
            probabilities = None if emotions is None else emotions[row]
            yield Answer(picture.request.path, None, captions[row], source, probabilities)

    def _source(self, request: Request) -> str:
        return "person" if self.emotion or request.emotion else "image_classifier"

    def _condition(self, pictures: Sequence["_Decoded"], emotions: np.ndarray | None) -> np.ndarray:
        """The emotions to express: shares (N, 1, 9), or (N, 9, 9) for `all`, each emotion by itself."""
        predicted = np.zeros((len(pictures), len(EMOTIONS)), np.float32) if emotions is None else emotions
        if self.emotion == ALL:
            return each_emotion(predicted)
        shares = as_trained(predicted, self.trained.emo_from)
        for row, picture in enumerate(pictures):
            if emotion := picture.request.emotion or self.emotion:
                shares[row] = 0 if emotion == NONE else np.eye(len(EMOTIONS))[IDS[emotion]]
        return shares


@dataclass(frozen=True)
class _Decoded:
    request: Request
    digest: str  # from which the random numbers of sampling are derived
    pixels: np.ndarray  # uint8 (S, S, 3), the speaker's input
    classifier_pixels: np.ndarray  # uint8 (S', S', 3), the classifier's
