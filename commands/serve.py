"""`artemis serve`: a page to try a speaker."""

from typing import Annotated

import typer

SPEAKER = "data/speaker"
# What the extra brings.
LIBRARIES = ("python_multipart", "starlette", "uvicorn")


def serve(
    speaker: Annotated[
        str,
        typer.Option(
            metavar="NAME|FOLDER",
            help="A trained speaker: a folder, or a repository of the Hugging Face hub, OWNER/NAME or "
            "OWNER/NAME@REVISION.",
        ),
    ] = SPEAKER,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="The address to listen at. Any but 127.0.0.1 and ::1 lets others on the network use the page, "
            "unencrypted and without a password.",
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="The port; 0: any that is free.")] = 8000,
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A host name by which browsers reach the page, besides localhost and IP addresses; as often as there "
            "are names.",
        ),
    ] = None,
) -> None:
    """Serve a page to try a speaker in a browser, until Ctrl-C.

    Upload, paste or drop a picture, choose the emotion or shares of emotions, and see
    captions, attention and emotions; search the study's pictures by the words and emotions
    of their utterances. Nothing is stored, and nothing is requested from other servers.

    Needs the extra serve (make EXTRAS=serve check). Utterances and pictures of the data set
    are shown on this machine only, unless dataset.yaml says `redistribute: true`.

    \b
    Examples:
      artemis serve
      artemis serve --speaker speakers/mine --port 0
    """
    from stages.common.errors import UserError

    try:
        from commands.web import server
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise
        raise UserError(
            f"the served page needs {error.name}, which is not installed; install this project's extra serve "
            "(make EXTRAS=serve check)"
        ) from None
    with server.listen(host, port) as listening:
        # The import takes seconds.
        from commands.web import serving

        serving.serve(speaker, listening, [host, *(name or [])])
