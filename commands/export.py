"""`artemis export`: this study's data as ArtEmis' own files."""

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

    A row for each artwork: art_style, painting, and emotion_histogram, a list of nine
    counts such as [1.0, 0.0, 2.0, ...].

    \b
    Example:
      artemis export histograms histograms.csv
    """
    from formats.artemis.export import export_histograms
    from stages.common.files import out_file

    print(export_histograms(out_file(file)))


EXPORTS = (utterances, histograms)
