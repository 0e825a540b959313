"""Target of the fuzzer: captions of another system, from the file to the pictures that they are of."""

import io
import json
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pandas as pd

from commands.scoring import check_split, under_known_names
from formats.captions_file import read
from stages.common.emotions import ARTEMIS
from stages.common.text_files import is_utf8

PAINTINGS = ("a", "b/c", "d", "\u00e9")
UTTERANCES = pd.DataFrame({"art_style": "R", "painting": [*PAINTINGS, "e"], "split": ["test"] * 4 + ["train"]})
TEXTS = ["a sea", 'a "dark" sky, it\'s cold', "two\nlines", "caf\u00e9\u2028"]


def captions(content: bytes, path: Path) -> None:
    """Text for each picture, and all pictures of the split."""
    path = path.with_suffix(_suffix(content))
    path.write_bytes(content)
    with redirect_stderr(io.StringIO()):
        table = under_known_names(read(path, ARTEMIS), UTTERANCES, path)
    assert len(table)
    for name in ("art_style", "painting", "caption"):
        assert all(isinstance(text, str) and text.strip() and is_utf8(text) for text in table[name])
    assert set(table["grounding_emotion"].dropna()) <= set(ARTEMIS.names)
    missing = check_split(table, UTTERANCES, "test", path)
    assert missing == len(PAINTINGS) - len(table) >= 0


def _suffix(content: bytes) -> str:
    """The suffix of the format that the content began as."""
    if content.startswith(b"PAR1"):
        return ".parquet"
    if content.startswith((b"[", b"{")):
        return ".jsonl" if content.startswith(b"{") and b"}\n{" in content else ".json"
    return ".tsv" if b"\t" in content.partition(b"\n")[0] else ".csv"


def caption_seeds() -> list[bytes]:
    """The same captions in every format and form, and with a number in place of one."""
    forms: list[list[Any]] = [TEXTS, [text.split() for text in TEXTS], [*TEXTS[:3], 17]]
    forms.append([[{"generated_text": text}] for text in TEXTS])
    return [seed for form in forms for seed in _written(form)]


def _written(form: list[Any]) -> list[bytes]:
    names = [f"R/{painting}" for painting in PAINTINGS]
    seeds = [json.dumps(dict(zip(names, form, strict=True)), ensure_ascii=False).encode()]
    emotions = ["awe", None, "something else", ""]
    columns = {"art_style": "R", "painting": PAINTINGS, "caption": form, "grounding_emotion": emotions}
    for frame in (pd.DataFrame({"image_id": names, "caption": form}), pd.DataFrame(columns)):
        records = frame.to_dict("records")
        seeds += [frame.to_csv(index=False, sep=separator).encode() for separator in (",", "\t")]
        seeds += [json.dumps(records).encode(), "\n".join(map(json.dumps, records)).encode()]
        if not any(isinstance(caption, int) for caption in form):
            seeds.append(frame.to_parquet())
    return seeds
