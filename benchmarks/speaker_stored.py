"""Training speed of `sat` on stored places: `python -m benchmarks.speaker_stored`.

With `speaker.tune: none` the speaker reads the places that the stage `features` has stored, from a memory map in
float16. In the same run a second speaker with the same initial weights, pictures and captions reads pixels, from a
memory map too, and runs the frozen encoder in each step. Their steps alternate, so that other work on the machine
slows both, and their losses must agree but for the rounding of the stored places. Sizes, backbone and batch are those
in params.yaml; pictures and captions are made up, five captions of 17 words on average for each picture. The
vocabulary counts, since each word is scored against all: by default about that of the embedded corpus and ArtEmis'.

    python -m benchmarks.speaker_stored [--steps 6] [--size 224] [--vocabulary 1000 14469]

Both files stay in the system's memory here; at ArtEmis' size they may be larger than it.
"""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.features import quiet_compute
from benchmarks.made_up_pictures import CPU, about, packed_noise
from benchmarks.measure import ROOT, argument_parser, machine, print_header, print_row
from benchmarks.sat import VOCABULARY, Steps, Training, our_loss, time_steps
from stages.common.emotions import ARTEMIS
from stages.common.params import load
from stages.features import store
from stages.learning.backbones import Backbone, frozen
from stages.learning.device import Rows, describe, prepare
from stages.speaker.params import Params, Speaker
from stages.speaker.registry import build, config_of, recipe_of
from stages.utterances.vocabulary import SPECIALS, Vocabulary

# Captions of a picture.
EACH = 5
ENCODER, STORED = "pixels through the frozen encoder", "stored places"


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--steps", type=int, default=6, help="training steps of each that are timed")
    parser.add_argument("--size", type=int, default=224, help="side of the packed pictures")
    parser.add_argument("--vocabulary", type=int, nargs="+", default=[1_000, VOCABULARY], help="numbers of words")
    parser.add_argument("--backbone", help="another one, with random weights")
    args = parser.parse_args()
    device, params = prepare("cpu", 1), load(Params, ROOT / "params.yaml")
    weights = "none" if args.backbone else params.features.weights
    backbone = frozen(args.backbone or params.features.backbone, weights)
    config = params.speaker.model_copy(update={"arch": "sat", "emo_grounding": False})
    print(f"{machine()}; {describe(device)}")
    print(
        f"{backbone.name} ({backbone.origin.source} weights) at {args.size} px, {config.sat.batch_size} pictures ",
        end="",
    )
    print(f"with {EACH} captions each per step, speaker.sat of params.yaml\n")
    compare_inputs(config, backbone, size=args.size, steps=args.steps, vocabularies=args.vocabulary)


def compare_inputs(config: Speaker, backbone: Backbone, *, size: int, steps: int, vocabularies: list[int]) -> None:
    """Print the utterances per second of both, for each vocabulary."""
    pictures = config.sat.batch_size * (steps + 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "features")
        images = packed_noise(Path(name, "images"), pictures, size=size, seed=1)
        quiet_compute(backbone, images, folder, CPU)
        inputs = {ENCODER: images.pixels, STORED: store.load(folder).places}
        print_header("words", f"{ENCODER}: utterances/s", STORED, "ratio", "CPU s per utterance", STORED, "ratio")
        for words in vocabularies:
            trainings = {name: training(config, backbone, array, words) for name, array in inputs.items()}
            results = time_steps(trainings, steps)
            np.testing.assert_allclose(results[STORED].losses, results[ENCODER].losses, rtol=0.01)
            print_row(f"{words:,}", *cells(results))


def training(config: Speaker, backbone: Backbone, inputs: np.ndarray, words: int) -> Training:
    """A speaker of the section `speaker` on `inputs`, pixels or places, always with the same weights and captions."""
    data = about(Rows(inputs, CPU), len(inputs), EACH * len(inputs), vocabulary=words, seed=1)
    torch.manual_seed(config.seed)
    # Both share the frozen backbone.
    vocabulary = Vocabulary([*SPECIALS, *map(str, range(words - len(SPECIALS)))])
    model = build(config_of(config, vocabulary, backbone, ARTEMIS.names), backbone).train()
    recipe = recipe_of(config, model, len(data))
    loss = partial(our_loss, penalty=recipe.attention_penalty)
    return Training(model, recipe.optimizer, data, recipe.batch_size, loss)


def cells(results: dict[str, Steps]) -> list[str]:
    """Utterances per second, then CPU seconds per utterance: of both, and how many times as good stored places are."""
    encoder, stored = results[ENCODER].cost, results[STORED].cost
    speeds = [f"{1 / encoder.wall:.1f}", f"{1 / stored.wall:.1f}", f"{encoder.wall / stored.wall:.2f}"]
    return [*speeds, f"{encoder.cpu:.4f}", f"{stored.cpu:.4f}", f"{encoder.cpu / stored.cpu:.2f}"]


if __name__ == "__main__":
    main()
