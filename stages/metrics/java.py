"""Java programs of pycocoevalcap: the Penn Treebank tokenizer, and a child process that answers line by line."""

import contextlib
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Thread, Timer
from typing import IO

from stages.common.errors import UserError
from stages.common.processes import with_me
from stages.metrics.interface import Unavailable

# Numbers with a point, and text in UTF-8, whatever the machine speaks.
ENGLISH = ("-Duser.language=en", "-Duser.country=US", "-Dfile.encoding=UTF-8")


def java(what: str) -> str:
    """The program `java`.

    Raises:
        Unavailable: there is none.
    """
    found = shutil.which("java")
    if found is None:
        raise Unavailable(
            f"{what} runs on Java, and there is no `java` on the PATH; a JRE of version 8 or later will do"
        )
    return found


def pycocoevalcap(folder: str) -> Path:
    """The folder of pycocoevalcap's package in which one of its programs lies."""
    spec = find_spec(f"pycocoevalcap.{folder}")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


# Lines that are asked at a time.
BLOCK = 1000


class _Failed(Exception):
    """The child died or was too slow; its last words."""


class LineServer:
    """Starts `command` in `folder` when first asked; the child ends with this process, or with this object."""

    def __init__(self, command: Sequence[str], folder: Path, seconds: float) -> None:
        self._command, self._folder, self._seconds = list(command), folder, seconds
        self._end: weakref.finalize | None = None  # type: ignore[type-arg]

    def ask(self, lines: Sequence[str]) -> list[str]:
        """The answer to each line.

        A child that dies, or takes longer than `seconds` over a block of lines, is started
        again, once, and asked that block again.

        Raises:
            Unavailable: it failed twice over the same lines, or cannot be started.
        """
        answers: list[str] = []
        for start in range(0, len(lines), BLOCK):
            block = lines[start : start + BLOCK]
            try:
                answers += self._answers(block)
            except _Failed:
                try:
                    answers += self._answers(block)
                except _Failed as again:
                    raise Unavailable(f"`{' '.join(self._command)}` failed twice: {again}") from None
        return answers

    def _answers(self, lines: Sequence[str]) -> list[str]:
        if self._end is None:
            self._start()
        timer = Timer(self._seconds, self._child.kill)
        # From a thread: who writes all before reading can wait for a child that waits for its reader.
        writer = Thread(target=_write, args=(self._child.stdin, lines), daemon=True)
        timer.start()
        writer.start()
        found = [self._child.stdout.readline() for _ in lines]  # type: ignore[union-attr]
        in_time = timer.is_alive()
        timer.cancel()
        if not all(line.endswith(b"\n") for line in found):
            raise _Failed(self._stop(writer, in_time))
        writer.join()
        return [line.decode().strip() for line in found]

    def _start(self) -> None:
        errors = tempfile.TemporaryFile()  # noqa: SIM115  (it lives as long as the child)
        pipe = subprocess.PIPE
        try:
            child = subprocess.Popen(
                self._command, cwd=self._folder, stdin=pipe, stdout=pipe, stderr=errors, preexec_fn=with_me()
            )
        except OSError as error:
            errors.close()
            raise Unavailable(f"`{self._command[0]}` cannot be started: {error.strerror}") from None
        self._child, self._errors = child, errors
        self._end = weakref.finalize(self, _end, child, errors)

    def _stop(self, writer: Thread, in_time: bool) -> str:
        """End the child; returns the last line of its standard error."""
        self._child.kill()
        writer.join()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        if self._end:
            self._end()
        self._end = None
        if not in_time:
            return f"no answer within {self._seconds:g} s"
        return said[-1] if said else "it ended without a word"


def _write(pipe: IO[bytes], lines: Sequence[str]) -> None:
    # That the child is gone is noticed by the reader.
    with contextlib.suppress(OSError):
        pipe.write("".join(f"{line}\n" for line in lines).encode())
        pipe.flush()


def _end(child: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout, errors):
        # Closing writes what the child no longer takes.
        with contextlib.suppress(OSError):
            pipe.close()  # type: ignore[union-attr]


JAR = "stanford-corenlp-3.4.1.jar"
# Tokens that pycocoevalcap drops.
PUNCTUATION = {
    *("''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-"),
    *(".", "?", "!", ",", ":", "-", "--", "...", ";"),
}
SECONDS = 600.0


def java_for_tokens() -> str:
    """The program that runs the tokenizer.

    Raises:
        UserError: there is no Java.
    """
    try:
        return java("the PTB tokenizer")
    except Unavailable as reason:
        raise UserError(f"params.yaml: metrics.tokenizer is 'ptb', but {reason}; 'whitespace' needs none") from None


def tokenized(texts: Sequence[str]) -> list[str]:
    """Each text's tokens between single spaces.

    Raises:
        UserError: there is no Java, or the program failed.
    """
    program = java_for_tokens()
    lines = [" ".join(text.splitlines()) for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.txt"
        file.write_text("\n".join(lines), encoding="utf-8")
        options = ("edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase", str(file))
        command = [program, *ENGLISH, "-cp", str(pycocoevalcap("tokenizer") / JAR), *options]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=True, preexec_fn=with_me())
        except (subprocess.SubprocessError, OSError) as error:
            raise UserError(f"the PTB tokenizer failed: {error}; metrics.tokenizer: whitespace needs none") from None
    found = done.stdout.decode().split("\n")[: len(lines)]
    return [" ".join(word for word in line.split() if word not in PUNCTUATION) for line in found]
