"""anp_captions: put adjectives of the picture's polarity into neutral captions.

Adjective-noun pairs are mined from the training utterances of utterances@deep_nets, or
listed in a file (anp_captions.pairs). The image classifier says whether a picture feels
positive or negative, and a pair of that polarity whose noun is in the picture's neutral
caption (anp_captions.base) lends its adjective. Writes data/anp_captions/captions.parquet.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from stages.anp_captions.injection import ARTWORK, generator, inject, load_neutral
from stages.anp_captions.pairs import Adjectives, Tagged, by_polarity, listed, mine, tagger
from stages.anp_captions.params import Params
from stages.common.captions_table import save_captions
from stages.common.emotions import EMOTIONS, NEGATIVE, POSITIVE, polarity
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.progress import track
from stages.image_classifier import classifier
from stages.images import packed
from stages.images.packed import Packed
from stages.learning.device import prepare
from stages.utterances.tables import load_utterances
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

CAPTIONS = Path("data/anp_captions/captions.parquet")
# Pictures whose pixels are in memory at once.
BLOCK = 512
POLAR = [EMOTIONS.index(emotion) for emotion in (*POSITIVE, *NEGATIVE)]


def main() -> str:
    params = load(Params)
    dials, split = params.anp_captions, params.captions.split
    device = prepare(params.device, params.seed)
    utterances, images = load_utterances("deep_nets"), packed.load()
    wanted = utterances.loc[utterances["split"] == split, ARTWORK].drop_duplicates().sort_values(ARTWORK)
    artworks = wanted.merge(load_neutral(Path(dials.base)), on=ARTWORK)
    artworks = artworks.assign(row=images.rows(artworks)).query("row >= 0")
    if artworks.empty:
        raise UserError(
            f"{dials.base}: no artwork of the {split} split has both a caption there and a readable picture; "
            "anp_captions.base is to hold a neutral caption of each artwork"
        )
    tag = tagger(dials.tagger)
    counts = mine(track(utterances.loc[utterances["split"] == "train", "tokens"], "tag"), tag)
    adjectives = by_polarity(counts) if dials.pairs == "mined" else listed(Path(dials.pairs), counts)
    emotions = likeliest_polar(expected(classifier.load(device=device), images, artworks["row"].to_numpy()))
    neutral = [
        tag(tokens) for tokens in Tokenizer.load(tokenizer_path("deep_nets")).tokens(artworks["caption"].tolist())
    ]
    captions, changed = caption_all(artworks[ARTWORK], neutral, emotions, adjectives, params.seed)
    save_captions(captions, CAPTIONS)
    found = ", ".join(f"{sum(map(len, nouns.values())):,} {name}" for name, nouns in adjectives.items())
    return (
        f"{len(captions):,} captions, {changed:,} with an adjective and {len(captions) - changed:,} left as they were, "
        f"from {found} pairs; passed over for want of a caption or a readable picture: "
        f"{len(wanted) - len(artworks):,} artworks"
    )


def expected(predictor: classifier.Predictor, images: Packed, rows: np.ndarray) -> np.ndarray:
    """Probabilities of the emotions of some pictures, (N, 9); the pixels of all may not fit into memory."""
    blocks = range(0, len(rows), BLOCK)
    return np.concatenate([predictor.predict(images.pixels[rows[start : start + BLOCK]]) for start in blocks])


def likeliest_polar(probabilities: np.ndarray) -> list[str]:
    """The likeliest of the emotions that are positive or negative; "something else" is neither. (N, 9) -> N names."""
    return [EMOTIONS[POLAR[place]] for place in probabilities[:, POLAR].argmax(1)]


def caption_all(
    artworks: pd.DataFrame,
    neutral: list[Tagged],
    emotions: list[str],
    adjectives: dict[str, Adjectives],
    seed: int,
) -> tuple[pd.DataFrame, int]:
    """A captions table of `artworks` from their tagged neutral captions, and how many captions got an adjective."""
    captions, changed = [], 0
    columns = (artworks[name].tolist() for name in ARTWORK)
    for style, painting, caption, emotion in zip(*columns, neutral, emotions, strict=True):
        rng = generator(seed, style, painting)
        words = inject(caption, adjectives[polarity(emotion)], rng)
        changed += words is not None
        captions.append(" ".join(words or [word for word, _ in caption]))
    frame = artworks[ARTWORK].assign(
        caption=captions,
        grounding_emotion=emotions,
        emotion_source="image_classifier",
        config=0,
        rank=0,
        log_probability=np.nan,
    )
    return frame, changed


if __name__ == "__main__":
    run(__doc__, main)
