"""What needs a GPU, in one report: `make gpu`, or `python -m benchmarks.gpu`.

Runs the tests that need a GPU, and measures at ArtEmis' size, on made-up pictures and with random weights (ResNet-34,
14,469 words): an epoch of `sat` that learns its encoder, too (`speaker.tune: all`, but for the first two stages), one
on stored places (`speaker.tune: none`), the decoding of as many captions as ArtEmis has test pictures, and the
novelty of as many, which a CPU computes. Inputs lie on the GPU, as in the stage if they fit.

    python -m benchmarks.gpu [--pictures 80000] [--utterances 339000] [--captions 7933] [--training 338144]

The exit code is 1 without a GPU, and if a test fails. `--device cpu` with small sizes tries the report itself.
"""

import argparse
import contextlib
import subprocess
import sys
from datetime import date
from functools import partial

import numpy as np
import torch
from torch import Tensor

from benchmarks.captions import BATCH, SIDE, best_words, made_up_speaker, search_beam
from benchmarks.made_up_pictures import OnDevice, about, noise
from benchmarks.measure import ROOT, argument_parser, print_header, print_row, timed
from benchmarks.novelty import sentences
from benchmarks.sat import VOCABULARY, WIDTH, network
from benchmarks.speaker_epoch import train
from stages.captions.hypotheses import Hypothesis
from stages.learning.device import Rows, describe, peak_memory, prepare
from stages.metrics.novelty import novelty
from stages.speaker.sat import ShowAttendTell

# Seconds that the project aims at on one current GPU.
EPOCH, DECODING = 30, 20
BEAM = 5
# The folders that have tests for a GPU: collecting all tests takes longer than running these.
TESTS = ("tests/learning", "tests/speaker")
# Pictures that are encoded at once, for the stored places.
ENCODED = 256


def main() -> None:
    args = _parse()
    if args.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch finds no GPU here, so nothing was tested or measured: run this where there is one")
    # The tests run before this process takes memory of the GPU.
    passed, summary = run_tests()
    device = prepare(args.device, 1)
    name = torch.cuda.get_device_name() if device.type == "cuda" else "no GPU"
    print(f"\n{name}; {describe(device)}; {date.today():%d %B %Y}\n")
    print_header("what", "measured", "reference")
    print_row("pytest -m gpu", summary, "all pass")
    measure_epochs(args, device)
    measure_decoding(args, device)
    measure_novelty(args)
    print(f"\nPeak memory of tensors: {peak_memory(device):.1f} GB")
    if not passed:
        raise SystemExit(1)


def _parse() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=80_000)
    parser.add_argument("--utterances", type=int, default=339_000)
    parser.add_argument("--batch", type=int, default=64, help="pictures per batch")
    parser.add_argument("--epochs", type=int, default=2, help="of each speaker; the last one is measured")
    parser.add_argument("--captions", type=int, default=7_933)
    parser.add_argument("--training", type=int, default=338_144, help="utterances that captions are compared with")
    parser.add_argument(
        "--size", type=int, default=256, help="side of the pictures; below 256 the trained networks are small, too"
    )
    parser.add_argument("--backbone", default="resnet34", help="of the speakers that are trained")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    return parser.parse_args()


def run_tests() -> tuple[bool, str]:
    """Run `pytest -m gpu`: True if all passed, and its last line; prints everything if one failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", *TESTS]
    process = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if process.returncode:
        print(process.stdout)
    lines = process.stdout.strip().splitlines() or ["no output"]
    return process.returncode == 0, lines[-1].strip("= ")


def measure_epochs(args: argparse.Namespace, device: torch.device) -> None:
    """Print the time of an epoch that learns the encoder, and of one on stored places."""
    vocabulary, width = (VOCABULARY, WIDTH) if args.size >= 256 else (100, 32)
    speaker = partial(network, args.backbone, vocabulary=vocabulary, width=width, embedding=width // 4)
    epoch = partial(train, device=device, vocabulary=vocabulary, batch=args.batch, epochs=args.epochs)
    data = noise(args.pictures, args.utterances, size=args.size, vocabulary=vocabulary, device=device, seed=1)
    # The lines of the training loop do not belong into the table.
    with contextlib.redirect_stdout(sys.stderr):
        seconds = epoch(speaker().to(device), data).costs[-1].wall
    corpus = f"{args.pictures:,} pictures of {args.size} px, {args.utterances:,} utterances"
    print_row(f"an epoch of sat, tune: all, frozen_stages: 2; {corpus}", f"{seconds:.1f} s", f"{EPOCH} s")
    model = speaker().to(device).eval()
    model.backbone.tune("none")
    seconds, places = timed(partial(encode, model, data.pixels, args.pictures), device)
    print_row("the stored places of these pictures, once", f"{seconds:.1f} s, {places.nbytes / 1e9:.2f} GB", "")
    stored = about(OnDevice(places), args.pictures, args.utterances, vocabulary=vocabulary, seed=1)
    with contextlib.redirect_stdout(sys.stderr):
        seconds = epoch(model, stored).costs[-1].wall
    print_row("an epoch of sat, tune: none, on stored places", f"{seconds:.1f} s", f"{EPOCH} s")


@torch.no_grad()
def encode(model: ShowAttendTell, pixels: Rows, pictures: int) -> Tensor:
    """The places of all pictures, float16 (N, places, C)."""
    parts = np.array_split(np.arange(pictures), -(-pictures // ENCODED))
    return torch.cat([model.encode(pixels[rows]).half() for rows in parts])


@torch.inference_mode()
def measure_decoding(args: argparse.Namespace, device: torch.device) -> None:
    """Print the time from pixels to captions."""
    speaker = made_up_speaker().to(device).eval()
    pixels = torch.randint(0, 256, (args.captions, SIDE, SIDE, 3), dtype=torch.uint8, device=device)

    def search(pixels: Tensor) -> list[list[Hypothesis]]:
        return search_beam(speaker, speaker.encode(pixels), size=BEAM)

    # The first work of a process is slow.
    best_words(search, pixels[:BATCH])
    seconds, captions = timed(partial(best_words, search, pixels), device)
    words = sum(map(len, captions)) / len(captions)
    what = f"decoding {args.captions:,} captions of {words:.1f} words, beam {BEAM}, with the encoder at {SIDE} px"
    print_row(what, f"{seconds:.1f} s", f"{DECODING} s")


def measure_novelty(args: argparse.Namespace) -> None:
    """Print the time of comparing captions with the training utterances."""
    generator = np.random.default_rng(1)
    training, captions = sentences(args.training, 15, generator), sentences(args.captions, 10, generator)
    seconds, _ = timed(partial(novelty, captions, training))
    print_row(
        f"novelty of {args.captions:,} captions against {args.training:,} utterances, on the CPU",
        f"{seconds:.1f} s",
        "",
    )


if __name__ == "__main__":
    main()
