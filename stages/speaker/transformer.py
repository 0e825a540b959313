"""A transformer decoder (Vaswani et al., 2017) that looks at the picture by cross-attention.

Norms come before each sublayer rather than after it, so that it learns without long warm-up
(Xiong et al., 2020). A grounded speaker reads its emotion as a token before <sos>. Places of the
picture get no positions of their own: vision transformers bring them along, and convolutional
networks tell them by their padding.
"""

import math
from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.interface import Network, Recipe, State, Taught
from stages.speaker.params import Transformer

# Width of the feed-forward layer, in widths of the network.
EXPANSION = 4
# Frequencies of positions fall from 1 to this, as in Vaswani et al. (section 3.5).
LOWEST_FREQUENCY = 1e-4
# Standard deviation of the first word vectors, and the size of the positions added to them.
SCALE = 0.1
# AdamW's weight decay, and the largest norm of the gradient.
WEIGHT_DECAY, CLIP_NORM = 0.05, 1.0
# Share of all updates in which the learning rates rise.
WARMUP = 0.05


class SelfAttention(nn.Module):
    """What was said, as the next word sees it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, past: Tensor | None) -> tuple[Tensor, Tensor]:
        """x (N, T, W) after `past`, keys and values (N, 2, heads, t, d) -> (N, T, W), keys and values of all.

        Without a past, each of the T sees those before it; after one, T must be 1.
        """
        queries, *new = self.project(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (N, heads, T, d)
        memory = torch.stack(new, 1)
        memory = memory if past is None else torch.cat([past, memory], 3)
        keys, values = memory.unbind(1)
        x = functional.scaled_dot_product_attention(queries, keys, values, is_causal=past is None)
        return self.out(x.transpose(1, 2).flatten(2)), memory


class CrossAttention(nn.Module):
    """What the picture shows, as the next word asks for it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(width, width)
        self.look = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def see(self, places: Tensor) -> Tensor:
        """Places (N, P, W) -> their keys and values (N, 2, heads, P, d)."""
        return cast(Tensor, self.look(places).unflatten(-1, (2, self.heads, -1)).permute(0, 2, 3, 1, 4).contiguous())

    def forward(self, x: Tensor, seen: Tensor, *, tell: bool) -> tuple[Tensor, Tensor | None]:
        """x (N, T, W) -> (N, T, W) and, if it is to `tell`, where it looked, mean over heads (N, T, P)."""
        queries = self.ask(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (N, heads, T, d)
        keys, values = seen.unbind(1)
        if not tell:
            x, shares = functional.scaled_dot_product_attention(queries, keys, values), None
        else:
            scores = queries @ keys.transpose(2, 3) / queries.shape[-1] ** 0.5
            # In float32 whatever the precision, as in `sat`.
            attention = functional.softmax(scores, -1, dtype=torch.float32)  # (N, heads, T, P)
            x, shares = attention.to(values.dtype) @ values, attention.mean(1)
        return self.out(x.transpose(1, 2).flatten(2)), shares


class Block(nn.Module):
    """A layer: what was said, what is seen, and a feed-forward network, each added to what came before."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.said_norm, self.seen_norm, self.inner_norm = (nn.LayerNorm(width) for _ in range(3))
        self.said = SelfAttention(width, heads)
        self.seen = CrossAttention(width, heads)
        self.inner = nn.Sequential(nn.Linear(width, EXPANSION * width), nn.GELU(), nn.Linear(EXPANSION * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, past: Tensor | None, seen: Tensor, *, tell: bool
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """x (N, T, W) -> the same further on, the memory of what was said, and where it looked."""
        said, memory = self.said(self.said_norm(x), past)
        x = x + self.dropout(said)
        found, attention = self.seen(self.seen_norm(x), seen, tell=tell)
        x = x + self.dropout(found)
        return x + self.dropout(self.inner(self.inner_norm(x))), memory, attention


class TransformerSpeaker(Network):
    """A decoder over the places of any backbone; see `interface.Speaker`.

    Attention is that of the last layer, mean over its heads.

    Args:
        width: size W of word vectors and of everything between the layers.
        heads: that share the width in each attention.
        dropout: share of units dropped, while training, of the word vectors and of what each sublayer adds.

    Raises:
        UserError: the heads cannot share the width evenly.
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
    ) -> None:
        super().__init__()
        if width % (2 * heads):
            allowed = f"a multiple of twice the {heads} heads"
            raise UserError(f"params.yaml: speaker.transformer.width is {width}; allowed: {allowed}")
        self.backbone = backbone
        self.grounded = grounded
        self.places = nn.Sequential(nn.Linear(backbone.channels, width), nn.LayerNorm(width))
        self.embedding = nn.Embedding(vocabulary, width)
        self.emotion = nn.Linear(len(EMOTIONS), width) if grounded else None
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.words = nn.Linear(width, vocabulary)
        nn.init.normal_(self.embedding.weight, std=SCALE)
        # So small that the first words are said as often as the bias says.
        nn.init.normal_(self.words.weight, std=0.02)

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, places, C)."""
        return cast(Tensor, self.backbone(pixels))

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """State: for each layer keys and values of what was said (N, 2, heads, t, d), which a step makes longer
        by one; then for each layer keys and values of the picture (N, 2, heads, places, d), handed on untouched.
        """
        seen = self._see(features)
        first = self._first(emotion, seen)
        if first is not None:
            return *self._run(first, None, seen)[1], *seen
        return *(keys[:, :, :, :0] for keys in seen), *seen

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the words `tokens` (N,): logits (N, V), the next state, attention (N, places)."""
        past, seen = state[: len(self.blocks)], state[len(self.blocks) :]
        x = self._embedded(tokens[:, None], past[0].shape[3])
        x, memory, attention = self._run(x, past, seen)
        return self.words(x[:, 0]), (*memory, *seen), attention[:, 0]

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """Teacher forcing, all words at once."""
        return self._teach(self._see(features), tokens, lengths, emotion)

    def forward(self, seen: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        """As of every `Network`; keys and values of a picture are computed once for all of its captions, too."""
        keys = [one.index_select(0, owner) for one in self._see(self.looked(seen))]
        return self._teach(keys, tokens, lengths, emotion)

    def _teach(self, seen: Sequence[Tensor], tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> Taught:
        first = self._first(emotion, seen)
        before = 0 if first is None else 1
        x = self._embedded(tokens[:, :-1], before)
        x, _, attention = self._run(x if first is None else torch.cat([first, x], 1), None, seen)
        x, attention = x[:, before:], attention[:, before:]
        # Scored are the words there are, not the padding: (L - 1, B), first words first.
        there = torch.arange(x.shape[1])[:, None] < lengths.cpu()
        packed = there.flatten().nonzero().squeeze(1).to(x.device)
        logits = self.words(x.transpose(0, 1).flatten(0, 1).index_select(0, packed))
        targets = tokens[:, 1:].T.flatten().index_select(0, packed)
        total = (attention * there.T[:, :, None].to(attention)).sum(1)
        return Taught(logits, targets, total)

    def _see(self, features: Tensor) -> list[Tensor]:
        """Features (N, places, C) -> for each layer their keys and values."""
        places = self.places(features)
        return [cast(Block, block).seen.see(places) for block in self.blocks]

    def _first(self, emotion: Tensor | None, seen: Sequence[Tensor]) -> Tensor | None:
        """What a grounded speaker reads before <sos>, (N, 1, W)."""
        shares = self.told(emotion, seen[0])
        if self.emotion is None or shares is None:
            return None
        return cast(Tensor, self.emotion(shares.to(self.emotion.weight.dtype))[:, None])

    def _embedded(self, tokens: Tensor, before: int) -> Tensor:
        """Words (N, T), `before` others being there already -> their vectors with their positions (N, T, W)."""
        places = positions(before, tokens.shape[1], self.embedding.embedding_dim, tokens.device)
        return cast(Tensor, self.dropout(self.embedding(tokens) + SCALE * places))

    def _run(
        self, x: Tensor, past: Sequence[Tensor] | None, seen: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor], Tensor]:
        """Through all layers: states ready to be scored (N, T, W), each layer's memory, attention (N, T, places)."""
        memory = []
        last = len(self.blocks) - 1
        attention: Tensor | None = None
        for layer, block in enumerate(self.blocks):
            x, said, attention = block(x, None if past is None else past[layer], seen[layer], tell=layer == last)
            memory.append(said)
        return self.norm(x), memory, cast(Tensor, attention)


def positions(first: int, count: int, width: int, device: torch.device) -> Tensor:
    """Waves that tell the places `first`, `first` + 1, ... apart, (count, width), `width` being even.

    Fixed rather than learnt: decoding may go on beyond the longest caption of training.
    """
    half = width // 2
    frequencies = LOWEST_FREQUENCY ** (torch.arange(half, device=device) / half)
    angles = torch.arange(first, first + count, device=device)[:, None] * frequencies  # (count, width / 2)
    return torch.cat([angles.sin(), angles.cos()], 1)


def recipe(dials: Transformer, model: TransformerSpeaker, updates: int) -> Recipe:
    """AdamW, with warm-up and a cosine; biases, norms and word vectors have no weight decay."""
    rates = {True: dials.encoder_learning_rate, False: dials.learning_rate}
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, value in model.named_parameters():
        if value.requires_grad:
            decays = value.ndim > 1 and not name.startswith("embedding.")
            groups.setdefault((name.startswith("backbone."), decays), []).append(value)
    optimizer = AdamW(
        [
            {"params": part, "lr": rates[encoder], "weight_decay": WEIGHT_DECAY * decays}
            for (encoder, decays), part in groups.items()
        ],
        fused=True,
    )
    return Recipe(
        optimizer,
        LambdaLR(optimizer, warmup_cosine(updates, WARMUP)),
        dials.batch_size,
        dials.epochs,
        CLIP_NORM,
        label_smoothing=dials.label_smoothing,
        each_update=True,
    )


def warmup_cosine(updates: int, warmup: float) -> Callable[[int], float]:
    """Factor of the learning rate at each update: linear up over `warmup`, a share of all, then half a cosine down."""
    rising = round(warmup * updates)

    def factor(update: int) -> float:
        if update < rising:
            return (update + 1) / rising
        return (1 + math.cos(math.pi * min(1, (update - rising) / (updates - rising)))) / 2

    return factor
