"""Makes a human study: the page for raters, and the key."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from commands import system_captions
from commands.scoring import column_name, require_tables
from formats.human_study import key as keys
from formats.human_study import page
from formats.human_study.design import Artwork, Design, design
from stages.annotations.params import Params as Annotations
from stages.annotations.tables import FOLDER as ANNOTATIONS
from stages.annotations.tables import load_card, load_images
from stages.common.artworks import ARTWORK, picture_folder
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.pictures import UnreadablePicture, read_bytes
from stages.common.terminal import printable
from stages.common.text_files import text_lines
from stages.metrics.params import Params as Metrics
from stages.utterances.tables import table_path

NEEDED = {
    ANNOTATIONS / "images.parquet": "annotations",
    table_path(system_captions.PROFILE): f"utterances@{system_captions.PROFILE}",
}


def make(
    systems: Sequence[str], *, pairs: int, raters: int, each: int | None, consent: Path | None, folder: Path
) -> str:
    """Write study.html and key.json; returns a summary.

    Raises:
        UserError: fewer than two systems, a system without captions, too few pairs, a picture that cannot be read, or
            a folder with another study.
    """
    if len(systems) < 2 or len(set(systems)) < len(systems):
        raise UserError(f"{' '.join(systems)}: expected two or more different systems to compare")
    if there := next((folder / name for name in (keys.NAME, page.NAME) if (folder / name).exists()), None):
        raise UserError(
            f"{printable(there)}: of another study, whose answers need it; choose another folder with --out, or remove "
            "it"
        )
    require_tables(NEEDED)
    text = None if consent is None else _text(consent)
    params, card = load(Metrics), load_card()
    captions = {
        name: system_captions.read(system, params.captions.split, params.seed)
        for name, system in zip(_names(systems), systems, strict=True)
    }
    files = _pictures()
    drawn = design(_common(captions, files), pairs=pairs, raters=raters, each=each, seed=params.seed)
    shown = page.content(drawn, lambda artwork: _read(files[artwork]), card["language"])
    if unknown := sum(system_captions.UNKNOWN in text.split() for item in drawn.items for text in item.texts):
        print(
            f"{unknown:,} captions have {system_captions.UNKNOWN}, by which raters can tell a machine", file=sys.stderr
        )
    written = page.save(shown, folder, text)
    keys.save(keys.key_of(drawn, shown["study"]), folder)
    if not card["redistribute"]:
        print(
            "dataset.yaml does not say `redistribute: true`, and the page has pictures of the data set: give it to "
            "raters who may see them, and ask them to delete it",
            file=sys.stderr,
        )
    return _summary(drawn, written, pairs)


def _names(systems: Sequence[str]) -> list[str]:
    """Names of the systems in the results: of a file its name, unless another is called so."""
    short = [column_name(Path(system)) if Path(system).is_file() else system for system in systems]
    return [name if short.count(name) == 1 else system for name, system in zip(short, systems, strict=True)]


def _text(consent: Path) -> str:
    text = "\n".join(line for _, line in text_lines(consent))
    if not text.strip():
        raise UserError(f"{printable(consent)}: empty; expected the text that raters agree to")
    return text


def _pictures() -> dict[Artwork, Path]:
    """The files of all readable pictures."""
    images, folder = load_images(), picture_folder(load(Annotations).dataset)
    images = images[images["problem"].isna()]
    artworks = images[ARTWORK].itertuples(index=False, name=None)
    return dict(zip(artworks, (folder / path for path in images["path"]), strict=True))


def _common(
    captions: Mapping[str, Mapping[Artwork, str]], files: Mapping[Artwork, Path]
) -> dict[str, dict[Artwork, str]]:
    """The captions of the pictures that can be shown and that all systems have captioned."""
    shared = set(files).intersection(*captions.values())
    if not shared:
        sizes = ", ".join(f"{system} has {len(found):,}" for system, found in captions.items())
        raise UserError(
            f"no picture has a caption of every system ({sizes}); compare systems of one data set and split"
        )
    return {system: {artwork: found[artwork] for artwork in shared} for system, found in captions.items()}


def _read(file: Path) -> bytes:
    try:
        return read_bytes(file)
    except UnreadablePicture as problem:
        raise UserError(
            f"{printable(file)}: {problem}; `artemis inventory DATASET` and `dvc repro annotations` read the pictures "
            "again"
        ) from None


def _summary(drawn: Design, written: Path, pairs: int) -> str:
    checks = sum(item.check is not None for item in drawn.items)
    pictures = {item.artwork for item in drawn.items if item.check is None}
    each = len(drawn.plans[0]) - checks
    size = written.stat().st_size / 1e6
    same = f"; {drawn.identical:,} pairs of equal captions skipped" if drawn.identical else ""
    return (
        f"{written} ({size:.1f} MB): {pairs:,} pairs on {len(pictures):,} pictures, "
        f"{each:,} and {checks} checks of attention for each of {len(drawn.plans)} raters{same}\n"
        f"{written.with_name(keys.NAME)}: which system wrote which caption; keep it to yourself"
    )
