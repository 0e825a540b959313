"""`artemis export`: this study's data as ArtEmis' own files, or as a data set of the Hugging Face hub."""

from typing import Annotated

import typer


def utterances(
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="analysis or deep_nets.")],
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="The folder to write.")],
) -> None:
    """Export the utterances of a profile.

    Writes artemis_preprocessed.csv, vocabulary.json and the references by artwork, one
    file a split, as Parquet and as JSON.

    \b
    Example:
      artemis export utterances deep_nets ~/for_artemis
    """
    from formats.artemis.export import export_utterances
    from stages.common.files import out_folder

    print(export_utterances(profile, out_folder(folder)))


def histograms(file: Annotated[str, typer.Argument(metavar="FILE", help="The CSV file to write.")]) -> None:
    """Export the emotion histograms of artworks.

    A row for each artwork: art_style, painting, and emotion_histogram, a list of
    counts such as [1.0, 0.0, 2.0, ...].

    \b
    Example:
      artemis export histograms histograms.csv
    """
    from formats.artemis.export import export_histograms
    from stages.common.files import out_file

    print(export_histograms(out_file(file)))


def hub(folder: Annotated[str, typer.Argument(metavar="FOLDER", help="The folder to write, new or empty.")]) -> None:
    """Export the annotations as a data set of the Hugging Face hub.

    Writes data/train-*.parquet with the columns image, art_style, painting, emotion,
    language, text and split, and README.md, the data card with the terms and the citation
    of dataset.yaml. `datasets.load_dataset(FOLDER)` reads it. Pictures are there only if
    dataset.yaml says `redistribute: true`.

    \b
    Example:
      artemis export hub ~/museum_on_the_hub
    """
    from formats.hub.export import export
    from stages.common.files import out_folder

    print(export(out_folder(folder)))


EXPORTS = (hub, utterances, histograms)
