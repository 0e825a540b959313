"""A pretrained encoder of the Hugging Face hub under nine logits: the mean of its last states, over an utterance.

Where the encoder comes from is looked up in this order: a folder, the local cache, the
hub. Only weights in safetensors are taken. What is saved with a trained classifier
(the encoder's config, its tokenizer) suffices to make it again without the hub.
"""

from pathlib import Path
from typing import Any, cast

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.learning import weights
from stages.text_classifier.reader import EmotionNetwork, Tokens

DROPOUT = 0.1
# Longer utterances are cut, as in the reference; few have more than 30 words.
MOST_PIECES = 128


class TransformerClassifier(EmotionNetwork):
    """Ids of word pieces (N, T) and their lengths (N,) -> logits (N, 9)."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(encoder.config.hidden_size, len(EMOTIONS)))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]  # (N, T)
        states = self.encoder(input_ids=ids, attention_mask=inside.long()).last_hidden_state  # (N, T, H)
        mean = (states * inside[..., None]).sum(1) / lengths[:, None]
        return cast(Tensor, self.head(mean))

    def config(self) -> dict[str, Any]:
        return {"arch": "transformer", "encoder": self.encoder.config.to_dict()}


class PieceReader:
    """The encoder's own tokenizer over the words, joined by spaces."""

    def __init__(self, tokenizer: Tokenizer, pad: int) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(MOST_PIECES)
        self.tokenizer, self.pad = tokenizer, pad

    def read(self, tokens: Tokens) -> list[list[int]]:
        """Ids with the encoder's marks of beginning and end; where it has none, an empty text is one <pad>."""
        pieces = self.tokenizer.encode_batch([" ".join(words) for words in tokens])
        return [piece.ids or [self.pad] for piece in pieces]

    def proofread(self, tokens: Tokens) -> Tokens:
        """As they are: an encoder has seen misspelled words enough, and reads them piece by piece."""
        return tokens

    def config(self) -> dict[str, Any]:
        return {"tokenizer": self.tokenizer.to_str(), "pad": self.pad}


def pretrained(name: str) -> tuple[TransformerClassifier, PieceReader]:
    """The encoder `name` (on the hub, or a folder) under a fresh head, and its reader.

    Raises:
        UserError: it is neither in the folder or the cache nor to be fetched at once, or is no such encoder.
    """
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return _load(name, here=True)
    except OSError as error:
        if Path(name).is_dir():
            raise UserError(f"{name}: no encoder with a tokenizer and safetensors weights ({_first(error)})") from None
    if not weights.answers():
        raise UserError(
            f"the encoder {name} is not in the local cache and the model hub cannot be reached; fetch it once where "
            f"there is a network (hf download {name}), or set text_classifier.transformer.encoder to a folder, or "
            f"text_classifier.arch: lstm"
        )
    try:
        return _load(name, here=False)
    except OSError as error:
        raise UserError(f"the model hub has no encoder {name} with safetensors weights ({_first(error)})") from None


def _load(name: str, *, here: bool) -> tuple[TransformerClassifier, PieceReader]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=here)
        encoder = AutoModel.from_pretrained(name, local_files_only=here, use_safetensors=True)
    except (ValueError, KeyError) as error:
        raise UserError(f"{name}: no encoder that transformers knows ({_first(error)})") from None
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise UserError(f"{name}: its tokenizer has no fast version, which is the one that is saved with a classifier")
    if encoder.config.is_encoder_decoder:
        encoder = encoder.get_encoder()
    reader = PieceReader(tokenizer.backend_tokenizer, tokenizer.pad_token_id or 0)
    return TransformerClassifier(encoder.float()), reader


def rebuilt(config: dict[str, Any]) -> tuple[TransformerClassifier, PieceReader]:
    """The classifier that their `config`s describe, its weights still to be loaded."""
    encoder = AutoModel.from_config(AutoConfig.for_model(**config["encoder"]))  # type: ignore[no-untyped-call]
    if encoder.config.is_encoder_decoder:
        encoder = encoder.get_encoder()
    return TransformerClassifier(encoder), PieceReader(Tokenizer.from_str(config["tokenizer"]), config["pad"])


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
