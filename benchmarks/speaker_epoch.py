"""Time of an epoch of `sat` and of its arithmetic: `python -m benchmarks.speaker --epoch`."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.made_up_pictures import about, noise
from benchmarks.measure import print_header, print_row, timed
from benchmarks.sat import CLIP_NORM, TimedTask, adam, network
from stages.learning.device import peak_memory
from stages.learning.training import fit
from stages.speaker.data import CaptioningTask, Utterances
from stages.speaker.sat import ShowAttendTell


def measure_epoch(args: argparse.Namespace, device: torch.device, *, vocabulary: int, width: int) -> None:
    """Print the time of an epoch, of its parts and of its arithmetic alone."""
    data = noise(args.pictures, args.utterances, size=args.size, vocabulary=vocabulary, device=device, seed=1)
    model = network(args.backbone, vocabulary=vocabulary, width=width, embedding=width // 4).to(device)
    task = train(model, data, device, vocabulary=vocabulary, batch=args.batch, epochs=args.epochs)
    # The first of two epochs warms up.
    seconds, batches = task.costs[-1].wall, len(task.batches(1))
    flops, speed = operations(model.train(), task, device) * batches, fastest(device)
    parts = seconds_of_parts(model, task, device)
    print(f"\n{args.pictures:,} pictures of {args.size} px on the device, {args.utterances:,} utterances,")
    print(f"{vocabulary:,} words, {args.backbone}, width {width}, {args.batch} pictures per batch\n")
    print_header("what", "s")
    print_row(f"an epoch of {batches:,} steps", f"{seconds:.1f}")
    for name, each in parts.items():
        print_row(f"its {name}, measured separately", f"{each * batches:.1f}")
    alone = flops / speed
    print_row(f"its arithmetic alone, {flops / 1e15:.3f} PFLOP at {speed / 1e12:.1f} TFLOP/s", f"{alone:.1f}")
    memory = peak_memory(device)
    print(f"\n{alone / seconds:.0%} of the roofline; peak {memory:.1f} GB")


def train(
    model: ShowAttendTell, data: Utterances, device: torch.device, *, vocabulary: int, batch: int, epochs: int
) -> TimedTask:
    """Train for so many epochs, as the stage does; the task returned has the cost of each."""
    val = about(data.pixels, 4, 20, vocabulary=vocabulary, seed=2)
    task = TimedTask(data, val, attention_penalty=1.0, batch_size=batch, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        fit(
            model,
            adam(model),
            task,
            device=device,
            seed=1,
            epochs=epochs,
            patience=epochs,
            scratch=Path(folder) / "scratch",
            curves=Path(folder) / "epochs.tsv",
            clip_norm=CLIP_NORM,
            item="images",
            units={"cross_entropy": "tokens", "attention": "utterances"},
        )
    return task


def half_precision(device: torch.device) -> torch.autocast:
    """The precision of training: bfloat16 on a GPU."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def operations(model: nn.Module, task: CaptioningTask, device: torch.device) -> float:
    """Floating-point operations of matrices and convolutions in one step, forward and backward."""
    with FlopCounterMode(display=False) as counter:
        with half_precision(device):
            terms = task.terms(model, task.batches(1)[0])
        sum(total for total, _ in terms.values()).backward()  # type: ignore[union-attr]
    model.zero_grad()
    return float(counter.get_total_flops())


def fastest(device: torch.device) -> float:
    """Operations per second of a large matrix product in the precision of training."""
    size, dtype = (8192, torch.bfloat16) if device.type == "cuda" else (1024, torch.float32)
    matrix = torch.randn(size, size, device=device, dtype=dtype)
    return 2 * size**3 / median_seconds(lambda: matrix @ matrix, device)


def seconds_of_parts(model: ShowAttendTell, task: CaptioningTask, device: torch.device) -> dict[str, float]:
    """Seconds of the encoder and of the decoder in one step, forward and backward."""
    batch = task.train.batch(task.batches(1)[0])
    with torch.no_grad(), half_precision(device):
        features = model.encode(batch.inputs)

    def encoder() -> None:
        with half_precision(device):
            encoded = model.encode(batch.inputs)
        encoded.float().sum().backward()

    def decoder() -> None:
        with half_precision(device):
            output = model.teach(features.detach().requires_grad_()[batch.owner], batch.tokens, batch.lengths, None)
            entropy = functional.cross_entropy(output.logits.float(), output.targets)
        entropy.backward()

    return {"encoder": median_seconds(encoder, device), "decoder": median_seconds(decoder, device)}


def median_seconds(work: Callable[[], object], device: torch.device, times: int = 5) -> float:
    """Median time of `work`; one run before warms up."""
    return median([timed(work, device)[0] for _ in range(times + 1)][1:])
