"""captions: let the speaker caption the pictures of a split.

Makes data/captions/captions.parquet and attention.npz. A grounded speaker is told an
emotion for each picture: the likeliest by image_classifier, or the artwork's most
frequent one (captions.emotion_from). For pictures of your own see
`python -m stages.captions.pictures --help`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from stages.captions import attention
from stages.captions.params import Captions, Params
from stages.captions.speaking import speak
from stages.common.device import prepare
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.progress import track
from stages.histograms.tables import load_histograms
from stages.image_classifier import classifier
from stages.images import packed
from stages.speaker import speaker
from stages.utterances.captions_table import save_captions
from stages.utterances.tables import load_utterances

TABLE = Path("data/captions/captions.parquet")
# Greedy and beam search draw nothing at random.
SEED = 0


def main() -> str:
    params = load(Params)
    dials = params.captions
    device = prepare(params.device, SEED)
    trained, images = speaker.load(device=device), packed.load()
    utterances = load_utterances("deep_nets")
    artworks = utterances.loc[utterances["split"] == dials.split, packed.KEY].drop_duplicates()
    artworks = artworks.assign(row=images.rows(artworks)).query("row >= 0").sort_values(packed.KEY, ignore_index=True)
    if artworks.empty:
        raise UserError(f"params.yaml: captions.split is {dials.split!r}, but no artwork of that split has a picture")
    pixels = images.pixels[artworks["row"].to_numpy()]
    emotions = emotions_of(artworks, pixels, dials, device) if trained.model.grounded else None
    spoken = list(track(speak(trained, pixels, emotions, dials), "captions", total=len(artworks)))
    table = artworks[packed.KEY].assign(
        caption=[one.caption for one in spoken],
        grounding_emotion=np.array([one.emotion for one in spoken], object),
        config=0,
        rank=0,
        log_probability=[one.log_probability for one in spoken],
    )
    save_captions(table, TABLE)
    attention.save([one.attention for one in spoken])
    return f"{len(table):,} captions, {table['caption'].nunique():,} distinct, by {_how(dials)}"


def emotions_of(artworks: pd.DataFrame, pixels: np.ndarray, dials: Captions, device: torch.device) -> np.ndarray:
    """The emotion id each picture is spoken about with, (N,)."""
    if dials.emotion_from == "image_classifier":
        return classifier.load(device=device).predict(pixels).argmax(1)
    counts = artworks.merge(load_histograms(), on=packed.KEY, how="left")["counts"]
    return np.stack(counts.to_list()).argmax(1)


def _how(dials: Captions) -> str:
    return "greedy search" if dials.rule == "greedy" else f"beam search of size {dials.beam_size}"


if __name__ == "__main__":
    run(__doc__, main)
