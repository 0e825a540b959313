"""The Penn Treebank tokenizer, as pycocoevalcap uses it: what most captioning papers score their captions through.

Lower-case tokens without punctuation, by the Java program of Stanford CoreNLP 3.4.1 that
comes with pycocoevalcap.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stages.common.errors import UserError
from stages.common.processes import with_me
from stages.metrics.interface import Unavailable
from stages.metrics.java import ENGLISH, java, pycocoevalcap

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
