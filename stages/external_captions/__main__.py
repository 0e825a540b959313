"""external_captions: captions by another model, such as a vision-language model, as one more system.

Reads the Parquet files in data/raw/external_captions/, which `artemis caption --model NAME --out` writes, and
tokenizes the captions of the split's artworks as the utterances were. Writes data/external_captions/captions.parquet,
whose metadata name the model, its revision, its licence and the prompt; without rows while the folder has no files. And
pictures.csv, the list of the split's pictures, for `artemis caption`.
"""

import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from stages.annotations.tables import load_images
from stages.common import table_reader
from stages.common.artworks import ARTWORK
from stages.common.captions_table import KEY, Origin, empty, origin, save_captions
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.files import write_with
from stages.common.params import load
from stages.common.picture_names import from_text
from stages.common.table_rows import Column, Row
from stages.external_captions.params import Params
from stages.utterances.tables import load_utterances
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

FOLDER = Path("data/raw/external_captions")
CAPTIONS = Path("data/external_captions/captions.parquet")
PICTURES = Path("data/external_captions/pictures.csv")
COLUMNS = (Column("picture"), Column("caption"), Column("config", required=False), Column("rank", required=False))
# What tells two models apart; the licence is missing where the model's card could not be fetched.
IDENTITY = ("model", "revision", "prompt")
Artwork = tuple[str, str]


def main() -> str:
    params = load(Params)
    split = params.captions.split
    utterances = load_utterances("deep_nets", [*ARTWORK, "split"])
    artworks = utterances.loc[utterances["split"] == split, ARTWORK].drop_duplicates()
    pictures = load_images().merge(artworks, on=ARTWORK)
    save_list(pictures.loc[pictures["problem"].isna(), "path"], params.dataset)
    files = sorted(path for path in FOLDER.rglob("*.parquet") if not path.name.startswith("."))
    if not files:
        save_captions(empty(), CAPTIONS)
        return f"no captions: {FOLDER} has none; {PICTURES} lists the pictures of the split {split}"
    model = one_origin(files)
    table, others = of_artworks(files, by_path(pictures))
    if table.empty:
        # No error: the captions may be of another data set, and experiments on this one go on.
        save_captions(empty(), CAPTIONS)
        return (
            f"no captions: the {others:,} in {FOLDER} are of no artwork of the split {split}; the path of a picture "
            "must end as in data/annotations/images.parquet, <art_style>/<painting>.<suffix>"
        )
    tokens = Tokenizer.load(tokenizer_path("deep_nets")).tokens(table["caption"].tolist())
    save_captions(table.assign(caption=[" ".join(words) for words in tokens]), CAPTIONS, model and model._asdict())
    without = len(artworks) - len(table[ARTWORK].drop_duplicates())
    return (
        f"{len(table):,} captions by {model or 'a model that the files do not name'}; {without:,} artworks of the "
        f"split {split} have none; {others:,} captions of other pictures are not used"
    )


def save_list(paths: pd.Series, dataset: str) -> None:
    """Write pictures, by their paths in the picture folder, as a list of `artemis caption`: relative to the list."""
    folder = os.path.relpath(Path("data/raw") / dataset / "images", PICTURES.parent)
    table = pd.DataFrame({"picture": f"{folder}/" + paths})
    write_with(lambda temporary: table.to_csv(temporary, index=False), PICTURES)


def one_origin(files: Sequence[Path]) -> Origin | None:
    """The model that wrote the captions in all `files`; None if they name none.

    Raises:
        UserError: they were written by two models, or by one with two prompts.
    """
    first, *others = [(file, origin(file)) for file in files]
    for file, model in others:
        if _identity(model) != _identity(first[1]):
            raise UserError(
                f"{FOLDER}: captions of two models: {first[0].relative_to(FOLDER)} is by {_described(first[1])}, "
                f"{file.relative_to(FOLDER)} by {_described(model)}; keep the files of one"
            )
    return first[1]


def _identity(model: Origin | None) -> list[str] | None:
    return model and [getattr(model, field) for field in IDENTITY]


def _described(model: Origin | None) -> str:
    return f"{model} with the prompt {model.prompt!r}" if model else "a model that it does not name"


def by_path(pictures: pd.DataFrame) -> dict[str, Artwork]:
    """The artworks of `pictures` by path, and by the path's canonical composition (NFC) where no two have the same."""
    composed = pictures.assign(path=pictures["path"].str.normalize("NFC")).drop_duplicates("path", keep=False)
    both = pd.concat([composed, pictures])
    return dict(zip(both["path"], both[ARTWORK].itertuples(index=False, name=None), strict=True))


def of_artworks(files: Iterable[Path], artworks: Mapping[str, Artwork]) -> tuple[pd.DataFrame, int]:
    """The captions of `artworks`, and the number of captions of other pictures. A picture left out has none.

    Args:
        artworks: by the end of a picture's path, the last folder and the file's name.

    Returns:
        A captions table, whose captions are not tokenized.

    Raises:
        UserError: a file is no such table, or a picture has two captions of one rank.
    """
    captions: dict[tuple[str, str, int, int], tuple[str, Row]] = {}
    others = 0
    for row in (row for file in files for row in table_reader.read(file, COLUMNS)):
        if row.values["caption"] is None:
            continue
        end = "/".join(from_text(row.text("picture")).parts[-2:])
        artwork = artworks.get(end) or artworks.get(unicodedata.normalize("NFC", end))
        if artwork is None:
            others += 1
            continue
        key = (*artwork, row.count("config") or 0, row.count("rank") or 0)
        if key in captions:
            _, first = captions[key]
            row.refuse(
                f"{end} has a caption of config {key[2]} and rank {key[3]} already, in {first.path}, {first.place}",
                "keep one of them",
            )
        # A caption without words is one, too.
        captions[key] = (row.optional_text("caption") or "", row)
    frame = pd.DataFrame(list(captions), columns=pd.Index(KEY))
    texts = [text for text, _ in captions.values()]
    return frame.assign(caption=texts, grounding_emotion=None, log_probability=np.nan), others


if __name__ == "__main__":
    run(__doc__, main)
