"""A pretrained language model that continues a picture (ClipCap, Mokady et al., 2021), plain or grounded.

Before the words it reads a prefix of vectors: those that a small mapper makes of the places of the picture, one for
the emotion, and one that learns to begin a caption. To the scores of each next word it adds those of the words to
expect of the picture (`expected_words`). The base model stays as it is, learns through low-rank adapters (LoRA, Hu et
al., 2022), or learns whole.
"""

import importlib.util
import inspect
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.learning.device import Rows
from stages.learning.weights import learned
from stages.speaker import base_model
from stages.speaker.data import Utterances
from stages.speaker.expected_words import ExpectedWords
from stages.speaker.interface import Network, Recipe, State, TeacherForced
from stages.speaker.mappers import MAPPERS
from stages.speaker.optimization import WARMUP, adamw, warmup_cosine
from stages.speaker.params import LanguageModel, LanguageModelNetwork
from stages.speaker.pieces import FIRST, Pieces
from stages.utterances.vocabulary import EOS, SOS, UNK, Vocabulary

KEY = "speaker.language_model"
# The largest gradient norm.
CLIP_NORM = 1.0
# Captions that are computed together have at least this share of the longest one's length, or are so few.
SIMILAR, GROUP = 0.8, 8
# LoRA: the update is scaled by twice the rank over the rank.
LORA_SCALE = 2
# The score of what is no piece of a word: its probability is 0, and guidance, which subtracts scores, stays finite.
IMPOSSIBLE = -1e4
# At most so many training pictures initialize the speaker: of stored features, and of pixels, which are encoded first.
STORED, ENCODED = 4_096, 1_024
# About so many of them standardize the features; all places of all would be gigabytes.
STANDARD = 256


class LanguageModelSpeaker(Network):
    """See `interface.Speaker`; ids are those of `pieces.Pieces`.

    Args:
        base, revision: the base model, see `base_model.find`.
        end, unknown: its ids of the end of a text and of an unknown piece.
        mapper: see `mappers`.
        prefix: number of vectors that it makes of a picture.
        tune: what learns besides the mapper: nothing (mapper), adapters (lora) or the whole base model (all).
        rank: of the adapters.
        dropout: rate on the features of the picture.
        emotion: the vector of an emotion is that of its name (words), or one that learns.
    """

    starts_from_frequencies = False
    pictures_at_once = 8  # each piece is scored against a large vocabulary
    silent: Tensor
    computes_anew = False  # layers compute their inner values anew in the backward pass

    def __init__(
        self,
        *,
        backbone: Backbone,
        vocabulary: int,
        base: str,
        revision: str,
        end: int,
        unknown: int | None,
        mapper: str,
        prefix: int,
        tune: str,
        rank: int,
        dropout: float,
        emotion: str,
        grounded: bool,
        emotions: int = len(ARTEMIS),
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.grounded, self.emotions = grounded, emotions
        self.end, self.unknown = end, unknown
        self.base = base_model.load(base_model.find(base, revision))
        self.base.requires_grad_(tune == "all")
        vectors = self.vectors.weight.detach()  # (V, W)
        # A model may have room for more tokens than its tokenizer has, or lack some that are no text.
        self.pieces = min(vocabulary - FIRST, len(vectors))
        if tune == "lora":
            _add_adapters(self.base, rank)
        width, scale = vectors.shape[1], float(vectors.float().std())
        self.mapper = MAPPERS[mapper](backbone.channels, width, prefix, dropout, scale)
        self.expected = ExpectedWords(
            backbone.channels, self.head.weight.detach(), dropout, base_model.score_factor(self.base)
        )
        self.emotion = nn.Linear(emotions, width, bias=False) if grounded else None
        if self.emotion is not None:
            nn.init.normal_(self.emotion.weight, std=scale)
            self.emotion.requires_grad_(emotion == "learned")
        self.first = nn.Parameter(vectors[min(end, self.pieces - 1)].float().clone())
        # Ids that are no text, which are never said; `prepare` fills it.
        self.register_buffer("silent", torch.zeros(vocabulary, dtype=torch.bool))
        self._keeps = "logits_to_keep" in inspect.signature(self.base.forward).parameters

    @property
    def vectors(self) -> nn.Embedding:
        """The base model's vectors of its tokens, (V, W)."""
        return cast(nn.Embedding, self.base.get_input_embeddings())

    @property
    def head(self) -> nn.Linear:
        """From its last hidden states to the scores of its tokens."""
        return cast(nn.Linear, self.base.get_output_embeddings())  # type: ignore[no-untyped-call]

    def own_state(self) -> dict[str, Tensor]:
        """All but the weights of the base model that did not learn."""
        ours = learned(self)
        return {
            name: value for name, value in self.state_dict().items() if name in ours or not name.startswith("base.")
        }

    def prepare(self, pieces: Pieces, emotions: Sequence[str]) -> None:
        """Note which pieces are no text, and let each emotion begin as the mean of the vectors of its name's pieces.

        Raises:
            UserError: the tokenizer has a piece of text that the base model lacks.
        """
        unread = set(range(self.pieces, len(pieces) - FIRST))
        if self.end in unread or unread - set(pieces.special):
            raise UserError(
                f"{self.base.name_or_path}: its tokenizer has {len(unread):,} more tokens than the model; set "
                f"{base_model.KEY} to another"
            )
        self.silent[[FIRST + index for index in pieces.special]] = True
        if self.emotion is not None:
            rows = torch.from_numpy(pieces.encode([name.split() for name in emotions])).long()  # (E, L)
            with torch.no_grad():
                # Without <sos>, <eos> and padding.
                means = [self._embed(row[(row >= FIRST) | (row == UNK)][None]).float().mean(1) for row in rows]
                self.emotion.weight.copy_(torch.cat(means).T)

    def initialize(self, train: Utterances) -> None:
        """Standardize the features by training pictures, and fit the words to expect of each."""
        most = ENCODED if train.pixels[train.picture[:1]].dtype == torch.uint8 else STORED
        # Evenly, since a data set is sorted by style.
        artworks = np.linspace(0, len(train) - 1, min(most, len(train))).astype(int)
        means, places = self._features(train.pixels, train.picture[artworks])
        self.mapper.standardize(places)
        rows, owner = train.rows(artworks)
        row, place = np.nonzero(train.tokens[rows] >= FIRST)
        tokens = train.tokens[rows[row], place] - FIRST
        self.expected.fit(self.mapper.standard(means), owner[row], tokens, self.head.weight.detach())

    def place(self, device: torch.device) -> Self:
        """On a GPU, what does not learn is in bfloat16, in which it computes."""
        if device.type == "cuda":
            self.base.set_attn_implementation("sdpa")
            for weight in self.base.parameters():
                if not weight.requires_grad:
                    weight.data = weight.data.bfloat16()
        return self.to(device)

    def settle(self) -> None:
        """Add the adapters to the weights that they adapt, if those are precise enough."""
        if self.vectors.weight.dtype == torch.float32:
            for module in self.base.modules():
                if hasattr(module, "lora_A"):
                    cast(Any, module).merge()

    def encode(self, pixels: Tensor) -> Tensor:
        """uint8 (N, S, S, 3) -> features (N, places, C)."""
        return cast(Tensor, self.backbone(pixels))

    def start(self, features: Tensor, emotion: Tensor | None) -> State:
        """State: keys and values of each layer (N, heads, t, d), one piece longer after each step; the vector of the
        expected words (N, W); attention (N, places).
        """
        vectors, expected, attention = self._mapped(features)
        _, cache = self._run(torch.cat([vectors, self._emotion(emotion, vectors)], 1), (), 1)
        return *cache, expected, attention

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        """After the pieces `tokens` (N,): logits (N, V), the next state, attention (N, places)."""
        *before, expected, attention = state
        scores, cache = self._run(self._embed(tokens[:, None]), before, 1, expected=expected)
        return self._scores(scores[:, 0]), (*cache, expected, attention), attention

    def teach(self, features: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None) -> TeacherForced:
        """Teacher forcing, all pieces at once."""
        return self._teach(features, torch.arange(len(features), device=features.device), tokens, lengths, emotion)

    def forward(
        self, inputs: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None
    ) -> TeacherForced:
        """As `Network.forward`; the base model also reads an image once for all of its captions."""
        return self._teach(self.encoded(inputs), owner, tokens, lengths, emotion)

    def _teach(
        self, features: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None
    ) -> TeacherForced:
        vectors, expected, attention = self._mapped(features)
        x = torch.cat([self._emotion(emotion, vectors.index_select(0, owner)), self._embed(tokens[:, :-1])], 1)
        kept = x.shape[1] - tokens.shape[1] + 1  # vectors before the first piece: of the emotion, if any
        # Layers that compute their inner values anew keep no keys and values.
        anew = self.training and self.computes_anew
        cache = () if anew else self._run(vectors, (), 1)[1]
        scores, places = [], []
        for start, end in similar(lengths.tolist()):
            own, longest = owner[start:end], int(lengths[start])
            some = x[start:end, : kept + longest]
            if anew:
                some = torch.cat([vectors.index_select(0, own), some], 1)
            before = [part.index_select(0, own) for part in cache]
            found, _ = self._run(some, before, longest, expected=expected.index_select(0, own), store=not anew)
            # Only pieces are scored, no padding.
            present = torch.arange(longest) < lengths[start:end, None].cpu()  # (n, longest)
            scores.append(found.flatten(0, 1).index_select(0, present.flatten().nonzero().squeeze(1).to(x.device)))
            row, place = present.nonzero(as_tuple=True)
            places.append(place * len(tokens) + start + row)
        # First pieces first.
        packed, order = torch.cat(places).sort()
        logits = self._scores(torch.cat(scores).index_select(0, order.to(x.device)))  # (words, V)
        targets = tokens[:, 1:].T.flatten().index_select(0, packed.to(x.device))  # (words,)
        attention = attention.index_select(0, owner) * lengths.to(attention.device)[:, None]
        return TeacherForced(logits, targets, attention)

    def _mapped(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features (N, places, C) -> vectors of the picture (N, K, W), of its expected words (N, W), attention."""
        standard = self.mapper.standard(features)
        vectors, attention = self.mapper(standard)
        return vectors, self.expected(standard.mean(1)), attention

    def _emotion(self, emotion: Tensor | None, vectors: Tensor) -> Tensor:
        """The vector of the emotion for vectors of pictures (N, K, W): (N, 1, W), of a plain speaker (N, 0, W)."""
        shares = self.condition(emotion, vectors)
        if self.emotion is None or shares is None:
            return vectors[:, :0]
        return cast(Tensor, self.emotion(shares.to(self.emotion.weight.dtype))[:, None])

    def _embed(self, tokens: Tensor) -> Tensor:
        """Ids (N, T) -> vectors (N, T, W); <sos> has one of its own."""
        rows = (tokens - FIRST).clamp(min=0)
        if self.unknown is not None:
            rows = torch.where(tokens == UNK, self.unknown, rows)
        vectors = self.vectors(rows)
        return torch.where((tokens == SOS)[..., None], self.first.to(vectors.dtype), vectors)

    def _run(
        self, x: Tensor, cache: Sequence[Tensor], keep: int, *, expected: Tensor | None = None, store: bool = True
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Let the base model read vectors after the positions in the cache.

        Args:
            x: (N, T, W).
            expected: vectors of the words to expect of the pictures (N, W); None where no scores are needed.
            store: False: return no cache.

        Returns:
            The scores of the last `keep` positions (N, keep, tokens), and the new cache.
        """
        from transformers import DynamicCache

        before = cache[0].shape[2] if cache else 0
        memory = DynamicCache(list(zip(cache[::2], cache[1::2], strict=True))) if store else None
        options = {"logits_to_keep": keep} if self._keeps else {}
        x = x.to(self.vectors.weight.dtype)
        with self._expecting(expected):
            found = self.base(inputs_embeds=x, past_key_values=memory, use_cache=store, **options)
        positions = base_model.grown(found.past_key_values, before + x.shape[1]) if store else ()
        return found.logits[:, -keep:], positions

    @contextmanager
    def _expecting(self, vectors: Tensor | None) -> Iterator[None]:
        """Add the vectors of expected words (N, W) to the hidden states that the head of the base model reads.

        By a hook: models have no argument for that. What some do to the scores after their head stays.
        """
        if vectors is None:
            yield
            return
        hook = self.head.register_forward_pre_hook(lambda _, inputs: (self.expected.added(inputs[0], vectors),))
        try:
            yield
        finally:
            hook.remove()

    def _scores(self, scores: Tensor) -> Tensor:
        """Scores of the base model (N, tokens) -> logits of our ids (N, V)."""
        logits = scores.new_full((len(scores), len(self.silent)), IMPOSSIBLE, dtype=torch.float32)
        logits[:, FIRST : FIRST + self.pieces] = scores[:, : self.pieces]
        logits.masked_fill_(self.silent, IMPOSSIBLE)
        logits[:, EOS] = scores[:, self.end].float()
        if self.unknown is not None:
            logits[:, UNK] = scores[:, self.unknown].float()
        return logits

    def _features(self, inputs: Rows, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """The mean features (N, C) of pictures, and the features of about `STANDARD` of them (n, places, C)."""
        means, places, step = [], [], max(1, len(rows) // STANDARD)
        training = self.training
        self.eval()  # an encoder must not take these pictures for a batch that it learns from
        for start in range(0, len(rows), self.pictures_at_once):
            with torch.no_grad():
                features = self.encoded(inputs[rows[start : start + self.pictures_at_once]].cpu())
            means.append(features.mean(1))
            places.append(features[-start % step :: step].clone())
        self.train(training)
        return torch.cat(means), torch.cat(places)


def similar(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut captions, the longest first, into groups of similar length, which need little padding."""
    start = 0
    while start < len(lengths):
        end = start + GROUP
        while end < len(lengths) and lengths[end] >= SIMILAR * lengths[start]:
            end += 1
        yield start, min(end, len(lengths))
        start = end


def _add_adapters(base: nn.Module, rank: int) -> None:
    """Add a low-rank adapter to each linear layer of the base model, its head excepted, in place.

    Raises:
        UserError: there is no peft, or it finds no layer to adapt.
    """
    if importlib.util.find_spec("peft") is None:
        raise UserError(
            f"params.yaml: {KEY}.tune is lora, which needs the package peft; {base_model.EXTRA}, or set tune to mapper "
            "or all"
        )
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(r=rank, lora_alpha=LORA_SCALE * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    try:
        with warnings.catch_warnings():
            # Of the layers of GPT-2, which hold their weights transposed, and for which peft sets this itself.
            warnings.filterwarnings("ignore", "fan_in_fan_out")
            inject_adapter_in_model(config, base)
    except ValueError as error:
        raise UserError(f"params.yaml: {KEY}.tune is lora, but {error}; set it to mapper or all") from None
    for name, weight in base.named_parameters():
        if "lora_" in name:
            weight.data = weight.data.float()


def vocabulary(config: LanguageModelNetwork, words: Vocabulary) -> Pieces:
    """The pieces of the base model, whatever the words of the study."""
    return Pieces(*base_model.tokenizer(base_model.find(config.base)))


def arguments(config: LanguageModelNetwork, pieces: Pieces) -> dict[str, Any]:
    """What the constructor takes besides its section of params.yaml."""
    revision = base_model.find(config.base).revision
    return {"revision": revision, "end": pieces.end, "unknown": pieces.unknown}


def recipe(config: LanguageModel, model: LanguageModelSpeaker, updates: int, encoder_rate: float) -> Recipe:
    """AdamW with warm-up and a cosine schedule; the base model and its adapters have a rate of their own."""
    if config.gradient_checkpointing:
        model.computes_anew = True
        model.base.activation_checkpointing_enable({"use_reentrant": False})
    rates = {"backbone.": encoder_rate, "base.": config.learning_rate, "": config.mapper_learning_rate}
    optimizer = adamw(model, rates)
    return Recipe(
        optimizer,
        LambdaLR(optimizer, warmup_cosine(updates, WARMUP)),
        config.batch_size,
        config.epochs,
        CLIP_NORM,
        each_update=True,
        parts=config.accumulate,
        bf16=True,
    )
