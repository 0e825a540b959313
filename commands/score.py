"""`artemis score`: the metrics of anybody's captions of this data set."""

from pathlib import Path
from typing import Annotated

import typer


def score(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Captions: a .csv, .parquet or .json file.")],
    split: Annotated[
        str | None, typer.Option(help="train, val, test or rest. Default: captions.split of params.yaml.")
    ] = None,
    tokenize: Annotated[bool, typer.Option("--tokenize", help="Clean and tokenize the captions first.")] = False,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write all numbers to a JSON file, intervals and slices too."),
    ] = None,
) -> None:
    """Score captions of another system, from a file.

    FILE has the columns art_style, painting, caption and, if the captions are grounded,
    grounding_emotion; or it is in COCO's format for results, a JSON list of
    {"image_id": "<art_style>/<painting>", "caption": "..."}. Captions should be lower-case
    tokens between spaces, as in data/utterances; --tokenize makes them so, by the rules of
    the stage utterances.

    Prints the joint table with the scored systems of this study. Needs
    data/utterances/deep_nets (`dvc repro utterances@deep_nets`), but no speaker. Emotions
    are scored where there is a text classifier (`dvc repro text_classifier`).

    \b
    Examples:
      artemis score mine.csv
      artemis score results.json --tokenize --json scores.json
    """
    from commands import scoring

    scoring.run(file, split=split, tokenize=tokenize, json_file=json)
