"""The PTB tokenizer on the stored examples of pycocoevalcap, and without Java."""

import json
import shutil
from pathlib import Path

import pytest

from stages.common.errors import UserError
from stages.metrics.java import tokenized

PARITY = Path(__file__).parents[3] / "shared/parity/metrics"


@pytest.mark.skipif(not PARITY.is_dir(), reason="the stored tokens are not at hand")
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java here")
def test_stored_tokens() -> None:
    golden = json.loads((PARITY / "golden.json").read_text())["coco_debug10"]
    said = json.loads((PARITY / "coco_debug10/debug.hypo.json").read_text())
    references = json.loads((PARITY / "coco_debug10/debug.ref.json").read_text())
    texts = [said[key][0] for key in golden["keys"]] + [text for key in golden["keys"] for text in references[key]]
    expected = golden["tokenized_hyp"] + [text for own in golden["tokenized_refs"] for text in own]
    assert tokenized([*texts, "", "two\nlines, here!"]) == [*expected, "", "two lines here"]


def test_without_java_there_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match=r"metrics.tokenizer is 'ptb', but the PTB tokenizer runs on Java"):
        tokenized(["a sea"])
