"""`artemis flip`: the emotions of captions of contrasting pictures."""

from pathlib import Path
from typing import Annotated

import typer


def flip(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS", help="Pairs of artworks: a table as `artemis import artemis-v2` writes it, pairs.csv."
        ),
    ],
    captions: Annotated[
        str,
        typer.Argument(
            metavar="CAPTIONS",
            help="A file of captions, as for `artemis score`, or captions, neighbor_captions, anp_captions or "
            "external_captions.",
        ),
    ],
    tokenize: Annotated[
        bool, typer.Option("--tokenize", help="Tokenize the captions first, as the utterances were.")
    ] = False,
    json: Annotated[
        str | None, typer.Option(metavar="FILE", help="Also write the numbers and the counts to a JSON file.")
    ] = None,
) -> None:
    """Compare the emotions of captions of contrasting artworks.

    PAIRS has the columns art_style, painting, anchor_art_style, anchor_painting. Of the pairs
    whose artworks people feel differently about, and which both have a caption, prints how
    often the emotion of the caption changes, as the text classifier judges it, beside the
    same captions shuffled and people's own utterances. Intervals are of 95 %.

    Needs data/utterances/deep_nets, data/histograms and data/text_classifier (`dvc repro
    utterances@deep_nets histograms text_classifier`).

    \b
    Examples:
      artemis flip data/raw/v2/pairs.csv mine.csv
      artemis flip data/raw/v2/pairs.csv captions --json flips.json
    """
    from commands import flipping

    flipping.run(pairs, captions, tokenize=tokenize, json_file=json)
