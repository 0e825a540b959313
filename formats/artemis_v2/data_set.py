"""Import ArtEmis v2 as a data set: its contrastive annotations, and those of ArtEmis that they complete.

Facts of the formats, from https://github.com/Vision-CAIR/artemis-v2 (Mohamed et al., CVPR 2022):

- Contrastive.csv, from the data set's own page, has the columns emotion, utterance, art_style, painting,
  anchor_art_style, anchor_painting and repetition: an annotation of an artwork that was chosen as similar to its anchor
  but opposite in emotion. The repository does not hold the file; these columns are inferred from its code
  (neural_speaker/sat/artemis/utils/basic.py), from a table that a notebook prints
  (extended_emotions/artemis_analysis/extended_emotions.ipynb, both at commit 6d8c95a), and from listings of the file
  elsewhere. Of an anchor there are the names only; people's emotions about it are in ArtEmis' own rows.
- dataset/combine.py (c3cae1f): the contrastive rows come first, then those of ArtEmis; `painting` and `anchor_painting`
  are put into Unicode's canonical decomposition (NFD), in which both name an artwork alike.
- The split and the test sets: see `parts`.

The column `repetition` is not kept: each collection counts its own annotations of an artwork, and the study counts all.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from formats.artemis_v2 import parts
from formats.artworks import ANCHOR, Artwork, save_artworks, save_pairs
from formats.dataset_card import Card
from formats.picture_lists import is_folder
from formats.raw_data_set import Annotation, filling
from stages.annotations import sources
from stages.annotations.ingest import Reject
from stages.annotations.tables import match_pictures
from stages.common.artworks import ARTWORK
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.inventory import Picture
from stages.common.picture_folders import search
from stages.common.table_reader import read as read_table
from stages.common.table_rows import Column, Row

ANNOTATED = (*ARTWORK, "emotion", "utterance")
COLUMNS = (*(Column(name) for name in (*ANNOTATED, *ANCHOR)), Column("repetition", required=False))
PAIRS, TEST_SETS = "pairs.csv", "test_sets"
CARD = Card(
    citation="Mohamed, Khan, Haydarov, Elhoseiny: It is Okay to Not Be Okay: Overcoming Emotional Bias in Affective "
    "Image Captioning by Contrastive Data Collection. CVPR 2022; Achlioptas, Ovsjanikov, Haydarov, Elhoseiny, Guibas: "
    "ArtEmis: Affective Language for Visual Art. CVPR 2021"
)


class Annotated(NamedTuple):
    """A row of one of the two files; `anchor` is None in ArtEmis'."""

    place: str
    artwork: Artwork
    emotion: str
    utterance: str
    repetition: int | None
    anchor: Artwork | None = None


class Collections(NamedTuple):
    """The rows of the two files, and the records of ArtEmis' that the study could not use: place, kind and details."""

    contrastive: list[Annotated]
    artemis: list[Annotated]
    rejects: list[tuple[str, str, str]]


def read(contrastive: Path, artemis: Path | None = None) -> Collections:
    """The contrastive annotations and, from their own file, those of ArtEmis.

    Raises:
        UserError: a file cannot be read, a row is not as expected, or an anchor is no artwork of ArtEmis.
    """
    rows = list(_contrastive(contrastive))
    if artemis is None:
        return Collections(rows, [], [])
    own, rejects = _artemis(artemis)
    _require_anchors(rows, {row.artwork for row in own}, artemis)
    return Collections(rows, own, rejects)


def write(
    collections: Collections, folder: Path, card: Card = CARD, *, images: Path | None = None, balanced: bool = False
) -> str:
    """Write the data set with pairs.csv and test_sets/ beside the annotations; returns a summary.

    Args:
        folder: from `raw_data_set.new_folder`.
        images: folder with <art_style>/<painting>.jpg, to which links are made; without it there are no pictures.
        balanced: keep as many of ArtEmis' rows for training and validation as there are contrastive rows.

    Raises:
        UserError: there is no such folder of pictures, or nothing to balance.
    """
    new, old, rejects = collections
    if balanced and not old:
        raise UserError("--balanced balances contrastive annotations with ArtEmis' own; give these, too (--artemis)")
    if images and not is_folder(images):
        raise UserError(f"{images}: there is no such folder; expected one with <art_style>/<painting>.jpg inside")
    contrasts, known = (parts.coverage((row.artwork, row.repetition) for row in rows) for rows in (new, old))
    split_of = parts.split(contrasts, known, {row.anchor for row in new if row.anchor})
    surplus = _surplus(old, split_of, len(new)) if balanced else set()
    pictures = _pictures(images, split_of) if images else {}
    pairs = list(dict.fromkeys((row.artwork, row.anchor) for row in new if row.anchor))
    sets = parts.test_sets(split_of, contrasts, known)
    with filling(folder, card, emotions=True, splits=True) as data_set:
        for row in (*new, *old):
            if row.place in surplus:
                data_set.leave_out(row.place, "not drawn to balance the collections")
            else:
                annotation = Annotation(*row.artwork, row.utterance, row.emotion, split_of[row.artwork])
                data_set.add(row.place, annotation, pictures.get(row.artwork))
        for reject in rejects:
            data_set.leave_out(*reject)
        save_pairs(pairs, data_set.beside(PAIRS))
        for title, members in sets.items():
            save_artworks(members, data_set.beside(f"{TEST_SETS}/{title}.csv"))
    without = sum(row.anchor is None for row in new)
    told = f"; {without:,} contrastive rows name no anchor" if without else ""
    listed = ", ".join(f"{title} {len(members):,}" for title, members in sets.items())
    beside = f"{folder / PAIRS}: {len(pairs):,} pairs{told}", f"{folder / TEST_SETS}: artworks of {listed}"
    return "\n".join([data_set.summary(), *beside])


def _surplus(rows: Sequence[Annotated], split_of: Mapping[Artwork, str], size: int) -> set[str]:
    """The places of the rows of ArtEmis that `parts.balanced` does not keep."""
    kept = parts.balanced([split_of[row.artwork] for row in rows], size)
    return {row.place for row, keep in zip(rows, kept, strict=True) if not keep}


def _contrastive(path: Path) -> Iterable[Annotated]:
    """The rows of Contrastive.csv.

    Raises:
        UserError: the file is not as expected, an emotion is unknown, or an artwork its own anchor.
    """
    for row in read_table(path, COLUMNS):
        artwork, anchor = _decomposed(*map(row.text, ARTWORK)), _anchor(row)
        if artwork == anchor:
            row.refuse(f"{'/'.join(artwork)} is its own anchor", "a pair is of two artworks; correct or remove the row")
        emotion = row.text("emotion")
        if emotion not in ARTEMIS.polarities:
            row.refuse(f"unknown emotion {row.shown('emotion')}", f"allowed: {', '.join(ARTEMIS)}")
        yield Annotated(
            f"{path}, {row.place}", artwork, emotion, row.text("utterance"), row.count("repetition"), anchor
        )


def _anchor(row: Row) -> Artwork | None:
    """The anchor of a row; None for a row without one."""
    if all(row.optional_text(name) is None for name in ANCHOR):
        return None
    return _decomposed(*map(row.text, ANCHOR))


def _decomposed(art_style: str, painting: str) -> Artwork:
    return unicodedata.normalize("NFD", art_style), unicodedata.normalize("NFD", painting)


def _artemis(path: Path) -> tuple[list[Annotated], list[tuple[str, str, str]]]:
    """The annotations of ArtEmis' file, and the records that the study could not use."""
    rows: list[Annotated] = []
    rejects: list[tuple[str, str, str]] = []
    for record in sources.read(path, ARTEMIS):
        place = f"{path}, record {record.record:,}"
        if isinstance(record, Reject):
            rejects.append((place, record.kind.replace("_", " "), record.reason))
        else:
            artwork = _decomposed(record.art_style, record.painting)
            rows.append(Annotated(place, artwork, record.emotion or "", record.utterance, record.repetition))
    return rows, rejects


def _require_anchors(rows: Sequence[Annotated], known: set[Artwork], artemis: Path) -> None:
    anchors = {row.anchor for row in rows if row.anchor}
    if unknown := anchors - known:
        first = next(row for row in rows if row.anchor in unknown)
        raise UserError(
            f"{first.place}: the anchor {'/'.join(first.anchor or ())} is no artwork of {artemis}, as are "
            f"{len(unknown):,} of {len(anchors):,} anchors; expected artworks of ArtEmis, correct the names"
        )


def _pictures(folder: Path, named: Iterable[Artwork]) -> Mapping[Artwork, Path]:
    """The picture of each artwork that has one."""
    files = [Picture(path, 0, "") for path in search(folder).pictures]
    matched = match_pictures(files, pd.DataFrame(list(named), columns=pd.Index(ARTWORK)))
    found = zip(matched["art_style"], matched["painting"], matched["path"], strict=True)
    return {(art_style, painting): folder / path for art_style, painting, path in found}
