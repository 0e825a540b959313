"""What classifier-free guidance does: `python -m benchmarks.guidance`, in a folder where the study has run.

A speaker that was trained with `speaker.emo_grounding: true` and `speaker.emo_dropout` above 0
speaks about each picture of captions.split from each of the nine emotions, once for every
strength of guidance. The text classifier tells which emotion it finds in the captions; at
random it would find the one that was told in a ninth of them.

    python -m benchmarks.guidance [--guidance 0 1 1.5 2 3]
"""

import argparse
import time
from datetime import date

import numpy as np

from stages.captions.__main__ import with_pictures
from stages.captions.captioner import Spoken, speak
from stages.captions.params import Captions, Params
from stages.captions.sampling import manner
from stages.common.emotions import EMOTIONS, IDS
from stages.common.params import load
from stages.images import packed
from stages.learning.device import describe, prepare
from stages.speaker import checkpoint
from stages.text_classifier import classifier

COLUMNS = ("guidance", "of the emotion told", "distinct captions", "distinct tokens", "words each", "s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guidance", type=float, nargs="+", default=[0, 1, 1.5, 2, 3])
    asked, params = parser.parse_args(), load(Params)
    device = prepare(params.device, params.captions.seed)
    trained, judge, images = checkpoint.load(device=device), classifier.load(device=device), packed.load()
    artworks = with_pictures(params.captions.split, images)
    print(f"{len(artworks)} pictures, nine captions each; {describe(device)}; {date.today()}\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    names = (artworks["art_style"] + "/" + artworks["painting"]).to_list()
    for guidance in asked.guidance:
        started = time.perf_counter()
        spoken = said(trained, images.pixels[artworks["row"].to_numpy()], names, params.captions, guidance)
        seconds = time.perf_counter() - started
        print(f"| {guidance:g} | {' | '.join(described(spoken, judge))} | {seconds:.1f} |", flush=True)


def said(
    trained: checkpoint.Trained, pixels: np.ndarray, names: list[str], dials: Captions, guidance: float
) -> list[Spoken]:
    """One caption of each picture from each emotion."""
    how = manner(dials.model_copy(update={"guidance": guidance, "configs": "none"}), candidates=1)
    each = np.broadcast_to(np.eye(len(EMOTIONS), dtype=np.float32), (len(pixels), len(EMOTIONS), len(EMOTIONS)))
    return [one for captions in speak(trained, pixels, each, names, how) for one in captions]


def described(spoken: list[Spoken], judge: classifier.TextClassifier) -> list[str]:
    """The columns but the first and the last."""
    tokens = [one.caption.split() for one in spoken]
    found = judge.predict_tokens(tokens).argmax(1)
    told = np.array([IDS[one.emotion] for one in spoken if one.emotion])
    return [
        f"{(found == told).mean():.1%}",
        f"{len({one.caption for one in spoken}):,} of {len(spoken):,}",
        f"{len({word for words in tokens for word in words}):,}",
        f"{np.mean([len(words) for words in tokens]):.1f}",
    ]


if __name__ == "__main__":
    main()
