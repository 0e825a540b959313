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
from stages.common.processes import end_with_parent
from stages.common.text_files import is_utf8
from stages.metrics.interface import Unavailable

# Decimal points and UTF-8, whatever the locale of the machine.
LOCALE = ("-Duser.language=en", "-Duser.country=US", "-Dfile.encoding=UTF-8")
# Lines sent to a `LineServer` at a time.
BLOCK = 1000

TOKENIZER_JAR = "stanford-corenlp-3.4.1.jar"
# Timeout of the tokenizer.
SECONDS = 600.0
# Tokens that pycocoevalcap drops.
PUNCTUATION = {
    *("''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-"),
    *(".", "?", "!", ",", ":", "-", "--", "...", ";"),
}


def find_java(user: str) -> str:
    """The path of the program `java`.

    Args:
        user: the name of the metric or tool that needs it, for the error.

    Raises:
        Unavailable: there is no Java.
    """
    path = shutil.which("java")
    if path is None:
        raise Unavailable(f"{user} runs on Java, and there is no `java` on the PATH; install a JRE, version 8 or later")
    return path


def package_folder(name: str) -> Path:
    """The folder of a subpackage of pycocoevalcap, which holds a Java program."""
    spec = find_spec(f"pycocoevalcap.{name}")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations)))


def tokenizer_java() -> str:
    """The path of Java for the PTB tokenizer.

    Raises:
        UserError: there is no Java.
    """
    try:
        return find_java("the PTB tokenizer")
    except Unavailable as reason:
        raise UserError(f"params.yaml: metrics.tokenizer is 'ptb', but {reason}; 'whitespace' needs no Java") from None


def ptb_tokenize(texts: Sequence[str]) -> list[str]:
    """The tokens of each text, separated by single spaces, without punctuation.

    Raises:
        UserError: there is no Java, or the program failed.
    """
    program = tokenizer_java()
    lines = [one_line(text) for text in texts]
    if bad := _not_utf8(lines):
        raise UserError(f"the PTB tokenizer reads UTF-8, which cannot hold the text {bad!a}; correct the text")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.txt"
        file.write_text("\n".join(lines), encoding="utf-8")
        options = ("edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase", str(file))
        command = [program, *LOCALE, "-cp", str(package_folder("tokenizer") / TOKENIZER_JAR), *options]
        try:
            result = subprocess.run(
                command, capture_output=True, timeout=SECONDS, check=True, preexec_fn=end_with_parent()
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise UserError(
                f"the PTB tokenizer failed: {error}; `metrics.tokenizer: whitespace` in params.yaml needs no Java"
            ) from None
    tokenized = result.stdout.decode().split("\n")[: len(lines)]
    return [" ".join(token for token in line.split() if token not in PUNCTUATION) for line in tokenized]


def one_line(text: str) -> str:
    """`text` with a space for each end of a line, those of `str.splitlines`.

    All of them, U+2028 and U+0085 too: the PTB tokenizer ends a line there, and other metrics a token.
    """
    return " ".join(text.splitlines())


def _not_utf8(lines: Sequence[str]) -> str | None:
    """The first text with half a character, and a little of what is around it."""
    line = next((line for line in lines if not is_utf8(line)), None)
    if line is None:
        return None
    place = next(place for place, char in enumerate(line) if not is_utf8(char))
    return line[max(place - 20, 0) : place + 20]


class _Failed(Exception):
    """The child process ended or timed out; the message is the last line of its standard error."""


class LineServer:
    """A child process that answers each line with one line.

    It is started at the first request and ends with this process, or with this object.

    Args:
        command: the program and its arguments.
        folder: its working directory.
        seconds: timeout of one block of lines.
    """

    def __init__(self, command: Sequence[str], folder: Path, seconds: float) -> None:
        self._command, self._folder, self._seconds = list(command), folder, seconds
        self._end: weakref.finalize | None = None  # type: ignore[type-arg]

    def ask(self, lines: Sequence[str]) -> list[str]:
        """The answer to each line.

        If the child ends or times out, it is started again and gets the same block once more.

        Raises:
            Unavailable: it cannot be started, it failed twice on the same block, or a line cannot be UTF-8.
        """
        # The child would wait for a line that is never sent.
        if bad := _not_utf8(lines):
            raise Unavailable(f"`{self._command[0]}` reads UTF-8, which cannot hold the text {bad!a}")
        answers: list[str] = []
        for start in range(0, len(lines), BLOCK):
            block = lines[start : start + BLOCK]
            try:
                answers += self._answers(block)
            except _Failed:
                try:
                    answers += self._answers(block)
                except _Failed as reason:
                    raise Unavailable(f"`{' '.join(self._command)}` failed twice: {reason}") from None
        return answers

    def _answers(self, lines: Sequence[str]) -> list[str]:
        if self._end is None:
            self._start()
        timer = Timer(self._seconds, self._child.kill)
        # Written by a thread: a process that writes everything before it reads can block forever, when
        # the child blocks on its full output pipe.
        writer = Thread(target=_write, args=(self._child.stdin, lines), daemon=True)
        timer.start()
        writer.start()
        answers = [self._child.stdout.readline() for _ in lines]  # type: ignore[union-attr]
        in_time = timer.is_alive()
        timer.cancel()
        if not all(line.endswith(b"\n") for line in answers):
            raise _Failed(self._stop(writer, in_time))
        writer.join()
        return [line.decode().strip() for line in answers]

    def _start(self) -> None:
        errors = tempfile.TemporaryFile()  # noqa: SIM115  (it is kept as long as the child)
        pipe = subprocess.PIPE
        try:
            child = subprocess.Popen(
                self._command, cwd=self._folder, stdin=pipe, stdout=pipe, stderr=errors, preexec_fn=end_with_parent()
            )
        except OSError as error:
            errors.close()
            raise Unavailable(f"`{self._command[0]}` cannot be started: {error.strerror}") from None
        self._child, self._errors = child, errors
        self._end = weakref.finalize(self, _end, child, errors)

    def _stop(self, writer: Thread, in_time: bool) -> str:
        """End the child; returns the reason, by default the last line of its standard error."""
        self._child.kill()
        writer.join()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        if self._end:
            self._end()
        self._end = None
        if not in_time:
            return f"no answer within {self._seconds:g} s"
        return lines[-1] if lines else "it ended without an error message"


def _write(pipe: IO[bytes], lines: Sequence[str]) -> None:
    # The reader notices when the child has ended.
    with contextlib.suppress(OSError):
        pipe.write("".join(f"{line}\n" for line in lines).encode())
        pipe.flush()


def _end(child: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout, errors):
        # Closing flushes data that an ended child no longer reads.
        with contextlib.suppress(OSError):
            pipe.close()  # type: ignore[union-attr]
