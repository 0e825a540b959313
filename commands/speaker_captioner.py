"""Captions by a trained speaker, and an image classifier that predicts the emotions to express."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from commands.encoding import Encoding
from commands.picture_model import Taken
from commands.spent import ENCODE, SEARCH, Spent
from commands.squares import SquareDecoder
from formats import captions_page
from formats.answers import CAPTIONS, Answer, Results
from formats.hub.kinds import SPEAKER
from formats.hub.models import checked, folder_of
from formats.picture_lists import Request
from stages.annotations.tables import FOLDER as ANNOTATIONS
from stages.annotations.tables import load_card
from stages.captions.captioner import BATCH, Caption, generate
from stages.captions.conditioning import NEEDS_EMOTION, as_trained, each_emotion, guided
from stages.captions.params import Params
from stages.captions.sampling import SamplingPlan, sampling_plan
from stages.common.emotions import ALL, NONE, require_same
from stages.common.errors import UserError
from stages.common.language import UNDETERMINED
from stages.common.params import load as load_params
from stages.common.picture_names import as_text
from stages.image_classifier import classifier
from stages.image_classifier.classifier import Predictor
from stages.learning.device import has_bfloat16, prepare
from stages.learning.pretrained import sha256
from stages.speaker import checkpoint
from stages.speaker.checkpoint import Trained
from stages.speaker.registry import ARCHITECTURES

# What is known of the data set of this study.
DATASET = ANNOTATIONS / "dataset.json"


def load(speaker: str, requests: Sequence[Request], *, emotion: str | None, candidates: int) -> "SpeakerCaptioner":
    """The captioner of params.yaml with a speaker.

    Args:
        speaker: its folder, or the name of a repository (`formats.hub.models`).
        emotion: one of the speaker's, `all`, `none`, or None for that which the classifier predicts.
        candidates: captions of each picture.

    Raises:
        UserError: the speaker cannot express what is asked for, or needs an image classifier that is not there; or the
            decoding rule cannot give so many captions.
    """
    params = load_params(Params)
    plan = sampling_plan(params.captions, candidates)
    _require_candidates(plan)
    device = prepare(params.device, params.captions.seed)
    torch.set_float32_matmul_precision(params.captions.matmul_precision)
    folder = folder_of(speaker, SPEAKER)
    with checked(speaker, SPEAKER):
        trained = checkpoint.load(folder, device)
    if trained.data:
        about = trained.data.sentence("speaker", "captions of other pictures")
        print(f"{speaker}: {about}", file=sys.stderr)
    _require_emotions(trained, speaker, requests, emotion)
    for config in plan.configs:
        guided(trained.model, config.guidance)
    all_chosen = bool(emotion) or all(request.emotion for request in requests)
    required = trained.model.grounded and not all_chosen
    predictor = _predictor(device, required=required)
    if predictor and trained.model.grounded and predictor.model.emotions != trained.emotions:
        if required:
            require_same(predictor.model.emotions, trained.emotions, str(classifier.FOLDER), speaker)
        predictor = None
    precision = params.captions.matmul_precision
    encoding = Encoding.of(trained, predictor, bf16=precision == "medium" and has_bfloat16(device))
    return SpeakerCaptioner(as_text(Path(speaker)), folder, encoding, plan, emotion, precision)


def _require_candidates(plan: SamplingPlan) -> None:
    for number, config in enumerate(plan.configs):
        if config.most is not None and plan.candidates > config.most:
            which = "" if len(plan.configs) == 1 else f" (config {number})"
            raise UserError(
                f"--candidates {plan.candidates}: {config}{which} gives at most {config.most}; ask for fewer, or set "
                "captions.beam_size, or captions.rule to multinomial, top_k or top_p, in params.yaml"
            )


def _require_emotions(trained: Trained, speaker: str, requests: Sequence[Request], emotion: str | None) -> None:
    """Hold the option --emotion and the emotions of lists to the same rules."""
    listed = [request for request in requests if request.emotion]
    if not trained.model.grounded:
        if emotion:
            raise UserError(f"{speaker}: a plain speaker, which takes no --emotion; leave it out")
        if listed:
            place = f"{listed[0].place} has {listed[0].emotion}"
            raise UserError(
                f"{speaker}: a plain speaker, which takes no emotion, but {place}; remove the column, or choose a "
                "grounded speaker with --speaker"
            )
    else:
        allowed = [*trained.emotions, ALL, NONE]
        if emotion and emotion not in allowed:
            raise UserError(f"--emotion {emotion!r} is unknown to {speaker}; allowed: {', '.join(allowed)}")
        if unknown := next((request for request in listed if request.emotion not in allowed), None):
            raise UserError(
                f"{unknown.place}: unknown emotion {unknown.emotion!r}; allowed: {', '.join(allowed)}, or nothing"
            )
    if not trained.model.emotion_optional:
        if emotion == NONE:
            raise UserError(f"{speaker}: {NEEDS_EMOTION}")
        if without := next((request for request in listed if request.emotion == NONE), None):
            raise UserError(f"{without.place}: emotion is none; {speaker}: {NEEDS_EMOTION}")


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
class SpeakerCaptioner:
    """Captions pictures, and predicts their emotions where there is a classifier; see `captioner.Captioner`.

    Attributes:
        name: that of the speaker as given; of one from the hub, with the commit.
        folder: that of the speaker.
        encoding: the speaker, and a predictor, which a grounded speaker needs that is given no emotion.
        emotion: one of the speaker's, `all`, `none`, or None for that which the predictor finds likeliest.
        precision: captions.matmul_precision.
    """

    name: str
    folder: Path
    encoding: Encoding
    plan: SamplingPlan
    emotion: str | None
    precision: str

    @property
    def trained(self) -> Trained:
        return self.encoding.trained

    @property
    def predictor(self) -> Predictor | None:
        return self.encoding.predictor

    @property
    def results(self) -> Results:
        return CAPTIONS

    @property
    def decoder(self) -> SquareDecoder:
        return self.encoding.decoder

    @property
    def batch(self) -> int:
        return BATCH

    @property
    def emotions(self) -> Sequence[str]:
        return self.trained.emotions

    @property
    def metadata(self) -> None:
        return None

    @property
    def machine(self) -> str:
        arch = next(name for name, one in ARCHITECTURES.items() if isinstance(self.trained.model, one.network))
        learned_from = self.trained.data and self.trained.data.name
        repository = None if Path(self.name) == self.folder else self.name
        parts = (arch, learned_from and f"learned from {learned_from}", repository)
        return f"artemis-dvc, speaker {', '.join(filter(None, parts))}"

    @property
    def language(self) -> str:
        learned_from = self.trained.data
        card = load_card() if DATASET.exists() else {}
        # Of a speaker that did not learn from this study's data set nothing is known.
        return str(card["language"]) if learned_from and card.get("name") == learned_from.name else UNDETERMINED

    def settings(self) -> dict[str, Any]:
        files = {f"speaker/{name}": self.folder / name for name in checkpoint.FILES}
        if self.predictor:
            files |= {f"image_classifier/{name}": classifier.FOLDER / name for name in classifier.FILES}
        return {
            "configs": [config.model_dump() for config in self.plan.configs],
            "candidates": self.plan.candidates,
            "seed": self.plan.seed,
            "emotion": self.emotion,
            "matmul_precision": self.precision,
            "encoder_precision": str(self.trained.model.backbone.precision),
            **{name: sha256(path) for name, path in files.items()},
        }

    def save_page(self, answers: Iterable[Answer], path: Path) -> None:
        trained = self.trained
        captions_page.save(answers, path, model=self.name, fit=trained.fit, emo_from=trained.emo_from)

    def answer(self, pictures: Sequence[Taken], spent: Spent) -> Iterator[Answer]:
        with spent(ENCODE):
            features, emotions = self.encoding([picture.picture for picture in pictures])
        conditions = self._conditions(pictures, emotions) if self.trained.model.grounded else None
        with spent(SEARCH):
            found = self._generate(pictures, features, conditions)
        for row, (picture, captions) in enumerate(zip(pictures, found, strict=True)):
            condition = None if conditions is None else conditions[row]
            yield Answer(
                picture.request.picture,
                None,
                captions,
                self._source(picture.request) if condition is not None and condition.any() else None,
                None if emotions is None or not self.predictor else self._named(emotions[row]),
                picture.digest,
                self.plan.candidates * len(self.plan.configs) * (1 if condition is None else len(condition)),
            )

    def _named(self, probabilities: np.ndarray) -> dict[str, float]:
        """Probabilities (C,) by the names of the predictor's emotions."""
        assert self.predictor is not None
        return dict(zip(self.predictor.model.emotions, probabilities.tolist(), strict=True))

    def _generate(
        self, pictures: Sequence[Taken], features: Tensor, conditions: Sequence[np.ndarray] | None
    ) -> list[Sequence[Caption]]:
        """The captions of each picture; those with equally many conditions are captioned together."""
        together: dict[int, list[int]] = defaultdict(list)
        for row in range(len(pictures)):
            together[0 if conditions is None else len(conditions[row])].append(row)
        found: dict[int, Sequence[Caption]] = {}
        for group in together.values():
            condition = None if conditions is None else np.stack([conditions[row] for row in group])
            digests = [pictures[row].digest for row in group]
            captions = generate(self.trained, features[group], condition, digests, self.plan)
            found.update(zip(group, captions, strict=True))
        return [found[row] for row in range(len(pictures))]

    def _source(self, request: Request) -> str:
        return "person" if self.emotion or request.emotion or request.shares else "image_classifier"

    def _conditions(self, pictures: Sequence[Taken], emotions: np.ndarray | None) -> list[np.ndarray]:
        """The emotions that each picture's captions express: shares (1, E), or (E, E) for `all`."""
        predicted = np.zeros((len(pictures), len(self.trained.emotions)), np.float32) if emotions is None else emotions
        return [
            self._condition(picture.request, probabilities)
            for picture, probabilities in zip(pictures, predicted, strict=True)
        ]

    def _condition(self, request: Request, predicted: np.ndarray) -> np.ndarray:
        """Shares (K, E) of what is asked for, or by the probabilities `predicted` (E,)."""
        if request.shares is not None:
            return np.array([request.shares], np.float32)
        emotion = request.emotion or self.emotion
        if emotion is None:
            return as_trained(predicted[None], self.trained.emo_from)[0]
        if emotion == ALL:
            return each_emotion(predicted[None])[0]
        shares = np.zeros((1, len(self.trained.emotions)), np.float32)
        if emotion != NONE:
            shares[0, self.trained.emotions.index(emotion)] = 1
        return shares
