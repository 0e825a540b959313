"""anp_captions: adjective baseline, which inserts adjectives of the picture's polarity into neutral captions.

The image classifier predicts whether a picture evokes a positive or a negative emotion. A noun of its neutral
caption (anp_captions.base) then gets an adjective from an adjective-noun pair of that polarity; pairs are mined from
the training utterances, or listed in a file (anp_captions.pairs). Writes data/anp_captions/captions.parquet; without
rows under utterances.rules: plain, since the tagger and the sentiment of pairs are made for English.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from stages.annotations.tables import load_emotions
from stages.anp_captions.pairs import (
    Adjectives,
    Tagged,
    by_polarity,
    generator,
    inject,
    listed,
    load_neutral,
    mine,
    tagger,
)
from stages.anp_captions.params import Params
from stages.common.artworks import ARTWORK
from stages.common.captions_table import empty, save_captions
from stages.common.emotions import NO_EMOTIONS, Emotions, Polarity, require_same
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.language import FOR_ENGLISH, TextRules, is_english
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
POLAR: tuple[Polarity, ...] = ("positive", "negative")


def main() -> str:
    params = load(Params)
    config, split, labels = params.anp_captions, params.captions.split, load_emotions()
    if reason := why_none(labels, params.utterances.rules):
        save_captions(empty(), CAPTIONS)
        return f"no captions: {reason}"
    device = prepare(params.device, params.seed)
    utterances, images = load_utterances("deep_nets"), packed.load()
    of_split = utterances.loc[utterances["split"] == split, ARTWORK].drop_duplicates().sort_values(ARTWORK)
    artworks = of_split.merge(load_neutral(Path(config.base)), on=ARTWORK)
    artworks = artworks.assign(row=images.rows(artworks)).query("row >= 0")
    if artworks.empty:
        raise UserError(
            f"{config.base}: no artwork of the {split} split has both a caption there and a readable picture; "
            "set anp_captions.base to a file with a neutral caption of each artwork"
        )
    tag = tagger(config.tagger)
    counts = mine(track(utterances.loc[utterances["split"] == "train", "tokens"], "tag"), tag)
    adjectives = by_polarity(counts) if config.pairs == "mined" else listed(Path(config.pairs), counts)
    predictor = classifier.load(device=device)
    require_same(predictor.model.emotions, labels.names, str(classifier.FOLDER), "the data set")
    emotions = likeliest_polar(predicted(predictor, images, artworks["row"].to_numpy()), labels)
    tokenizer = Tokenizer.load(tokenizer_path("deep_nets"))
    neutral = [tag(tokens) for tokens in tokenizer.tokens(artworks["caption"].tolist())]
    captions, changed = caption_all(artworks[ARTWORK], neutral, emotions, labels, adjectives, params.seed)
    save_captions(captions, CAPTIONS)
    pairs = ", ".join(f"{sum(map(len, nouns.values())):,} {name}" for name, nouns in adjectives.items())
    return (
        f"{len(captions):,} captions, {changed:,} with an adjective and {len(captions) - changed:,} unchanged, "
        f"from {pairs} pairs; skipped: {len(of_split) - len(artworks):,} artworks without a caption or a picture"
    )


def why_none(labels: Emotions, rules: TextRules) -> str | None:
    """Why this baseline cannot be: it chooses English adjectives by polarity, so both polarities are needed."""
    if not is_english(rules):
        return FOR_ENGLISH
    if not labels:
        return NO_EMOTIONS
    if missing := [polarity for polarity in POLAR if polarity not in labels.polarities.values()]:
        return f"none of the emotions in dataset.yaml is {missing[0]}"
    return None


def predicted(predictor: classifier.Predictor, images: Packed, rows: np.ndarray) -> np.ndarray:
    """Probabilities of the emotions (N, C), block by block: the pixels of all may not fit into memory."""
    blocks = range(0, len(rows), BLOCK)
    return np.concatenate([predictor.predict(images.pixels[rows[start : start + BLOCK]]) for start in blocks])


def likeliest_polar(probabilities: np.ndarray, labels: Emotions) -> list[str]:
    """The likeliest positive or negative emotion of each picture: (N, C) -> N names."""
    polar = labels.of_polarity(*POLAR)
    places = [labels.ids[emotion] for emotion in polar]
    return [polar[place] for place in probabilities[:, places].argmax(1)]


def caption_all(
    artworks: pd.DataFrame,
    neutral: list[Tagged],
    emotions: list[str],
    labels: Emotions,
    adjectives: dict[str, Adjectives],
    seed: int,
) -> tuple[pd.DataFrame, int]:
    """A captions table of `artworks` from their tagged neutral captions, and how many captions got an adjective."""
    captions, changed = [], 0
    columns = (artworks[name].tolist() for name in ARTWORK)
    for style, painting, caption, emotion in zip(*columns, neutral, emotions, strict=True):
        rng = generator(seed, style, painting)
        words = inject(caption, adjectives[labels.polarities[emotion]], rng)
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
