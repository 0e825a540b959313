"""The PTB tokenizer on pycocoevalcap's stored examples, and a child process that answers, ends, hangs or fails."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from stages.common.errors import UserError
from stages.metrics.interface import Unavailable
from stages.metrics.java import LineServer, one_line, ptb_tokenize

PARITY = Path(__file__).parents[3] / "shared/parity/metrics"
ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"


@pytest.mark.skipif(not PARITY.is_dir(), reason="the stored tokens are not in shared/")
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
def test_tokens_equal_the_stored_ones() -> None:
    golden = json.loads((PARITY / "golden.json").read_text())["coco_debug10"]
    captions = json.loads((PARITY / "coco_debug10/debug.hypo.json").read_text())
    references = json.loads((PARITY / "coco_debug10/debug.ref.json").read_text())
    texts = [captions[key][0] for key in golden["keys"]] + [text for key in golden["keys"] for text in references[key]]
    expected = golden["tokenized_hyp"] + [text for texts in golden["tokenized_refs"] for text in texts]
    assert ptb_tokenize([*texts, "", "two\nlines, here!"]) == [*expected, "", "two lines here"]


def test_tokenizer_without_java_is_a_user_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match=r"metrics.tokenizer is 'ptb'.*Java.*'whitespace'"):
        ptb_tokenize(["a sea"])


# The characters at which `str.splitlines` ends a line.
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def test_a_text_of_several_lines_is_one_line() -> None:
    assert [one_line(f"a{end}calm sea") for end in (*LINE_ENDS, "\r\n")] == ["a calm sea"] * 11
    # Everything else stays as it is.
    text = " a  calm\tsea\u00a0\u3000, it's \u200bcold. "
    assert one_line(text) == text


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed")
def test_every_line_end_is_a_space_for_the_tokenizer() -> None:
    assert ptb_tokenize([*(f"a{end}calm Sea." for end in LINE_ENDS), "end"]) == [*["a calm sea"] * 10, "end"]


@pytest.mark.parametrize("bad", ["a \ud800 sea", "\udc80", "the sea is calm, and so is the sky \udfff"])
def test_half_a_character_is_refused_at_once(tmp_path: Path, bad: str) -> None:
    # Nobody would answer, and a timeout is not waited for.
    child = server(tmp_path, "import time\ntime.sleep(60)", seconds=60)
    escaped = ascii(next(char for char in bad if "\ud800" <= char <= "\udfff"))[1:-1]
    with pytest.raises(Unavailable, match="UTF-8") as error:
        child.ask(["a sea", bad])
    assert escaped in str(error.value)
    if shutil.which("java"):
        with pytest.raises(UserError, match="UTF-8") as refused:
            ptb_tokenize(["a sea", bad])
        assert escaped in str(refused.value)


def test_a_child_answers_after_a_refusal(tmp_path: Path) -> None:
    child = server(tmp_path, ECHO)
    assert child.ask(["a"]) == ["A"]
    with pytest.raises(Unavailable):
        child.ask(["\ud800"])
    assert child.ask(["b"]) == ["B"]


def server(folder: Path, code: str, seconds: float = 20) -> LineServer:
    # Isolated and without `site`: a Python that starts in a few milliseconds.
    return LineServer([sys.executable, "-I", "-S", "-c", code], folder, seconds)


def test_answers_are_in_the_order_of_the_lines(tmp_path: Path) -> None:
    child = server(tmp_path, ECHO)
    assert child.ask(["a", "b"]) == ["A", "B"]
    assert child.ask([]) == []
    assert child.ask(["c"]) == ["C"]


def test_block_larger_than_the_pipes_does_not_block(tmp_path: Path) -> None:
    # 500 lines of 1,000 characters each way: eight times the capacity of a pipe.
    lines = [f"{number} {'x' * 1000}" for number in range(500)]
    assert server(tmp_path, ECHO).ask(lines) == [line.upper() for line in lines]


def test_child_that_ends_is_started_again(tmp_path: Path) -> None:
    # The first process answers two lines and exits; the second one finds the file and goes on.
    code = (
        "import sys, os\nfirst = not os.path.exists('mark')\nopen('mark', 'w').close()\n"
        "for n, line in enumerate(sys.stdin):\n"
        "    if first and n == 2: sys.exit(1)\n"
        "    print(line.strip().upper(), flush=True)"
    )
    assert server(tmp_path, code).ask(["a", "b", "c", "d"]) == ["A", "B", "C", "D"]


def test_child_that_ends_twice_is_unavailable_with_its_error(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"failed twice: out of memory$"):
        server(tmp_path, "import sys\nsys.exit('started\\nout of memory')").ask(["a"])


def test_child_that_hangs_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"failed twice: no answer within 0\.1 s"):
        server(tmp_path, "import time\ntime.sleep(60)", seconds=0.1).ask(["a"])


def test_program_that_does_not_exist_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="`no-such-program` cannot be started: No such file"):
        LineServer(["no-such-program"], tmp_path, 1).ask(["a"])
