"""Language models of a few thousand random weights, saved as transformers saves models."""

import atexit
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

END, UNKNOWN = "</s>", "<unk>"
WIDTH = 32
# Larger than usual, so that the scores of a random model differ.
DEVIATION = 0.3
FAMILIES = ("llama", "gpt2", "gpt_neox")


def config(family: str, vocabulary: int, end: int) -> PreTrainedConfig:
    """The config of a small model of a family, for so many tokens."""
    ids = {"vocab_size": vocabulary, "eos_token_id": end, "bos_token_id": end, "pad_token_id": None}
    if family == "gpt2":
        return GPT2Config(n_embd=WIDTH, n_layer=2, n_head=2, n_positions=64, initializer_range=DEVIATION, **ids)
    common = {"hidden_size": WIDTH, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    common |= {"max_position_embeddings": 64, "initializer_range": DEVIATION}
    if family == "gpt_neox":
        return GPTNeoXConfig(**common, **ids)
    return LlamaConfig(**common, num_key_value_heads=1, **ids)


def whole_words(words: Iterable[str]) -> Tokenizer:
    """A tokenizer whose pieces are whole words, with SentencePiece's mark of the space before them."""
    vocabulary = [END, UNKNOWN, *(f"\u2581{word}" for word in words)]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(vocabulary)}, UNKNOWN))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(END, special=True), AddedToken(UNKNOWN, special=True)])
    return tokenizer


def bytes_of(texts: Iterable[str], size: int = 300) -> Tokenizer:
    """A byte-level BPE tokenizer with so many tokens, trained on texts; it has no unknown pieces."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[END], initial_alphabet=alphabet, show_progress=False, min_frequency=1
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save_base(folder: Path, tokenizer: Tokenizer, family: str = "llama", **changed: object) -> Path:
    """Write a random model of a family with its tokenizer, and return the folder."""
    size, end = tokenizer.get_vocab_size(), tokenizer.token_to_id(END)
    torch.manual_seed(11)
    with torch.random.fork_rng():
        settings = config(family, size, end)
        for name, value in changed.items():
            setattr(settings, name, value)
        model: PreTrainedModel = MODEL_FOR_CAUSAL_LM_MAPPING[type(settings)](settings)
    model.save_pretrained(folder)
    unknown = {"unk_token": UNKNOWN} if tokenizer.token_to_id(UNKNOWN) is not None else {}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, **unknown).save_pretrained(folder)
    return folder


@cache
def temporary_folder() -> Path:
    """A folder for bases that lasts as long as the process."""
    folder = Path(tempfile.mkdtemp(prefix="tiny_language_models_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def base_of_words(words: tuple[str, ...], family: str = "llama") -> str:
    """The folder of a model that speaks these words, each as one piece."""
    return str(save_base(temporary_folder() / f"words_{family}", whole_words(words), family))
