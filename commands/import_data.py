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
Citation = Annotated[str, typer.Option(metavar="TEXT", help="The publication to cite, for dataset.yaml.")]
Terms = Annotated[str, typer.Option(metavar="TEXT", help="The terms under which you have the data, for dataset.yaml.")]
QUESTIONS = {"citation": "Publication to cite", "terms": "Terms under which you have the data"}


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


def asked(card: "Card") -> "Card":
    """The card with the person's answers for an empty citation and empty terms; without a terminal they stay empty."""
    empty = [name for name in QUESTIONS if not getattr(card, name)]
    if empty and not (sys.stdin and sys.stdin.isatty()):
        options = " and ".join(f"--{name}" for name in empty)
        print(f"dataset.yaml: {' and '.join(empty)} stay empty; {options} would fill them in", file=sys.stderr)
        return card
    answers = {name: typer.prompt(QUESTIONS[name], default="", show_default=False, err=True) for name in empty}
    return replace(card, **answers)


DATA_SETS = (coco, flickr, jsonl)
