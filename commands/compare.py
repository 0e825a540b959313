"""`artemis compare`: a paired comparison of two systems."""

from typing import Annotated

import typer


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="System, revision:system, or several separated by commas.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same, for the other side.")],
) -> None:
    """Compare the scores of two systems, picture by picture.

    Prints the differences with their 95 % intervals.

    A and B are systems of this study (captions, neighbor_captions, anp_captions,
    external_captions, human), or <revision or experiment>:<system> for the captions of another
    commit, branch or DVC experiment; or several of these, separated by commas, for runs that
    differ by their seed.

    The comparison is paired: both sides are scored on the pictures that both have, and each
    bootstrap resample draws the same pictures for both (and, of several runs, some of them).
    A side is called better only when the interval of the difference excludes zero.

    \b
    Examples:
      artemis compare captions neighbor_captions
      artemis compare my-exp:captions,another-exp:captions HEAD:captions
    """
    from commands import comparison

    comparison.run(a, b)
