"""`artemis import`: other people's captions and pictures as a data set of data/raw/."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from formats.captioned_pictures import Caption, LeftOut
    from formats.dataset_card import Card

CITE, USE = "The publication to cite", "The terms under which you have the data"
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the new folder of data/raw/.")]
Images = Annotated[
    Path,
    typer.Option(
        metavar="DIR", help="The folder of the pictures. Links to them are made; they must stay where they are."
    ),
]
Emotions = Annotated[
    list[str] | None,
    typer.Option(
        "--emotion",
        metavar="LABEL=POLARITY",
        help="A label of the emotions and its polarity: positive, negative or else. Once for each; not needed for the "
        "nine of ArtEmis.",
    ),
]
Language = Annotated[str, typer.Option(metavar="TAG", help="The language of the captions, such as en, zh or pt-BR.")]
Citation = Annotated[str, typer.Option(metavar="TEXT", help=f"{CITE}, for dataset.yaml.")]
Terms = Annotated[str, typer.Option(metavar="TEXT", help=f"{USE}, for dataset.yaml.")]


def coco(
    file: Annotated[Path, typer.Argument(metavar="CAPTIONS", help="captions_*.json of COCO, or dataset_*.json.")],
    name: Name,
    images: Images,
    emotion: Emotions = None,
    language: Language = "en",
    citation: Citation = "",
    terms: Terms = "",
) -> None:
    """Import captions in COCO's JSON.

    Reads COCO's format (images and annotations) and that of Karpathy's splits
    (dataset_coco.json, dataset_flickr8k.json), whose split is kept; restval is train. An
    annotation may have an emotion.

    \b
    Example:
      artemis import coco captions_val2017.json mine --images val2017
    """
    from formats.coco import read

    _import(read, file, name, images, emotion, language, citation, terms)


def flickr(
    file: Annotated[Path, typer.Argument(metavar="CAPTIONS", help="Flickr8k.token.txt, captions.txt or results.csv.")],
    name: Name,
    images: Images,
    emotion: Emotions = None,
    language: Language = "en",
    citation: Citation = "",
    terms: Terms = "",
) -> None:
    """Import captions in the text files of Flickr8k and Flickr30k.

    The lines are `name.jpg#0`, a tab and a caption; or there is a header `image,caption`,
    or `image_name| comment_number| comment`.

    \b
    Example:
      artemis import flickr Flickr8k.token.txt mine --images Flicker8k_Dataset
    """
    from formats.flickr import read

    _import(read, file, name, images, emotion, language, citation, terms)


def jsonl(
    file: Annotated[Path, typer.Argument(metavar="CAPTIONS", help="A file with a JSON object in each line.")],
    name: Name,
    images: Images,
    emotion: Emotions = None,
    language: Language = "en",
    citation: Citation = "",
    terms: Terms = "",
) -> None:
    """Import captions in JSON Lines.

    The picture is image, file_name, picture or path; the text is caption, captions (a
    list), text or utterance; emotion, split, art_style and painting are optional.

    \b
    Example:
      artemis import jsonl metadata.jsonl mine --images train
    """
    from formats.json_lines import read

    _import(read, file, name, images, emotion, language, citation, terms)


def hub(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A repository of the hub (OWNER/NAME) or a folder of Parquet files.")
    ],
    name: Name,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="LANGUAGE",
            help="The rows to read, by their value in the column language; without that column, the language of all.",
        ),
    ] = None,
    split_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of the split: train, validation, test or rest.")
    ] = None,
    revision: Annotated[
        str | None, typer.Option(metavar="REVISION", help="A branch, tag or commit. Default: the main branch.")
    ] = None,
    emotion: Emotions = None,
    citation: Citation = "",
    terms: Terms = "",
    licence: Annotated[str, typer.Option(metavar="TEXT", help="The licence of the data, for dataset.yaml.")] = "",
) -> None:
    """Import Parquet files of the Hugging Face hub.

    Each picture is written once, with the bytes that it came in. The columns are image (or
    picture); text, utterance, caption or captions; and, where they are there, emotion,
    language, art_style and painting. Without the last two, pictures are named after their
    files.

    The commit of the repository is written into dataset.yaml. Read the terms and the
    citation on its page: its tags are no licence. An interrupted download goes on.

    \b
    Examples:
      artemis import hub youssef101/artelingo-dummy artelingo --language english
      artemis import hub ~/museum_parquet museum
    """
    from formats.dataset_card import card
    from formats.hub.data_set import convert
    from formats.hub.source import find, is_repository
    from formats.raw_data_set import new_folder

    folder, repository = new_folder(name), is_repository(source)
    given = card(citation, terms, "en", emotion or (), licence=licence)
    if repository:  # a long download follows
        given = asked(given, repository=source)
    files = find(source, revision)
    if not repository:
        given = asked(given)
    print(convert(files, folder, given, language=language, split_column=split_column))


def _import(
    read: "Callable[[Path], Iterable[Caption | LeftOut]]",
    file: Path,
    name: str,
    images: Path,
    emotion: list[str] | None,
    language: str,
    citation: str,
    terms: str,
) -> None:
    from formats.captioned_pictures import locate, write
    from formats.dataset_card import card
    from formats.raw_data_set import new_folder

    folder = new_folder(name)
    given = card(citation, terms, language, emotion or ())
    located = locate(read(file), file, images, given)
    print(write(located, folder, asked(given)))


def asked(card: "Card", *, repository: str | None = None) -> "Card":
    """The card with a person's answers for an empty citation and empty terms; without a terminal they stay empty.

    Raises:
        UserError: one of them is empty, and the data set is that of a `repository`, which needs both.
    """
    from stages.common.errors import UserError

    terminal = sys.stdin is not None and sys.stdin.isatty()
    if terminal:
        note = "" if repository else " (may be empty)"
        citation, terms = (card.citation or _answer(f"{CITE}{note}"), card.terms or _answer(f"{USE}{note}"))
        card = replace(card, citation=citation, terms=terms)
    empty = [name for name in ("citation", "terms") if not getattr(card, name).strip()]
    options = " and ".join(f"--{name}" for name in empty)
    if empty and repository:
        where = f"{repository}: no folder here, but a repository of the hub, which needs {options}"
        raise UserError(f"{where}; give the {' and '.join(empty)} that its page has")
    if empty and not terminal:
        print(f"dataset.yaml: without {' and '.join(empty)}; give {options}, or complete the file", file=sys.stderr)
    return card


def _answer(question: str) -> str:
    # On stderr, also the space before the answer, which the prompt of Typer writes to stdout.
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    return input().strip()


DATA_SETS = (hub, coco, flickr, jsonl)
