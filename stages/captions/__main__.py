"""captions: let the speaker caption the pictures of a split.

Makes data/captions/captions.parquet, attention.npz and configs.json (what a config's
number means). A grounded speaker is told an emotion for each picture: the likeliest by
image_classifier, the artwork's most frequent one, all nine in turn, or none
(captions.emotion_from); one that learnt from distributions of emotions is told a
distribution. For pictures of your own see
`python -m commands.caption --help`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from stages.captions import attention
from stages.captions.captioner import BATCH, speak
from stages.captions.conditioning import SOURCES, Emotions, emotions_by
from stages.captions.params import Params
from stages.captions.sampling import Manner, manner
from stages.common.captions_table import captions_writer
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import load
from stages.common.progress import track
from stages.images import packed
from stages.images.packed import Packed
from stages.learning.device import prepare
from stages.speaker import checkpoint
from stages.utterances.tables import load_utterances

TABLE = Path("data/captions/captions.parquet")
CONFIGS = Path("data/captions/configs.json")


def main() -> str:
    params = load(Params)
    dials = params.captions
    device = prepare(params.device, dials.seed)
    torch.set_float32_matmul_precision(dials.matmul_precision)
    trained, images, how = checkpoint.load(device=device), packed.load(), manner(dials)
    artworks = with_pictures(dials.split, images)
    emotions = emotions_by(dials, trained, device) if trained.model.grounded else None
    source = SOURCES[dials.emotion_from] if trained.model.grounded else None
    made, distinct = 0, set()
    with captions_writer(TABLE, taught=trained.taught) as add, attention.writer() as look:
        for start in track(range(0, len(artworks), BATCH), "captions"):
            rows, maps = captioned(trained, images, artworks[start : start + BATCH], emotions, how)
            add(rows.assign(emotion_source=source))
            look(maps)
            made += len(rows)
            distinct |= set(map(hash, rows["caption"]))
    write_json([config.model_dump() for config in how.configs], CONFIGS)
    return f"{made:,} captions, {len(distinct):,} distinct, by {how}"


def with_pictures(split: str, images: Packed) -> pd.DataFrame:
    """The artworks of a split that have a picture, sorted: art_style, painting and `row` of its pixels.

    Raises:
        UserError: there is none.
    """
    utterances = load_utterances("deep_nets")
    artworks = utterances.loc[utterances["split"] == split, packed.KEY].drop_duplicates()
    artworks = artworks.assign(row=images.rows(artworks)).query("row >= 0").sort_values(packed.KEY, ignore_index=True)
    if artworks.empty:
        raise UserError(f"params.yaml: captions.split is {split!r}, but no artwork of that split has a picture")
    return artworks


def captioned(
    trained: checkpoint.Trained, images: Packed, artworks: pd.DataFrame, emotions: Emotions | None, how: Manner
) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """A captions table of some artworks, in its order, and the attention of each row."""
    pixels = images.pixels[artworks["row"].to_numpy()]
    told = None if emotions is None else emotions(artworks, pixels)
    spoken = speak(trained, pixels, told, (artworks["art_style"] + "/" + artworks["painting"]).to_list(), how)
    counts = [len(captions) for captions in spoken]
    said = [one for captions in spoken for one in captions]
    table = artworks.loc[artworks.index.repeat(counts), packed.KEY].assign(
        caption=[one.caption for one in said],
        grounding_emotion=np.array([one.emotion for one in said], object),
        config=[one.config for one in said],
        rank=[one.rank for one in said],
        log_probability=[one.log_probability for one in said],
    )
    return table, [one.attention for one in said]


if __name__ == "__main__":
    run(__doc__, main)
