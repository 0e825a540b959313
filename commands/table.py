"""`artemis table`: the joint table of all systems."""


def table() -> None:
    """Print the scores of all systems as a Markdown table.

    Intervals are of 95 %.
    Needs reports/metrics/, which `dvc repro metrics` makes; a system that has not been
    scored is left out.

    \b
    Example:
      artemis table
    """
    from commands.scoring import joint_table

    print(joint_table({}))
