"""A transformer decoder (Vaswani et al., 2017) with cross-attention to the places of the image.

Layer normalisation comes before each sublayer, not after it, so that training needs little warm-up
(Xiong et al., 2020). A grounded speaker reads its emotion as a token before <sos>. Places have no
position vectors of their own: features of vision transformers contain positions, and convolutional
networks encode them through their padding.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import LambdaLR

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.interface import Network, Recipe, State, TeacherForced
from stages.speaker.optimization import WARMUP, adamw, warmup_cosine
from stages.speaker.params import Transformer

# Width of the feed-forward layer, as a multiple of the model width.
EXPANSION = 4
# Frequencies of positions fall from 1 to this, as in Vaswani et al. (section 3.5).
LOWEST_FREQUENCY = 1e-4
# Standard deviation of the initial word vectors, and scale of the positions added to them.
SCALE = 0.1
# The largest gradient norm.
CLIP_NORM = 1.0


class SelfAttention(nn.Module):
    """Causal self-attention over the words so far, with a cache of keys and values."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, cache: Tensor | None) -> tuple[Tensor, Tensor]:
        """x (N, T, W), cache of keys and values (N, 2, heads, t, d) -> (N, T, W), the cache with T more words.

        Without a cache, attention is causal; with one, T must be 1.
        """
        queries, *new = self.project(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (N, heads, T, d)
        memory = torch.stack(new, 1)  # (N, 2, heads, T, d)
        memory = memory if cache is None else torch.cat([cache, memory], 3)  # (N, 2, heads, t + T, d)
        keys, values = memory.unbind(1)
        x = functional.scaled_dot_product_attention(queries, keys, values, is_causal=cache is None)
        return self.out(x.transpose(1, 2).flatten(2)), memory


class CrossAttention(nn.Module):
    """Attention of the words to the places of the image."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(width, width)
        self.look = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def project(self, places: Tensor) -> Tensor:
        """Places (N, P, W) -> their keys and values (N, 2, heads, P, d)."""
        return cast(Tensor, self.look(places).unflatten(-1, (2, self.heads, -1)).permute(0, 2, 3, 1, 4).contiguous())

    def forward(self, x: Tensor, image: Tensor, *, return_weights: bool) -> tuple[Tensor, Tensor | None]:
        """x (N, T, W), keys and values `image` -> (N, T, W) and, on request, weights (N, T, P), mean over heads."""
        queries = self.ask(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (N, heads, T, d)
        keys, values = image.unbind(1)
        if not return_weights:
            x, weights = functional.scaled_dot_product_attention(queries, keys, values), None
        else:
            scores = queries @ keys.transpose(2, 3) / queries.shape[-1] ** 0.5  # (N, heads, T, P)
            # In float32 whatever the precision, as in `sat`.
            attention = functional.softmax(scores, -1, dtype=torch.float32)  # (N, heads, T, P)
            x, weights = attention.to(values.dtype) @ values, attention.mean(1)
        return self.out(x.transpose(1, 2).flatten(2)), weights


class Block(nn.Module):
    """Self-attention, cross-attention and a feed-forward network, each with a residual connection."""

    # The attributes name the weights in model.safetensors: renaming one makes saved speakers unreadable.
    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.said_norm, self.seen_norm, self.inner_norm = (nn.LayerNorm(width) for _ in range(3))
        self.said = SelfAttention(width, heads)
        self.seen = CrossAttention(width, heads)
        self.inner = nn.Sequential(nn.Linear(width, EXPANSION * width), nn.GELU(), nn.Linear(EXPANSION * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, cache: Tensor | None, image: Tensor, *, return_weights: bool
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """x (N, T, W) -> x (N, T, W), the new cache of self-attention, weights of cross-attention (N, T, P)."""
        words, cache = self.said(self.said_norm(x), cache)
        x = x + self.dropout(words)
        context, weights = self.seen(self.seen_norm(x), image, return_weights=return_weights)
        x = x + self.dropout(context)
        return x + self.dropout(self.inner(self.inner_norm(x))), cache, weights


class TransformerSpeaker(Network):
    """A decoder over the places of any backbone; see `interface.Speaker`.

    Attention is that of the last layer, mean over its heads.

    Args:
        width: size W of the word vectors and of the layers' inputs and outputs.
        heads: attention heads, which share the width.
        dropout: rate on the word vectors and on the output of each sublayer.

    Raises:
        UserError: twice the number of heads does not divide the width.
    """

    def __init__(
        self,
        *,
        backbone: Backbone,
        vocabulary: int,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
        grounded: bool,
        emotions: int = len(ARTEMIS),
    ) -> None:
        super().__init__()
        if width % (2 * heads):
            allowed = f"a multiple of twice the {heads} heads"
            raise UserError(f"params.yaml: speaker.transformer.width is {width}; allowed: {allowed}")
        self.backbone = backbone
        self.grounded, self.emotions = grounded, emotions
        self.places = nn.Sequential(nn.Linear(backbone.channels, width), nn.LayerNorm(width))
        self.embedding = nn.Embedding(vocabulary, width)
        self.emotion = nn.Linear(emotions, width) if grounded else None
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.words = nn.Linear(width, vocabulary)
        nn.init.normal_(self.embedding.weight, std=SCALE)
        # So small that the initial word probabilities are those of the bias.
        nn.init.normal_(self.words.weight, std=0.02)

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, places, C)."""
        return cast(Tensor, self.backbone(pixels))

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """State: for each layer its cache of keys and values of the words (N, 2, heads, t, d), one word longer after
        each step; then for each layer keys and values of the image (N, 2, heads, places, d), which do not change.
        """
        image = self._project(features)
        prefix = self._emotion_token(emotion, image)
        if prefix is not None:
            return *self._run(prefix, None, image)[1], *image
        return *(memory[:, :, :, :0] for memory in image), *image

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places)."""
        caches, image = state[: len(self.blocks)], state[len(self.blocks) :]
        x = self._embed(tokens[:, None], caches[0].shape[3])  # (N, 1, W)
        x, new_caches, attention = self._run(x, caches, image)
        return self.words(x[:, 0]), (*new_caches, *image), attention[:, 0]

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        """Teacher forcing, all words at once."""
        return self._teach(self._project(features), tokens, lengths, emotion)

    def forward(
        self, inputs: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None
    ) -> TeacherForced:
        """As `Network.forward`; keys and values of an image are also computed once for all of its captions."""
        image = [memory.index_select(0, owner) for memory in self._project(self.encoded(inputs))]
        return self._teach(image, tokens, lengths, emotion)

    def _teach(self, image: Sequence[Tensor], tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        prefix = self._emotion_token(emotion, image)
        offset = 0 if prefix is None else 1
        x = self._embed(tokens[:, :-1], offset)  # (B, L - 1, W)
        x, _, attention = self._run(x if prefix is None else torch.cat([prefix, x], 1), None, image)
        x, attention = x[:, offset:], attention[:, offset:]  # (B, L - 1, W), (B, L - 1, places)
        # Only words are scored, no padding: (L - 1, B), first words first.
        present = torch.arange(x.shape[1])[:, None] < lengths.cpu()
        packed = present.flatten().nonzero().squeeze(1).to(x.device)  # (words,)
        logits = self.words(x.transpose(0, 1).flatten(0, 1).index_select(0, packed))  # (words, V)
        targets = tokens[:, 1:].T.flatten().index_select(0, packed)  # (words,)
        total = (attention * present.T[:, :, None].to(attention)).sum(1)  # (B, places)
        return TeacherForced(logits, targets, total)

    def _project(self, features: Tensor) -> list[Tensor]:
        """Features (N, places, C) -> for each layer their keys and values (N, 2, heads, places, d)."""
        places = self.places(features)  # (N, places, W)
        return [cast(Block, block).seen.project(places) for block in self.blocks]

    def _emotion_token(self, emotion: Tensor | None, image: Sequence[Tensor]) -> Tensor | None:
        """The vector before <sos> of a grounded speaker, (N, 1, W)."""
        shares = self.condition(emotion, image[0])
        if self.emotion is None or shares is None:
            return None
        return cast(Tensor, self.emotion(shares.to(self.emotion.weight.dtype))[:, None])

    def _embed(self, tokens: Tensor, offset: int) -> Tensor:
        """Words (N, T) from position `offset` on -> their vectors with positions added (N, T, W)."""
        waves = positions(offset, tokens.shape[1], self.embedding.embedding_dim, tokens.device)  # (T, W)
        return cast(Tensor, self.dropout(self.embedding(tokens) + SCALE * waves))

    def _run(
        self, x: Tensor, caches: Sequence[Tensor] | None, image: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """All layers: normalised outputs (N, T, W), each layer's new cache, attention (N, T, places)."""
        new_caches = []
        last = len(self.blocks) - 1
        attention: Tensor | None = None
        for layer, block in enumerate(self.blocks):
            cache = None if caches is None else caches[layer]
            x, cache, attention = block(x, cache, image[layer], return_weights=layer == last)
            new_caches.append(cache)
        return self.norm(x), new_caches, cast(Tensor, attention)


def positions(first: int, count: int, width: int, device: torch.device) -> Tensor:
    """Sinusoidal positions `first`, `first` + 1, ...: (count, width), where `width` is even.

    Fixed, not learned: decoding may exceed the longest training caption.
    """
    half = width // 2
    frequencies = LOWEST_FREQUENCY ** (torch.arange(half, device=device) / half)  # (width / 2,)
    angles = torch.arange(first, first + count, device=device)[:, None] * frequencies  # (count, width / 2)
    return torch.cat([angles.sin(), angles.cos()], 1)


def recipe(config: Transformer, model: TransformerSpeaker, updates: int, encoder_rate: float) -> Recipe:
    """AdamW with warm-up and a cosine schedule."""
    optimizer = adamw(model, {"backbone.": encoder_rate, "": config.learning_rate})
    return Recipe(
        optimizer,
        LambdaLR(optimizer, warmup_cosine(updates, WARMUP)),
        config.batch_size,
        config.epochs,
        CLIP_NORM,
        label_smoothing=config.label_smoothing,
        each_update=True,
    )
