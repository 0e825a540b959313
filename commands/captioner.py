"""Captions of loose pictures: a speaker, and an image classifier that predicts the emotions to express.

They are printed as a table, with a file beside it, or fill a folder that can be resumed.
"""

import hashlib
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from formats import answers, captions_page
from formats.answers import Answer, Table, printable
from formats.picture_lists import SOME_LEFT_OUT, Request
from stages.captions.captioner import BATCH, generate
from stages.captions.conditioning import NEEDS_EMOTION, NONE, as_trained, each_emotion
from stages.captions.params import Params
from stages.captions.sampling import SamplingPlan, sampling_plan
from stages.common.emotions import EMOTIONS, IDS
from stages.common.errors import UserError
from stages.common.params import load as load_params
from stages.common.pictures import UnreadablePicture, decode, read_bytes
from stages.common.processes import usable_cores
from stages.common.progress import track
from stages.image_classifier import classifier
from stages.image_classifier.classifier import Predictor
from stages.learning.device import prepare
from stages.speaker import checkpoint
from stages.speaker.checkpoint import Trained

ALL = "all"
Save = Callable[[Iterable[Answer], Path], None]


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
    if trained.data:
        print(f"{speaker}: {trained.data}", file=sys.stderr)
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


def print_table(captioner: Captioner, requests: Sequence[Request], speaker: Path, out: Path | None) -> int:
    """Print the table while captions are generated, and write them to `out`; returns the exit code.

    Raises:
        UserError: none of the files is a picture.
    """
    table = Table([request.path for request in requests], grounded=captioner.trained.model.grounded)
    captioned = 0

    def printed() -> Iterator[Answer]:
        nonlocal captioned
        # The growing table shows the progress.
        for answer in _with_problems_named(captioner.answers(requests)):
            if answer.captions:
                print("\n".join([*([] if captioned else [table.header()]), *table.lines(answer)]))
                captioned += 1
            yield answer

    if out:
        _writer(out.suffix, captioner.trained, speaker)(printed(), out)
    else:
        deque(printed(), maxlen=0)
    if not captioned:
        raise UserError("no picture left to caption")
    return 0 if captioned == len(requests) else SOME_LEFT_OUT


def fill_folder(folder: Path, captioner: Captioner, requests: Sequence[Request], speaker: Path) -> int:
    """Write those Parquet files of a folder that are not there yet; returns the exit code."""
    models = [speaker, classifier.FOLDER] if captioner.predictor else [speaker]
    plan = captioner.plan
    settings = {
        "configs": [config.model_dump() for config in plan.configs],
        "candidates": plan.candidates,
        "seed": plan.seed,
        "emotion": captioner.emotion,
        "weights": list(map(_weights_digest, models)),
    }
    names = [f"{request.path} {request.emotion or ''}" for request in requests]
    for path, part in answers.shards(folder, names, settings):
        shard = requests[part]
        generated = track(captioner.answers(shard), path.name, len(shard))
        answers.save_parquet(_with_problems_named(generated), path)
    problems = answers.problems_in(folder)
    print(f"{printable(folder)}: {len(requests) - problems:,} pictures captioned, {problems:,} left out")
    return SOME_LEFT_OUT if problems else 0


def _with_problems_named(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pass answers on; name on stderr the pictures that are left out, each with the reason."""
    for answer in answers:
        if answer.problem:
            print(f"{printable(answer.path)}: left out: {answer.problem}", file=sys.stderr)
        yield answer


def _writer(suffix: str, trained: Trained, speaker: Path) -> Save:
    page = partial(captions_page.save, fit=trained.fit, emo_from=trained.emo_from, speaker=printable(speaker))
    writers: dict[str, Save] = {".parquet": answers.save_parquet, ".json": answers.save_json, ".html": page}
    return writers[suffix]


def _weights_digest(folder: Path) -> str:
    with (folder / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
