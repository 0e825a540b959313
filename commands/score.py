"""`artemis score`: the metrics of anybody's captions of this data set."""

from pathlib import Path
from typing import Annotated

import typer


def score(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Captions: a .csv, .tsv, .parquet, .json or .jsonl file.")
    ],
    split: Annotated[
        str | None, typer.Option(help="train, val, test or rest. Default: captions.split of params.yaml.")
    ] = None,
    only: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="Score the artworks of this table alone: art_style, painting."),
    ] = None,
    tokenize: Annotated[
        bool, typer.Option("--tokenize", help="Tokenize the captions first, as the utterances were.")
    ] = False,
    json: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write all numbers to a JSON file, intervals and slices too."),
    ] = None,
) -> None:
    """Score captions of another system, from a file.

    FILE has the columns art_style, painting, caption and, if the captions are grounded,
    grounding_emotion. In place of art_style and painting it may have image_id, with
    <art_style>/<painting>, as COCO's results have, or be one JSON object of that id and
    caption. A caption is text, or the list of its tokens. The column may be generated_text,
    as the pipelines of Hugging Face call it.

    Captions should be lower-case tokens between spaces, as in data/utterances; where they
    are not, a line on stderr says so. --tokenize makes them so, by the rules and the
    spelling corrections of data/utterances/deep_nets/tokenizer.json.

    Prints the joint table with the scored systems of this study; metrics that cannot be
    computed are named on stderr. Needs data/utterances/deep_nets and data/histograms
    (`dvc repro utterances@deep_nets histograms`), but no speaker. Emotions are scored where
    there is a text classifier (`dvc repro text_classifier`).

    \b
    Examples:
      artemis score mine.csv
      artemis score results.json --tokenize --json scores.json
      artemis score mine.csv --only data/raw/v2/test_sets/test_new.csv
    """
    from commands import scoring

    scoring.run(file, split=split, only=only, tokenize=tokenize, json_file=json)
