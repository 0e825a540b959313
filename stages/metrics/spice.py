"""SPICE by the Java program of pycocoevalcap, with language models that the user provides.

The two files stanford-corenlp-3.6.0.jar and stanford-corenlp-3.6.0-models.jar (from
http://nlp.stanford.edu/software/stanford-corenlp-full-2015-12-09.zip) belong into the
folder `metrics.spice`. pycocoevalcap would download them into its own package.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.processes import end_with_parent
from stages.metrics.interface import Columns, Context, Metric, Pairings, Score, Unavailable, ratio
from stages.metrics.java import LOCALE, find_java, package_folder
from stages.metrics.ngrams import Array

MODELS = ("stanford-corenlp-3.6.0.jar", "stanford-corenlp-3.6.0-models.jar")
MAIN = "edu.anu.spice.SpiceScorer"
# Parsing takes a tenth of a second per sentence; the parser keeps its models in memory.
SECONDS = 24 * 3600.0
MEMORY = "-Xmx8G"


def spice(models: Path) -> Metric:
    """SPICE with the models in a folder: the mean over the captions that have a score."""

    def prepare(context: Context) -> Score:
        def score(pairings: Pairings) -> Columns:
            captions = [pairings.texts[text] for text in pairings.text.tolist()]
            references = [
                [reference for number, reference in enumerate(context.references[picture]) if number != dropped]
                for picture, dropped in zip(pairings.picture.tolist(), pairings.dropped.tolist(), strict=True)
            ]
            scores = f_scores(captions, references, models)
            return {"spice": np.nan_to_num(scores), "spice.scored": np.isfinite(scores).astype(float)}

        return score

    return Metric((ratio("spice", "spice", "spice.scored"),), prepare, against="references", shuffles="none")


def f_scores(captions: Sequence[str], references: Sequence[Sequence[str]], models: Path) -> Array:
    """SPICE of each caption against all of its references, (N,); NaN where the program gives no score.

    Raises:
        Unavailable: there is no Java or no model, or the program failed.
    """
    program = spice_java(models)
    items = [
        {"image_id": number, "test": caption, "refs": list(texts)}
        for number, (caption, texts) in enumerate(zip(captions, references, strict=True))
    ]
    scores = np.full(len(items), np.nan)
    for item in _run(program, items, models):
        value = item["scores"]["All"]["f"]
        scores[int(item["image_id"])] = np.nan if value is None else float(value)
    return scores


def spice_java(models: Path) -> str:
    """The path of Java, after a check that the models are there.

    Raises:
        Unavailable: there is no Java or no model.
    """
    program = find_java("SPICE")
    absent = [name for name in MODELS if not (models / name).is_file()]
    if absent:
        raise Unavailable(f"SPICE needs {' and '.join(absent)} in {models}/ (metrics.spice in params.yaml)")
    return program


def _run(program: str, items: Sequence[dict[str, Any]], models: Path) -> list[dict[str, Any]]:
    package = package_folder("spice")
    path = os.pathsep.join([str(package / "spice-1.0.jar"), str(package / "lib" / "*"), str(models.resolve() / "*")])
    with tempfile.TemporaryDirectory() as folder:
        captions, scores = Path(folder) / "captions.json", Path(folder) / "scores.json"
        captions.write_text(json.dumps(items), encoding="utf-8")
        command = [program, *LOCALE, MEMORY, "-cp", path, MAIN, str(captions), "-out", str(scores), "-silent"]
        try:
            subprocess.run(
                command, cwd=folder, capture_output=True, timeout=SECONDS, check=True, preexec_fn=end_with_parent()
            )
            results: list[dict[str, Any]] = json.loads(scores.read_text(encoding="utf-8"))
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise Unavailable(f"SPICE failed: {' '.join(last) or error}") from None
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            raise Unavailable(f"SPICE failed: {error}") from None
    return results
