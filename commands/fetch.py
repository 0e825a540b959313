"""`artemis fetch`: a model from a repository of the Hugging Face hub into a folder, such as `speaker.init` needs."""

from typing import Annotated

import typer

Given = Annotated[
    str, typer.Argument(metavar="OWNER/NAME[@REVISION]", help="The repository, at a branch, a tag or a commit.")
]
Folder = Annotated[str, typer.Argument(metavar="FOLDER", help="The folder to write, new or empty.")]


def speaker(given: Given, folder: Folder) -> None:
    """Fetch a speaker that was published.

    For parameters that take a folder: set speaker.init to it, and the stage depends on these
    files. `artemis caption --speaker` takes the name itself.

    \b
    Example:
      artemis fetch speaker ann/museum-speaker@v1 data/raw/museum_speaker
    """
    _fetch("speaker", given, folder)


def text_classifier(given: Given, folder: Folder) -> None:
    """Fetch a text classifier that was published.

    \b
    Example:
      artemis fetch text-classifier ann/museum-text data/raw/museum_text
    """
    _fetch("text_classifier", given, folder)


def image_classifier(given: Given, folder: Folder) -> None:
    """Fetch an image classifier that was published.

    In data/image_classifier it predicts the emotions that `artemis caption` expresses;
    `dvc freeze image_classifier` keeps `dvc repro` from training another over it.

    \b
    Example:
      artemis fetch image-classifier ann/museum-pictures data/image_classifier
    """
    _fetch("image_classifier", given, folder)


def _fetch(stage: str, given: str, folder: str) -> None:
    from formats.hub.fetch import fetch
    from formats.hub.kinds import KINDS
    from stages.common.files import out_folder

    print(fetch(KINDS[stage], given, out_folder(folder)))


FETCHED = (speaker, text_classifier, image_classifier)
