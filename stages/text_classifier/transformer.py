"""A pretrained encoder of the Hugging Face hub with a logit for each emotion on the mean of its last hidden states.

The encoder is a folder, a path inside an installed package, or a name on the hub, which the local cache answers first.
Only safetensors weights are accepted. A saved classifier contains the encoder's config and tokenizer, so it loads
without the hub.
"""

from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim import RAdam
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from stages.common.errors import UserError
from stages.common.scripts import written
from stages.learning.transformers_models import Base, Kind, find, read
from stages.text_classifier.interface import EmotionNetwork, Examples, Lexicon, Recipe, Tokens, linear_schedule, padded
from stages.text_classifier.params import Transformer

# Tokenizers may have files of other kinds, too.
KIND = Kind("encoder", "text_classifier.transformer.encoder", parts=(".safetensors", ".json", ".txt", ".model"))
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
    base = find(config.encoder, KIND)
    network, reader = _read(base, emotions)
    # RAdam needs no warm-up (Liu et al., 2020), so the learning rate can change per epoch only.
    optimizer = RAdam(
        network.parameters(), lr=config.learning_rate, weight_decay=WEIGHT_DECAY, decoupled_weight_decay=True
    )
    examples = reader.read(utterances["tokens"].to_list(), utterances["emotion_label"].to_numpy())
    schedule = linear_schedule(optimizer, config.epochs)
    return Recipe(
        network, reader, examples, optimizer, schedule, config.batch_size, config.epochs, base.files, CLIP_NORM
    )


def rebuilt(config: dict[str, Any]) -> tuple[TransformerClassifier, PieceReader]:
    """The network, without its weights, and the reader of a config.json."""
    encoder = AutoModel.from_config(AutoConfig.for_model(**config["encoder"]))  # type: ignore[no-untyped-call]
    reader = PieceReader(Tokenizer.from_str(config["tokenizer"]), config["pad"])
    return TransformerClassifier(_encoder_only(encoder), len(config["emotions"])), reader


def pretrained(name: str, emotions: int) -> tuple[TransformerClassifier, PieceReader]:
    """The pretrained encoder `name` with an untrained head, and its reader.

    Raises:
        UserError: there is no such encoder, or one without safetensors weights or a fast tokenizer.
    """
    return _read(find(name, KIND), emotions)


def _read(base: Base, emotions: int) -> tuple[TransformerClassifier, PieceReader]:
    tokenizer = read(base, lambda options: AutoTokenizer.from_pretrained(base.source, **options), "tokenizer", KIND)
    encoder = read(
        base,
        lambda options: AutoModel.from_pretrained(base.source, use_safetensors=True, **options),
        "encoder with safetensors weights",
        KIND,
    )
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise UserError(
            f"{base.name}: its tokenizer has no fast version, which a saved classifier needs; set {KIND.setting} to "
            "another encoder"
        )
    reader = PieceReader(tokenizer.backend_tokenizer, tokenizer.pad_token_id or 0)
    return TransformerClassifier(_encoder_only(encoder), emotions).float(), reader


def _encoder_only(model: PreTrainedModel) -> PreTrainedModel:
    return model.get_encoder() if model.config.is_encoder_decoder else model
