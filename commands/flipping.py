"""Emotion flips of a system's or a file's captions: which pairs count, the table, and what it leaves out."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from commands import flips
from commands.scoring import PROFILE, column_name, note, one_caption_each, require_tables, under_known_names
from commands.tokenization import tokenized, untokenized
from formats import captions_file
from formats.artworks import ANCHOR, Artwork, load_pairs
from stages.annotations.tables import FOLDER as ANNOTATIONS
from stages.annotations.tables import load_emotions
from stages.common.artworks import ARTWORK
from stages.common.captions_table import load_captions
from stages.common.emotions import NO_EMOTIONS, Emotions
from stages.common.errors import UserError, advising
from stages.common.files import out_file, write_json
from stages.common.params import load
from stages.common.text_files import first_bytes
from stages.histograms.tables import PATH as HISTOGRAMS
from stages.histograms.tables import load_histograms
from stages.learning.device import resolve
from stages.metrics.emotion import load_judges
from stages.metrics.interface import NONE, Context
from stages.metrics.joint_table import LABELS, markdown
from stages.metrics.ngrams import Indices
from stages.metrics.pairing import Sample, first_captions, grouped_references
from stages.metrics.params import Params
from stages.metrics.tables import CAPTIONING, captions_source
from stages.utterances.tables import load_utterances, table_path

NEEDED = {
    table_path(PROFILE): f"utterances@{PROFILE}",
    HISTOGRAMS: "histograms",
    ANNOTATIONS / "emotions.json": "annotations",
}
# Why a pair is left out.
REASONS = {
    "one_caption": "only one of the artworks has a caption",
    "no_caption": "neither artwork has a caption",
    "no_majority": "no emotion has the most votes for one of the artworks",
    "no_utterance": "one of the artworks has no utterance in data/utterances",
    "same_majority": "most people chose the same emotion for both",
}


@dataclass(frozen=True)
class Pairs:
    """The pairs that count.

    Attributes:
        artworks: the A artworks in them, sorted.
        sides: anchor and contrasting artwork of each pair, as rows of `artworks`, (P, 2).
        majority: id of the emotion that most people chose for each artwork, (A,).
        left_out: number of the other pairs by reason, a key of REASONS.
    """

    artworks: list[Artwork]
    sides: Indices
    majority: Indices
    left_out: dict[str, int]


def run(pairs_file: Path, given: str, *, tokenize: bool, json_file: str | None) -> None:
    """Print the table of the captions `given`, a system or a file, and write its numbers to `json_file`.

    What the numbers do not cover is said on stderr.
    """
    params = load(Params)
    source = captions_source(given) if given in CAPTIONING else Path(given)
    json_path = None if json_file is None else out_file(json_file, inputs=[source, pairs_file])
    require_tables(NEEDED)
    emotions = load_emotions()
    if not emotions:
        raise UserError(f"{ANNOTATIONS / 'emotions.json'}: {NO_EMOTIONS}, so none can change")
    pairs, captions = load_pairs(pairs_file), _captions(given, source, emotions)
    judge = load_judges(emotions, device=resolve(params.device))[0]
    utterances = load_utterances(PROFILE, [*ARTWORK, "split", "utterance_spelled"])
    references = grouped_references(utterances)
    captions = under_known_names(captions, utterances, source)
    one_caption_each(captions, source)
    sides = [under_known_names(side, utterances, pairs_file) for side in _sides(pairs)]
    majority, captioned = _majority(emotions), {*_artworks(captions)}
    chosen = choose(*map(_artworks, sides), captioned=captioned, majority=majority, known={*references})
    for reason, count in chosen.left_out.items():
        note(f"{pairs_file}: {count:,} of {len(pairs):,} pairs are left out: {REASONS[reason]}")
    if not chosen.artworks:
        raise UserError(
            f"{source}: no pair of {pairs_file} counts; expected captions of both artworks of pairs for which most "
            "people chose different emotions"
        )
    captions = captions.set_index(ARTWORK).loc[chosen.artworks].reset_index()
    if tokenize:
        captions["caption"] = tokenized(captions["caption"].tolist(), PROFILE)
    _warn(chosen, captions, references, utterances[utterances["split"] == "train"], source)
    people = flips.draw([references[artwork] for artwork in chosen.artworks], params.seed)
    scores = flips.score(
        chosen.sides,
        chosen.majority,
        flips.judged(judge, captions["caption"].tolist()),
        np.array([flips.judged(judge, drawn) for drawn in people]),
        emotions,
        params.seed,
    )
    print(f"{len(chosen.sides):,} of {len(pairs):,} pairs, {len(chosen.artworks):,} artworks\n")
    print(markdown(flips.table(scores, LABELS.get(given) or column_name(source))))
    if json_path:
        write_json({"pairs": len(chosen.sides), "left_out": chosen.left_out, **scores}, json_path)


def _captions(given: str, source: Path, emotions: Emotions) -> pd.DataFrame:
    """Of a system the first caption of each artwork; all of a file, with their places."""
    if given in CAPTIONING:
        require_tables({source: given})
        return first_captions(load_captions(source)).assign(place="the table")
    with advising(f"CAPTIONS is a file, or one of {', '.join(CAPTIONING)}"):
        first_bytes(source)
    return captions_file.read(source, emotions)


def _sides(pairs: pd.DataFrame) -> list[pd.DataFrame]:
    """The anchors, and the artworks that contrast with them: art_style, painting and place each."""
    return [pairs[[*names, "place"]].set_axis([*ARTWORK, "place"], axis=1) for names in (ANCHOR, ARTWORK)]


def _artworks(frame: pd.DataFrame) -> list[Artwork]:
    return list(frame[ARTWORK].itertuples(index=False, name=None))


def _majority(emotions: Emotions) -> dict[Artwork, int]:
    """Id of the emotion with more votes than any other, of each artwork that has one."""
    histograms = load_histograms().dropna(subset="largest_untied")
    return dict(zip(_artworks(histograms), histograms["largest_untied"].map(emotions.ids), strict=True))


def choose(
    anchors: Sequence[Artwork],
    contrasts: Sequence[Artwork],
    *,
    captioned: Set[Artwork],
    majority: Mapping[Artwork, int],
    known: Set[Artwork],
) -> Pairs:
    """The pairs that count.

    Args:
        captioned: artworks with a caption.
        majority: id of the emotion that most people chose for an artwork, if there is one.
        known: artworks with utterances.
    """
    kept, left_out = [], Counter[str]()
    for pair in zip(anchors, contrasts, strict=True):
        captions = sum(artwork in captioned for artwork in pair)
        if captions < 2:
            left_out["one_caption" if captions else "no_caption"] += 1
        elif not majority.keys() >= set(pair):
            left_out["no_majority"] += 1
        elif not known >= set(pair):
            left_out["no_utterance"] += 1
        elif majority[pair[0]] == majority[pair[1]]:
            left_out["same_majority"] += 1
        else:
            kept.append(pair)
    artworks = sorted({artwork for pair in kept for artwork in pair})
    rows = {artwork: row for row, artwork in enumerate(artworks)}
    sides = np.array([[rows[artwork] for artwork in pair] for pair in kept], np.int64).reshape(-1, 2)
    ids = np.array([majority[artwork] for artwork in artworks], np.int64)
    return Pairs(artworks, sides, ids, {reason: left_out[reason] for reason in REASONS if left_out[reason]})


def _warn(
    chosen: Pairs, captions: pd.DataFrame, references: Mapping[Artwork, list[str]], training: pd.DataFrame, source: Path
) -> None:
    """Say on stderr what makes the numbers of `captions`, one for each artwork of `chosen`, doubtful."""
    trained = {*_artworks(training)}
    seen = sum(any(chosen.artworks[row] in trained for row in pair) for pair in chosen.sides)
    if seen:
        note(
            f"{source}: of {seen:,} of the {len(chosen.sides):,} pairs an artwork is in the split train, so a speaker "
            "of this study has learned from its utterances"
        )
    if grounded := int(captions["grounding_emotion"].notna().sum()):
        note(
            f"{source}: {grounded:,} of {len(captions):,} captions were conditioned on an emotion; if it came from "
            "people's votes, so do the changes"
        )
    texts = [references[artwork] for artwork in chosen.artworks]
    sample = Sample(captions[ARTWORK], [[text] for text in captions["caption"]], texts, np.full(len(texts), NONE))
    if suspicion := untokenized(sample, Context(texts, training=training["utterance_spelled"].tolist())):
        note(f"{source}: {suspicion}")
