"""`artemis publish`: put a model, or the tables of a study, into a repository of the Hugging Face hub."""

from pathlib import Path
from typing import Annotated

import typer

Repository = Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The repository, an existing or a new one.")]
Folder = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="The folder of the model. Default: that of this study.")
]
Private = Annotated[
    bool, typer.Option("--private", help="Only into a private repository; needed without `redistribute: true`.")
]


def speaker(repository: Repository, folder: Folder = None, private: Private = False) -> None:
    """Publish a speaker with its card.

    Uploads config.json, model.safetensors, vocabulary.json and README.md in one commit, and
    prints the name under which `artemis caption --speaker` fetches it. dataset.yaml decides
    whether it may be public (docs/sharing.md); no utterance and no picture is uploaded.

    \b
    Example:
      artemis publish speaker ann/museum-speaker --private
    """
    _publish("speaker", repository, folder, private)


def text_classifier(repository: Repository, folder: Folder = None, private: Private = False) -> None:
    """Publish a text classifier with its card.

    As `artemis publish speaker`; `artemis predict --classifier` fetches it.

    \b
    Example:
      artemis publish text-classifier ann/museum-text
    """
    _publish("text_classifier", repository, folder, private)


def image_classifier(repository: Repository, folder: Folder = None, private: Private = False) -> None:
    """Publish an image classifier with its card.

    As `artemis publish speaker`; `artemis predict --classifier` fetches it.

    \b
    Example:
      artemis publish image-classifier ann/museum-pictures
    """
    _publish("image_classifier", repository, folder, private)


def tables(repository: Repository, private: Private = False) -> None:
    """Publish tables that were derived from the data set.

    The emotion histogram, the split and the genre of each artwork, with the terms and the
    citation of dataset.yaml. They hold no utterance and no picture.

    \b
    Example:
      artemis publish tables ann/museum-emotions
    """
    from formats.hub.publish import publish_tables

    print(publish_tables(repository, private=private))


def _publish(stage: str, repository: str, folder: Path | None, private: bool) -> None:
    from formats.hub.kinds import KINDS
    from formats.hub.publish import publish_model

    kind = KINDS[stage]
    print(publish_model(kind, folder or kind.folder, repository, private=private))


PUBLISHED = (speaker, text_classifier, image_classifier, tables)
