"""captions: generate captions for the artworks of a split.

Reads the speaker, the packed pictures and, for a grounded speaker, the emotions that captions.emotion_from names
(of the image classifier or of the annotations). Writes data/captions/captions.parquet, attention.npz and
configs.json (the sampling config behind each number in the table). For other pictures see `artemis caption --help`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from stages.captions import attention
from stages.captions.captioner import BATCH, generate
from stages.captions.conditioning import SOURCES, Emotions, emotions_from
from stages.captions.params import Params
from stages.captions.sampling import SamplingPlan, sampling_plan
from stages.common.artworks import ARTWORK
from stages.common.captions_table import TRAINED_ON, captions_writer
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
    config = params.captions
    device = prepare(params.device, config.seed)
    torch.set_float32_matmul_precision(config.matmul_precision)
    trained, images, plan = checkpoint.load(device=device), packed.load(), sampling_plan(config)
    artworks = with_pictures(config.split, images)
    emotions = emotions_from(config, trained, device) if trained.model.grounded else None
    source = SOURCES[config.emotion_from] if trained.model.grounded else None
    count, distinct = 0, set()
    metadata = {TRAINED_ON: trained.trained_on} if trained.trained_on else None
    with captions_writer(TABLE, metadata) as add, attention.writer() as add_maps:
        for start in track(range(0, len(artworks), BATCH), "captions"):
            rows, maps = caption_batch(trained, images, artworks[start : start + BATCH], emotions, plan)
            add(rows.assign(emotion_source=source))
            add_maps(maps)
            count += len(rows)
            distinct |= set(map(hash, rows["caption"]))
    write_json([sampling.model_dump() for sampling in plan.configs], CONFIGS)
    return f"{count:,} captions, {len(distinct):,} distinct, by {plan}"


def with_pictures(split: str, images: Packed) -> pd.DataFrame:
    """The artworks of a split that have a picture, sorted: art_style, painting and `row` of its pixels.

    Raises:
        UserError: there is none.
    """
    utterances = load_utterances("deep_nets")
    artworks = utterances.loc[utterances["split"] == split, ARTWORK].drop_duplicates()
    artworks = artworks.assign(row=images.rows(artworks)).query("row >= 0").sort_values(ARTWORK, ignore_index=True)
    if artworks.empty:
        raise UserError(
            f"params.yaml: captions.split is {split!r}, but no artwork of that split has a readable picture; "
            f"choose another split, or see data/images/index.parquet"
        )
    return artworks


def caption_batch(
    trained: checkpoint.Trained, images: Packed, artworks: pd.DataFrame, emotions: Emotions | None, plan: SamplingPlan
) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """A captions table of some artworks, in their order, and the attention maps of each row."""
    pixels = images.pixels[artworks["row"].to_numpy()]
    conditions = None if emotions is None else emotions(artworks, pixels)  # (N, K, E)
    names = (artworks["art_style"] + "/" + artworks["painting"]).to_list()
    by_artwork = generate(trained, pixels, conditions, names, plan)
    counts = [len(captions) for captions in by_artwork]
    captions = [caption for captions in by_artwork for caption in captions]
    table = artworks.loc[artworks.index.repeat(counts), ARTWORK].assign(
        caption=[caption.caption for caption in captions],
        grounding_emotion=np.array([caption.emotion for caption in captions], object),
        config=[caption.config for caption in captions],
        rank=[caption.rank for caption in captions],
        log_probability=[caption.log_probability for caption in captions],
    )
    return table, [caption.attention for caption in captions]


if __name__ == "__main__":
    run(__doc__, main)
