"""`artemis preset`: start from a preset."""

from typing import Annotated

import typer


def preset(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The preset to write; without it, the presets are listed.")
    ] = "",
    list_: Annotated[bool, typer.Option("--list", help="List the presets and what each needs.")] = False,
) -> None:
    """Write a preset into params.yaml, or list the presets.

    The result is presets/demo.yaml, the defaults, with the values of presets/NAME.yaml. Values of the previous
    params.yaml that are lost are printed; the file is kept as params.yaml.bak, unless it was a preset without changes.

    \b
    Examples:
      artemis preset --list
      artemis preset artemis
    """
    from commands import presets

    if name and not list_:
        presets.write(name)
        return
    for known in presets.names():
        print(f"{known}: {presets.needs(known)}")
