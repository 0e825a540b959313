"""How long captioning takes with a speaker of ArtEmis' size: `python -m benchmarks.captions`.

ResNet-34 on 256 px, a vocabulary of 14,469 words, made-up weights. Beside our batched
search, in the same run, ArtEmis' order of work is re-enacted: one picture at a time,
attention's projection of the picture anew at every step, bans word by word. Both must
say the same. With `--device cuda --pictures 7933` the same on a GPU, ArtEmis' test split.

    python -m benchmarks.captions [--pictures 64] [--sample 16] [--beam 5] [--device cpu]
"""

import argparse
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from stages.captions.decoding import beam, greedy
from stages.captions.hypotheses import Rules
from stages.learning.backbones import Backbone
from stages.learning.device import describe, prepare
from stages.speaker.interface import State
from stages.speaker.sat import ShowAttendTell

VOCABULARY, SIDE, TEMPERATURE, LONGEST, BATCH = 14_469, 256, 0.3, 30, 32
PAD, SOS, EOS, UNK, AND = range(5)
RULES = Rules(start=SOS, end=EOS, banned=(UNK,), conjunction=AND)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--sample", type=int, default=16, help="pictures that ArtEmis' order of work captions")
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    device = prepare(asked.device, 1)
    speaker = made_up().to(device).eval()
    pixels = torch.randint(0, 256, (asked.pictures, SIDE, SIDE, 3), dtype=torch.uint8, device=device)
    print(f"{asked.pictures} pictures of {SIDE} px, {VOCABULARY:,} words; {describe(device)}; {date.today()}\n")
    print("| what | ms a picture |\n|---|---|")
    with torch.inference_mode():
        measure(speaker, pixels, asked.beam, min(asked.sample, asked.pictures))


def measure(speaker: ShowAttendTell, pixels: Tensor, size: int, sample: int) -> None:
    count, dials = len(pixels), {"temperature": TEMPERATURE, "max_length": LONGEST}
    search = partial(beam, speaker, emotion=None, rules=RULES, size=size, wanted=1, **dials)
    simple = partial(greedy, speaker, emotion=None, rules=RULES, **dials)
    # The first work of a process is slow.
    search(speaker.encode(pixels[:2]))
    timed("encoder, one at a time", lambda: [speaker.encode(one[None]) for one in pixels[:sample]], sample)
    encoder, parts = timed(f"encoder, batches of {BATCH}", lambda: [*map(speaker.encode, pixels.split(BATCH))], count)
    features = torch.cat(parts)
    theirs, said = timed(
        f"ArtEmis' order of work, beam {size}, without encoder",
        lambda: [reenact(speaker, one[None], size) for one in features[:sample]],
        sample,
    )
    ours, found = timed(f"ours, beam {size}, without encoder", lambda: batched(search, features), count)
    timed("ours, greedy, without encoder", lambda: batched(simple, features), count)
    both = lambda: [search(speaker.encode(part)) for part in pixels.split(BATCH)]  # noqa: E731
    whole, _ = timed(f"ours, beam {size}, with encoder", both, count)
    torch.set_float32_matmul_precision("medium")
    # oneDNN compiles a product for each number of rows that it meets.
    batched(search, features)
    rough, alike = timed(f"ours, beam {size}, matmul_precision: medium", lambda: batched(search, features), count)
    torch.set_float32_matmul_precision("highest")
    best = [picture[0].words for picture in found]
    assert best[:sample] == said, "the two do not say the same"
    same = sum(picture[0].words == words for picture, words in zip(alike, best, strict=True))
    words = sum(map(len, best)) / count
    print(f"\nCaptions of {words:.1f} words on average. Decoding is {theirs / ours:.1f} times as fast as the")
    print(f"re-enactment, which says the same; with matmul_precision: medium {theirs / rough:.1f} times, {same} of")
    print(f"{count} captions alike. The whole takes {100 * (whole / encoder - 1):.0f} % more than the encoder alone.")
    roofline(speaker, features, search, ours)


def roofline(speaker: ShowAttendTell, features: Tensor, search: Callable[[Tensor], Any], milliseconds: float) -> None:
    """What the search computes a second, beside what the product of its largest matrices alone does."""
    rows = 0
    step = speaker.step

    def counted(tokens: Tensor, state: State) -> tuple[Tensor, State, Tensor]:
        nonlocal rows
        rows += len(tokens)
        return step(tokens, state)

    speaker.step = counted  # type: ignore[method-assign]
    search(features[:BATCH])
    speaker.step = step  # type: ignore[method-assign]
    weights = (speaker.words, speaker.gate, speaker.attention.from_hidden)
    each = sum(layer.weight.numel() for layer in weights) + 2 * features[0].numel()
    each += speaker.cell.weight_ih.numel() + speaker.cell.weight_hh.numel()
    work = 2 * each * rows / min(BATCH, len(features)) / 1e9  # GFLOP a picture
    hidden = torch.randn(5 * BATCH, speaker.cell.hidden_size, device=features.device)
    speaker.words(hidden)
    product = lambda: [speaker.words(hidden) for _ in range(10)]  # noqa: E731
    alone, _ = timed("the product of hidden states and word vectors", product, 10)
    peak = 2 * hidden.numel() * VOCABULARY / alone / 1e6
    print(f"\nA caption takes {work:.2f} GFLOP; ours makes {1000 * work / milliseconds:.0f} GFLOP/s,")
    print(f"that product alone {peak:.0f} GFLOP/s.")


def timed(what: str, work: Callable[[], Any], count: int) -> tuple[float, Any]:
    """Print and return milliseconds each, and what the work made."""
    _wait()
    started = time.perf_counter()
    made = work()
    _wait()
    each = (time.perf_counter() - started) / count * 1000
    print(f"| {what} | {each:.2f} |", flush=True)
    return each, made


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def batched(search: Callable[[Tensor], list[Any]], features: Tensor) -> list[Any]:
    return [one for part in features.split(BATCH) for one in search(part)]


def made_up() -> ShowAttendTell:
    """A speaker of ArtEmis' sizes; words are as frequent as in a language, and <eos> comes after a dozen or so."""
    torch.manual_seed(1)
    speaker = ShowAttendTell(
        backbone=Backbone("resnet34"),
        vocabulary=VOCABULARY,
        embedding=128,
        attention=512,
        hidden=512,
        dropout=0.1,
        grounded=False,
        reference_dropout=False,
    )
    with torch.no_grad():
        speaker.embedding.weight.mul_(10)
        speaker.words.weight.mul_(6)
        speaker.words.bias.copy_(-torch.arange(1, VOCABULARY + 1).log())
        _let_it_end(speaker)
    return speaker


def _let_it_end(speaker: ShowAttendTell) -> None:
    """Let one unit of the LSTM count the words, and <eos> get likelier with them: captions of a dozen words."""
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
    """ArtEmis' beam search of one picture, features (1, places, C)."""
    width, places = size, features.shape[1]
    features = features.expand(width, -1, -1)
    words = torch.full((width, 1), SOS, device=features.device)
    score, looked = features.new_zeros(width, 1), features.new_ones(width, 1, places)
    mean = features.mean(1)
    hidden, cell = speaker.first_hidden(mean), speaker.first_cell(mean)
    done: list[tuple[float, list[int], Tensor]] = []
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
        looked = torch.cat([looked[parent], attention[parent, None]], 1)
        going = [row for row, one in enumerate(word) if one != EOS]
        done += [(top[row].item(), words[row].tolist(), looked[row]) for row in set(range(width)) - set(going)]
        width = len(going)
        if not width or step > 8 * LONGEST:
            break
        words, looked, score = words[going], looked[going], top[going, None]
        hidden, cell, features = hidden[parent[going]], cell[parent[going]], features[parent[going]]
        step += 1
    return max(done)[1][1:-1]


def _ban(scores: Tensor, words: Tensor) -> None:
    for row, said in enumerate(words):
        for place in range(len(said) - 1):
            if said[place] == said[-1]:
                scores[row, said[place + 1]] = -torch.inf
        if said[-1] == AND:
            scores[row, said[-2]] = -torch.inf


if __name__ == "__main__":
    main()
