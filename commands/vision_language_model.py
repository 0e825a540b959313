"""Captions by any vision-language model of transformers as it is: zero-shot, with a prompt."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub import hf_hub_download, metadata_load, try_to_load_from_cache
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor, ProcessorMixin

from commands.picture_model import Taken
from commands.spent import Spent
from formats import captions_page
from formats.answers import CAPTIONS, Answer, Results
from formats.picture_lists import Request
from stages.captions.captioner import Caption
from stages.captions.params import Params
from stages.common.captions_table import Origin
from stages.common.errors import UserError
from stages.common.language import UNDETERMINED
from stages.common.params import load as load_params
from stages.common.picture_names import as_text
from stages.common.pictures import upright
from stages.common.text_files import is_utf8, shown
from stages.learning.device import gpu_errors, prepare
from stages.learning.pretrained import hub_reachable
from stages.learning.transformers_models import Base, Kind, find, read, reason

# A chat template is part of what a model is asked.
KIND = Kind("vision-language model", "--model", parts=(".safetensors", ".json", ".jinja"))
# What a model with a chat template is asked by default. The others continue a text, and caption best without one.
PROMPT = "Describe in one short sentence what this picture shows and how it feels."
# Pieces of words, some 50 words: captions of people have 16 on average (ArtEmis).
MAX_NEW_TOKENS = 64
# Pictures that are captioned at once.
BATCH = 8
CARD = "README.md"
UNKNOWN = "unknown"
# A grey picture for the trial that tells whether a model can be asked in this way.
TRIAL = Image.new("RGB", (224, 224), "grey")
# The attention maps of a caption: none.
NO_MAPS = np.zeros((0, 0, 0), np.float32)


def load(name: str, requests: Iterable[Request], prompt: str | None) -> "VisionLanguageModel":
    """The model `name`: a folder, or a name that the local cache or the hub knows.

    Args:
        prompt: None for the default: PROMPT with a chat template, nothing without one.

    Raises:
        UserError: there is no such model, it has no processor or no safetensors weights, it cannot be asked in this
            way, or a request has an emotion.
    """
    if listed := next((request for request in requests if request.emotion), None):
        raise UserError(
            f"{listed.place} has {listed.emotion}, but a vision-language model takes no emotion; remove the column, or "
            "leave out --model"
        )
    if prompt is not None and not is_utf8(prompt):
        raise UserError(f"--prompt is {shown(prompt)}, which is not UTF-8; write it in the terminal's encoding")
    params = load_params(Params)
    device = prepare(params.device, params.captions.seed)
    base = find(name, KIND)
    processor = _processor(base)
    how = {"dtype": torch.bfloat16 if device.type == "cuda" else torch.float32, "use_safetensors": True}
    network = read(
        base,
        lambda options: AutoModelForImageTextToText.from_pretrained(base.source, **how, **options),
        "vision-language model (image-text-to-text) with safetensors weights",
        KIND,
    )
    with gpu_errors("while the model was loaded"):
        network.eval().to(device)  # type: ignore[no-untyped-call]
    if prompt is None:
        prompt = PROMPT if processor.chat_template else ""
    licence = _licence(base) or getattr(network.config, "license", None) or UNKNOWN
    origin = Origin(as_text(Path(name)) if base.is_local else name, base.revision, licence, prompt)
    model = _answering(network, processor, origin)
    print(f"{model.origin}: a vision-language model as it is (zero-shot)", file=sys.stderr)
    return model


def _processor(base: Base) -> ProcessorMixin:
    load: Callable[..., Any] = AutoProcessor.from_pretrained
    found = read(base, lambda options: load(base.source, **options), "processor", KIND)
    # Where a model has no processor, transformers returns its tokenizer or its image processor.
    if not isinstance(found, ProcessorMixin) or not hasattr(found, "tokenizer"):
        raise UserError(
            f"{base.name}: no processor of pictures and text that transformers reads (it has a "
            f"{type(found).__name__} alone); set {KIND.setting} to another"
        )
    # Answers begin where the prompts end, so shorter prompts are filled up in front.
    found.tokenizer.padding_side = "left"
    found.tokenizer.pad_token = found.tokenizer.pad_token or found.tokenizer.eos_token
    return found


def _answering(network: Any, processor: ProcessorMixin, origin: Origin) -> "VisionLanguageModel":
    """The model, after a trial with a grey picture.

    Raises:
        UserError: it cannot be asked in this way.
    """
    try:
        model = VisionLanguageModel(network, processor, origin, _text(processor, origin.prompt))
        model.generate([TRIAL], most=1)
    except MemoryError:
        raise
    except Exception as error:  # templates, processors and networks raise every kind
        raise UserError(
            f"{origin.model}: cannot be asked {origin.prompt!r} about a picture ({type(error).__name__}: "
            f"{reason(error)}); choose another --prompt, as the model's card says, or set {KIND.setting} to another"
        ) from None
    return model


def _text(processor: ProcessorMixin, prompt: str) -> str:
    """What a model reads before it answers: the prompt, in the model's chat template if it has one."""
    if not processor.chat_template:
        return prompt
    content = [{"type": "image"}, *([{"type": "text", "text": prompt}] if prompt else [])]
    conversation: list[Any] = [{"role": "user", "content": content}]
    return processor.apply_chat_template(conversation, add_generation_prompt=True)


def _licence(base: Base) -> str | None:
    """The licence that the model's card names."""
    try:
        card = _card(base)
        named = (card and metadata_load(card)) or {}
    except Exception:  # no card, or one with a text of any kind: no reason to stop
        return None
    # Of a licence that the hub has no identifier for, the card gives the name apart.
    licence = named.get("license")
    return str(named.get("license_name", licence) if licence == "other" else licence) if licence else None


def _card(base: Base) -> Path | None:
    """The model card in the folder or the cache, or from the hub; transformers itself fetches no card."""
    if base.is_local:
        return Path(base.source) / CARD
    cached = try_to_load_from_cache(base.source, CARD, revision=base.revision)
    if isinstance(cached, str):
        return Path(cached)
    return Path(hf_hub_download(base.source, CARD, revision=base.revision)) if hub_reachable() else None


@dataclass(frozen=True)
class VisionLanguageModel:
    """Captions pictures by greedy search, one caption each; see `captioner.Captioner`.

    Greedy, since the new tokens of every family of models are then the last ones of what it returns, one for each
    step, and their probabilities cost nothing.

    Attributes:
        text: what it reads before it answers; empty if it has the picture alone.
    """

    network: Any  # a PreTrainedModel, whose type lacks `generate`
    processor: ProcessorMixin
    origin: Origin
    text: str

    @property
    def name(self) -> str:
        return self.origin.model

    @property
    def results(self) -> Results:
        return CAPTIONS

    @property
    def decoder(self) -> Callable[[bytes], Image.Image]:
        return upright

    @property
    def batch(self) -> int:
        return BATCH

    @property
    def emotions(self) -> Sequence[str]:
        return ()

    @property
    def metadata(self) -> dict[str, str]:
        return self.origin._asdict()

    @property
    def machine(self) -> str:
        folder = Path(self.origin.model)
        return str(self.origin._replace(model=folder.name) if folder.is_dir() else self.origin)

    @property
    def language(self) -> str:
        return "en" if self.origin.prompt in ("", PROMPT) else UNDETERMINED

    def settings(self) -> dict[str, Any]:
        return {
            "revision": self.origin.revision,
            "prompt": self.origin.prompt,
            "max_new_tokens": MAX_NEW_TOKENS,
            "dtype": str(self.network.dtype),
        }

    def save_page(self, answers: Iterable[Answer], path: Path) -> None:
        captions_page.save(answers, path, model=str(self.origin), prompt=self.origin.prompt)

    def answer(self, pictures: Sequence[Taken], spent: Spent) -> Iterator[Answer]:
        with gpu_errors("while captions were generated"), spent("model"):
            yield from self._caption(pictures)

    def _caption(self, pictures: Sequence[Taken]) -> Iterator[Answer]:
        try:
            captions = self.generate([each.picture for each in pictures], MAX_NEW_TOKENS)
        except (ValueError, torch.OutOfMemoryError) as error:
            # Some processors refuse very narrow pictures, and several pictures may need too much of a GPU's memory.
            captions, problem = [], f"the model does not take this picture: {reason(error)}"
        # Only now, when the error no longer holds the memory of what failed.
        if not captions and len(pictures) == 1:
            yield Answer(pictures[0].request.picture, problem)
        elif not captions:
            for picture in pictures:
                yield from self._caption([picture])
        for picture, caption in zip(pictures, captions, strict=False):
            yield Answer(picture.request.picture, None, [caption], digest=picture.digest, asked=1, tokens=False)

    def generate(self, images: Sequence[Image.Image], most: int) -> list[Caption]:
        """A caption of each image, of at most so many tokens."""
        with torch.inference_mode():
            found = self.network.generate(
                **self._inputs(images),
                max_new_tokens=most,
                do_sample=False,
                num_beams=1,
                return_dict_in_generate=True,
                output_logits=True,
            )
        ids = found.sequences[:, -len(found.logits) :]  # (N, T)
        steps = [
            logits.float().log_softmax(1).gather(1, ids[:, [step]].to(logits.device))
            for step, logits in enumerate(found.logits)
        ]
        log_probabilities = torch.cat(steps, 1)  # (N, T)
        is_end = torch.isin(ids, torch.tensor(self._ends(), device=ids.device))
        # With its first end a caption is complete; the rest fills the row up.
        counts = is_end.cumsum(1) - is_end.long() == 0
        return [
            Caption(self._text_of(row[count & ~end]), None, 0, 0, float(values[count].sum()), NO_MAPS)
            for row, end, count, values in zip(ids, is_end, counts, log_probabilities, strict=True)
        ]

    def _inputs(self, images: Sequence[Image.Image]) -> Any:
        """What the network reads: the pictures, and the text if there is one."""
        texts: dict[str, Any] = {"text": [self.text] * len(images), "padding": True} if self.text else {}
        begin = self.processor.tokenizer.bos_token
        if begin and self.text.startswith(begin):
            texts["add_special_tokens"] = False  # the template has written the first one
        # All processors take pictures grouped by text.
        inputs = self.processor(images=[[image] for image in images], return_tensors="pt", **texts)
        return inputs.to(self.network.device, self.network.dtype)

    def _ends(self) -> list[int]:
        """The tokens that end a text. BLIP's decoder, a BERT, ends with [SEP], which its generation config lacks."""
        tokenizer, named = self.processor.tokenizer, self.network.generation_config.eos_token_id
        ends = {tokenizer.eos_token_id, tokenizer.sep_token_id, *(named if isinstance(named, list) else [named])}
        return sorted(ends - {None})

    def _text_of(self, ids: torch.Tensor) -> str:
        """The text of tokens, on one line."""
        return " ".join(self.processor.tokenizer.decode(ids, skip_special_tokens=True).split())
