"""A pretrained encoder of the Hugging Face hub with a logit for each emotion on the mean of its last hidden states.

The encoder is looked up in this order: a folder, the local cache, the hub. Only safetensors weights are accepted.
A saved classifier contains the encoder's config and tokenizer, so it loads without the hub.
"""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim import RAdam
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import logging

from stages.common.errors import UserError
from stages.common.scripts import written
from stages.learning.pretrained import hub_reachable
from stages.text_classifier.interface import EmotionNetwork, Examples, Lexicon, Recipe, Tokens, linear_schedule, padded
from stages.text_classifier.params import Transformer

DROPOUT = 0.1
# RAdam's weight decay, and the largest gradient norm.
WEIGHT_DECAY, CLIP_NORM = 0.01, 1.0
# Longer utterances are truncated, as in ArtEmis; few have more than 30 words.
MAX_PIECES = 128


class TransformerClassifier(EmotionNetwork):
    """Ids of word pieces (N, T) and their lengths (N,) -> logits (N, C)."""

    def __init__(self, encoder: PreTrainedModel, emotions: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(encoder.config.hidden_size, emotions))

    def forward(self, ids: Tensor, lengths: Tensor, lexicon: Lexicon | None = None) -> Tensor:
        inside = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]  # (N, T)
        states = self.encoder(input_ids=ids, attention_mask=inside.long()).last_hidden_state  # (N, T, H)
        mean = (states * inside[..., None]).sum(1) / lengths[:, None]  # (N, H)
        return cast(Tensor, self.head(mean))

    def config(self) -> dict[str, Any]:
        return {"arch": "transformer", "encoder": self.encoder.config.to_dict()}


class PieceReader:
    """The encoder's own tokenizer, applied to the tokens as a written text."""

    def __init__(self, tokenizer: Tokenizer, pad: int) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_PIECES)
        self.tokenizer, self.pad = tokenizer, pad

    def read(self, tokens: Tokens, labels: np.ndarray) -> Examples:
        """Ids with the encoder's marks of beginning and end; without such marks, an empty text is one <pad>."""
        encodings = self.tokenizer.encode_batch([written(" ".join(words)) for words in tokens])
        ids, lengths = padded([encoding.ids or [self.pad] for encoding in encodings], self.pad)
        return Examples(ids, lengths, torch.from_numpy(labels.astype(np.int64)))

    def proofread(self, tokens: Tokens) -> Tokens:
        """`tokens` unchanged: pretraining text has misspelled words, too, and word pieces cover them."""
        return tokens

    def config(self) -> dict[str, Any]:
        return {"tokenizer": self.tokenizer.to_str(), "pad": self.pad}


def recipe(config: Transformer, utterances: pd.DataFrame, emotions: int) -> Recipe:
    """RAdam on all weights of a pretrained encoder."""
    network, reader = pretrained(config.encoder, emotions)
    # RAdam needs no warm-up (Liu et al., 2020), so the learning rate can change per epoch only.
    optimizer = RAdam(
        network.parameters(), lr=config.learning_rate, weight_decay=WEIGHT_DECAY, decoupled_weight_decay=True
    )
    examples = reader.read(utterances["tokens"].to_list(), utterances["emotion_label"].to_numpy())
    schedule = linear_schedule(optimizer, config.epochs)
    files = tuple(sorted(path for path in Path(config.encoder).glob("*") if path.is_file()))
    return Recipe(network, reader, examples, optimizer, schedule, config.batch_size, config.epochs, files, CLIP_NORM)


def rebuilt(config: dict[str, Any]) -> tuple[TransformerClassifier, PieceReader]:
    """The network, without its weights, and the reader of a config.json."""
    encoder = AutoModel.from_config(AutoConfig.for_model(**config["encoder"]))  # type: ignore[no-untyped-call]
    reader = PieceReader(Tokenizer.from_str(config["tokenizer"]), config["pad"])
    return TransformerClassifier(_encoder_only(encoder), len(config["emotions"])), reader


def pretrained(name: str, emotions: int) -> tuple[TransformerClassifier, PieceReader]:
    """The pretrained encoder `name` (on the hub, or a folder) with an untrained head, and its reader.

    Raises:
        UserError: it is in no folder and not in the cache, and the hub does not answer; or it is no such encoder.
    """
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return _load(name, emotions, local=True)
    except OSError as error:
        if Path(name).is_dir():
            raise UserError(
                f"{name}: no encoder with a tokenizer and safetensors weights ({_first_line(error)}); "
                f"save one there with transformers' save_pretrained"
            ) from None
    if not hub_reachable():
        raise UserError(
            f"the encoder {name} is not in the local cache and the model hub cannot be reached; fetch it once where "
            f"there is a network (hf download {name}), or set text_classifier.transformer.encoder to a folder, or "
            f"text_classifier.arch: lstm"
        )
    try:
        return _load(name, emotions, local=False)
    except OSError as error:
        raise UserError(
            f"the model hub has no encoder {name} with safetensors weights ({_first_line(error)}); "
            f"set text_classifier.transformer.encoder to another one"
        ) from None


def _load(name: str, emotions: int, *, local: bool) -> tuple[TransformerClassifier, PieceReader]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=local)
        encoder = AutoModel.from_pretrained(name, local_files_only=local, use_safetensors=True)
    except (ValueError, KeyError) as error:
        raise UserError(
            f"{name}: no encoder that transformers knows ({_first_line(error)}); "
            f"set text_classifier.transformer.encoder to another one"
        ) from None
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise UserError(
            f"{name}: its tokenizer has no fast version, which a saved classifier needs; "
            f"set text_classifier.transformer.encoder to another encoder"
        )
    reader = PieceReader(tokenizer.backend_tokenizer, tokenizer.pad_token_id or 0)
    return TransformerClassifier(_encoder_only(encoder), emotions).float(), reader


def _encoder_only(model: PreTrainedModel) -> PreTrainedModel:
    return model.get_encoder() if model.config.is_encoder_decoder else model


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
