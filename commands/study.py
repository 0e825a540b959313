"""`artemis study`: people judge captions."""

from pathlib import Path
from typing import Annotated

import typer

FOLDER = Path("study")

Raters = Annotated[int, typer.Option(metavar="N", min=1, help="Number of raters.")]
Pairs = Annotated[
    int,
    typer.Option(metavar="N", min=1, help="Number of pairs of captions, each of another picture if there are enough."),
]
Each = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Pairs that each rater judges. Default: all of them.")
]


def make(
    systems: Annotated[
        list[str],
        typer.Argument(
            metavar="SYSTEM...",
            help="Two or more: captions, neighbor_captions, anp_captions, external_captions, human; "
            "<revision or experiment>:<system>; or files of captions, as for `artemis score`.",
        ),
    ],
    pairs: Pairs = 200,
    raters: Raters = 10,
    each: Each = None,
    consent: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Your own text that raters agree to: plain text, empty lines between paragraphs."
        ),
    ] = None,
    out: Annotated[str, typer.Option(metavar="FOLDER", help="The folder to write.")] = str(FOLDER),
) -> None:
    """Write the page on which people compare the captions of systems.

    study.html is for the raters: one file that needs no network and names no system. It
    shows pictures with two captions each, asks which one is better and if one could
    reasonably feel so, and saves a file of answers. Every rater has a number, by which the
    page chooses an order. key.json says which system wrote which caption; keep it to
    yourself, `artemis study read` needs it.

    Needs the scores of the systems (`dvc repro metrics`) and the pictures of the data set.

    \b
    Examples:
      artemis study make captions human --pairs 60 --raters 10
      artemis study make captions my-exp:captions other.csv --each 40
    """
    from commands.human_study import making
    from stages.common.files import out_folder

    print(making.make(systems, pairs=pairs, raters=raters, each=each, consent=consent, folder=out_folder(out)))


def read(
    answers: Annotated[list[Path], typer.Argument(metavar="ANSWERS...", help="Files that raters have saved.")],
    study: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The folder that `artemis study make` wrote, with key.json.")
    ] = FOLDER,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Also write a .html page or a .json file.")] = None,
) -> None:
    """Print what raters prefer, with 95 % intervals.

    Preferences are those of the model of Bradley and Terry with Davidson's ties; a tie
    counts half for each side. The intervals are for other raters and other pictures, too:
    those of the study count as drawn from many. Agreement is Krippendorff's alpha.

    Raters who failed more than a quarter of the checks of attention that they reached are
    left out; the result with them is printed beside.

    \b
    Example:
      artemis study read answers/*.json --out results.html
    """
    from commands.human_study import reading

    reading.run(answers, study, out)


def plan(
    preference: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=1, help="The share of judgements for the better system.")
    ] = 0.6,
    pairs: Pairs = 200,
    raters: Raters = 10,
    each: Each = None,
    ties: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=1, help="The share of judgements that prefer neither.")
    ] = 0.2,
    rater_spread: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            min=0,
            max=0.5,
            help="Standard deviation of the preference between raters, as `artemis study read` prints it of a pilot "
            "study. Default: 0.08, an assumption.",
        ),
    ] = None,
    picture_spread: Annotated[
        float | None,
        typer.Option(metavar="SHARE", min=0, max=0.5, help="The same between pictures. Default: 0.15, an assumption."),
    ] = None,
) -> None:
    """Print how likely a study of two systems shows a preference.

    \b
    Examples:
      artemis study plan --preference 0.55
      artemis study plan --raters 20 --pairs 100 --rater-spread 0.12
    """
    from commands.human_study import planning

    planning.run(
        preference,
        pairs=pairs,
        raters=raters,
        each=each,
        ties=ties,
        rater_spread=rater_spread,
        picture_spread=picture_spread,
    )


STUDIES = (make, read, plan)
