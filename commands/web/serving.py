"""A captioner and the study as a running server."""

import socket
import sys
from collections.abc import Collection

from commands.speaker_captioner import load as load_speaker
from commands.web.app import Pages, application
from commands.web.limits import Limits
from commands.web.search import Search
from commands.web.server import is_loopback, run, url
from commands.web.work import Work
from formats.hub.models import pinned
from stages.annotations.params import Params
from stages.annotations.tables import may_be_shown
from stages.common.errors import UserError
from stages.common.params import load

EXPOSED = (
    "--host: everyone who reaches this address can use the page: the connection is not encrypted, there is no "
    "password, and each picture costs this machine computing time; 127.0.0.1 keeps it to this machine"
)
PRIVATE = (
    "the data set's dataset.yaml does not say redistribute: true, so its pictures and utterances are shown on this "
    "machine only, with --host 127.0.0.1"
)


def serve(speaker: str, listening: socket.socket, names: Collection[str]) -> None:
    """Serve a speaker until Ctrl-C.

    Args:
        speaker: its folder, or the name of a repository.
        names: host names of the server besides localhost.

    Raises:
        UserError: there is no such speaker.
    """
    limits = Limits()
    captioner = load_speaker(pinned(speaker), [], emotion=None, candidates=1)
    local = is_loopback(listening)
    work = Work(captioner, limits)
    app = application(Pages(work, search(local=local), limits), names)
    if not local:
        print(EXPOSED, file=sys.stderr)
    print(f"{url(listening)} (Ctrl-C ends it)", flush=True)
    try:
        run(app, listening, limits)
    finally:
        work.close()


def search(*, local: bool) -> Search | str:
    """The search of the study, or the reason why there is none."""
    try:
        if not may_be_shown(sharing=not local):
            return PRIVATE
        return Search.load(load(Params).dataset)
    except UserError as missing:
        return str(missing)
    except OSError as missing:
        return f"{missing.filename} is missing; run `dvc repro annotations`"
