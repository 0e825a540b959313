"""Time of captioning with a speaker of ArtEmis' size: `python -m benchmarks.captions`.

ResNet-34 at 256 px, a vocabulary of 14,469 words, made-up weights. For comparison with our batched
search, the same run re-enacts ArtEmis' order of work: one picture at a time, the attention's
projection of the picture computed anew at every step, words banned one by one. Both must give the
same captions. For a GPU and as many pictures as in ArtEmis' test split: `--device cuda --pictures 7933`.

    python -m benchmarks.captions [--pictures 64] [--sample 16] [--beam 5] [--device cpu]
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.measure import argument_parser, print_header, print_row, timed
from benchmarks.sat import VOCABULARY, network
from stages.captions.beam_search import beam
from stages.captions.decoding import greedy
from stages.captions.hypotheses import Constraints, Hypothesis
from stages.learning.device import describe, prepare
from stages.speaker.interface import State
from stages.speaker.sat import ShowAttendTell

SIDE, TEMPERATURE, LONGEST, BATCH = 256, 0.3, 30, 32
PAD, SOS, EOS, UNK, AND = range(5)
RULES = Constraints(start=SOS, end=EOS, banned=(UNK,), conjunction=AND)
T = TypeVar("T")
# From features (N, places, C) to the hypotheses of each picture, the best first.
Search = Callable[[Tensor], list[list[Hypothesis]]]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--sample", type=int, default=16, help="pictures for the re-enactment")
    parser.add_argument("--beam", type=int, default=5, help="beam size")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    device = prepare(args.device, 1)
    speaker = made_up_speaker().to(device).eval()
    pixels = torch.randint(0, 256, (args.pictures, SIDE, SIDE, 3), dtype=torch.uint8, device=device)
    print(f"{args.pictures} pictures of {SIDE} px, {VOCABULARY:,} words; {describe(device)}; {date.today()}\n")
    print_header("what", "ms per picture")
    with torch.inference_mode():
        compare(speaker, pixels, args.beam, min(args.sample, args.pictures))


def compare(speaker: ShowAttendTell, pixels: Tensor, size: int, sample: int) -> None:
    """Print the time of each part of captioning, ours and ArtEmis', and a summary."""
    count, device = len(pixels), pixels.device
    search: Search = partial(search_beam, speaker, size=size)
    # The first work of a process is slow.
    search(speaker.encode(pixels[:2]))

    def measure(name: str, work: Callable[[], T], pictures: int = count) -> tuple[float, T]:
        return print_time(name, work, pictures, device)

    measure("encoder, one at a time", lambda: [speaker.encode(each[None]) for each in pixels[:sample]], sample)
    encoder, parts = measure(f"encoder, batches of {BATCH}", lambda: [*map(speaker.encode, pixels.split(BATCH))])
    features = torch.cat(parts)
    theirs, reference = measure(
        f"ArtEmis' order of work, beam {size}, without encoder",
        lambda: [reenact(speaker, each[None], size) for each in features[:sample]],
        sample,
    )
    ours, captions = measure(f"ours, beam {size}, without encoder", lambda: best_words(search, features))
    assert captions[:sample] == reference, "the captions differ"
    measure("ours, greedy, without encoder", lambda: search_greedily(speaker, features))
    whole, _ = measure(
        f"ours, beam {size}, with encoder", lambda: best_words(lambda batch: search(speaker.encode(batch)), pixels)
    )
    torch.set_float32_matmul_precision("medium")
    # oneDNN compiles a product for each number of rows that it meets.
    best_words(search, features)
    name = f"ours, beam {size}, without encoder, matmul_precision: medium"
    medium, others = measure(name, lambda: best_words(search, features))
    torch.set_float32_matmul_precision("highest")
    equal = sum(words == other for words, other in zip(captions, others, strict=True))
    print(f"\nCaptions have {sum(map(len, captions)) / count:.1f} words on average.")
    print(f"Decoding is {theirs / ours:.1f} times as fast as the re-enactment, which gives the same captions;")
    print(f"{theirs / medium:.1f} times with matmul_precision: medium ({equal} of {count} captions equal).")
    print(f"With the encoder it takes {100 * (whole / encoder - 1):.0f} % more time than the encoder alone.")
    print_roofline(speaker, features, search, ours)


def search_beam(speaker: ShowAttendTell, features: Tensor, size: int) -> list[list[Hypothesis]]:
    return beam(speaker, features, None, RULES, size=size, temperature=TEMPERATURE, max_length=LONGEST, count=1)


def search_greedily(speaker: ShowAttendTell, features: Tensor) -> None:
    for batch in features.split(BATCH):
        greedy(speaker, batch, None, RULES, temperature=TEMPERATURE, max_length=LONGEST)


def best_words(search: Search, inputs: Tensor) -> list[list[int]]:
    """The words of each picture's best hypothesis, searched in batches."""
    return [hypotheses[0].words for batch in inputs.split(BATCH) for hypotheses in search(batch)]


def print_time(name: str, work: Callable[[], T], pictures: int, device: torch.device) -> tuple[float, T]:
    """Print and return the milliseconds per picture; also returns the result."""
    seconds, result = timed(work, device)
    milliseconds = 1000 * seconds / pictures
    print_row(name, f"{milliseconds:.2f}")
    return milliseconds, result


def print_roofline(speaker: ShowAttendTell, features: Tensor, search: Search, milliseconds: float) -> None:
    """Print the operations per second of the search, and of the product of its largest matrices alone."""
    rows = _scored_rows(speaker, features[:BATCH], search)
    weights = (speaker.words, speaker.gate, speaker.attention.from_hidden)
    per_row = sum(layer.weight.numel() for layer in weights) + 2 * features[0].numel()
    per_row += speaker.cell.weight_ih.numel() + speaker.cell.weight_hh.numel()
    work = 2 * per_row * rows / min(BATCH, len(features)) / 1e9  # GFLOP per picture
    hidden = torch.randn(5 * BATCH, speaker.cell.hidden_size, device=features.device)
    speaker.words(hidden)
    name = "the product of hidden states and word vectors"
    alone, _ = print_time(name, lambda: [speaker.words(hidden) for _ in range(10)], 10, features.device)
    peak = 2 * hidden.numel() * VOCABULARY / alone / 1e6
    print(f"\nA caption takes {work:.2f} GFLOP; ours runs at {1000 * work / milliseconds:.0f} GFLOP/s,")
    print(f"that product alone at {peak:.0f} GFLOP/s.")


def _scored_rows(speaker: ShowAttendTell, features: Tensor, search: Search) -> int:
    """Number of hypotheses that a search scores, over all steps."""
    rows = 0
    step = speaker.step

    def counting_step(tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        nonlocal rows
        rows += len(tokens)
        return step(tokens, state)

    speaker.step = counting_step  # type: ignore[method-assign]
    search(features)
    speaker.step = step  # type: ignore[method-assign]
    return rows


def made_up_speaker() -> ShowAttendTell:
    """A speaker of ArtEmis' size; words are as frequent as in a language, and captions have about a dozen words."""
    speaker = network("resnet34", seed=1)
    with torch.no_grad():
        speaker.embedding.weight.mul_(10)
        speaker.words.weight.mul_(6)
        speaker.words.bias.copy_(-torch.arange(1, VOCABULARY + 1).log())
        _end_captions(speaker)
    return speaker


def _end_captions(speaker: ShowAttendTell) -> None:
    """Make one unit of the LSTM count the words, and <eos> likelier with each, for captions of a dozen words."""
    unit, hidden = 0, speaker.cell.hidden_size
    for gate, bias in enumerate((10.0, 10.0, 0.08, 10.0)):  # input, forget, candidate, output
        row = gate * hidden + unit
        for part in (speaker.cell.weight_ih, speaker.cell.weight_hh, speaker.cell.bias_hh):
            part[row] = 0
        speaker.cell.bias_ih[row] = bias
    for layer in (speaker.first_cell, speaker.first_hidden):
        layer.weight[unit] = layer.bias[unit] = 0
    speaker.words.weight[:, unit] = 0
    speaker.words.weight[EOS, unit] = 12
    speaker.words.bias[EOS] = -10


def reenact(speaker: ShowAttendTell, features: Tensor, size: int) -> list[int]:
    """ArtEmis' beam search for one picture, features (1, places, C); the words of its best caption."""
    width, places = size, features.shape[1]
    features = features.expand(width, -1, -1)
    words = torch.full((width, 1), SOS, device=features.device)
    score, maps = features.new_zeros(width, 1), features.new_ones(width, 1, places)
    mean = features.mean(1)
    hidden, cell = speaker.first_hidden(mean), speaker.first_cell(mean)
    finished: list[tuple[float, list[int], Tensor]] = []
    step = 1
    while True:
        attention = speaker.attention(speaker.attention.from_features(features), hidden)
        context = torch.sigmoid(speaker.gate(hidden)) * (features * attention[:, :, None]).sum(1)
        hidden, cell = speaker.cell(torch.cat([speaker.embedding(words[:, -1]), context], 1), (hidden, cell))
        logits = speaker.words(hidden) / TEMPERATURE
        scores = functional.log_softmax(logits, 1)
        scores[:, UNK] = -torch.inf
        if step > 2:
            _ban(scores, words)
        scores = score.expand_as(scores) + scores
        top, place = (scores[0] if step == 1 else scores.view(-1)).topk(width)
        parent, word = place // VOCABULARY, place % VOCABULARY
        words = torch.cat([words[parent], word[:, None]], 1)
        maps = torch.cat([maps[parent], attention[parent, None]], 1)
        live = [row for row, last in enumerate(word) if last != EOS]
        finished += [(top[row].item(), words[row].tolist(), maps[row]) for row in set(range(width)) - set(live)]
        width = len(live)
        if not width or step > 8 * LONGEST:
            break
        words, maps, score = words[live], maps[live], top[live, None]
        hidden, cell, features = hidden[parent[live]], cell[parent[live]], features[parent[live]]
        step += 1
    return max(finished)[1][1:-1]


def _ban(scores: Tensor, words: Tensor) -> None:
    for row, tokens in enumerate(words):
        for place in range(len(tokens) - 1):
            if tokens[place] == tokens[-1]:
                scores[row, tokens[place + 1]] = -torch.inf
        if tokens[-1] == AND:
            scores[row, tokens[-2]] = -torch.inf


if __name__ == "__main__":
    main()
