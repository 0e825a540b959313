"""SPICE by the Java program that comes with pycocoevalcap, where somebody has fetched its language models.

The two files stanford-corenlp-3.6.0.jar and stanford-corenlp-3.6.0-models.jar (from
http://nlp.stanford.edu/software/stanford-corenlp-full-2015-12-09.zip) lie in the folder
`metrics.spice`. pycocoevalcap would download them into its own package.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stages.common.processes import with_me
from stages.metrics.interface import Columns, Context, Metric, Score, Trials, Unavailable, ratio
from stages.metrics.java import ENGLISH, java, pycocoevalcap
from stages.metrics.ngrams import Array

MODELS = ("stanford-corenlp-3.6.0.jar", "stanford-corenlp-3.6.0-models.jar")
MAIN = "edu.anu.spice.SpiceScorer"
# Parsing takes a tenth of a second a sentence; the parser holds its models in memory.
SECONDS = 24 * 3600.0
MEMORY = "-Xmx8G"

VALUES = (ratio("spice", "spice", "spice.scored"),)


def java_for(models: Path) -> str:
    """The program that runs SPICE.

    Raises:
        Unavailable: no Java, or no models.
    """
    program = java("SPICE")
    absent = [name for name in MODELS if not (models / name).is_file()]
    if absent:
        raise Unavailable(f"SPICE needs {' and '.join(absent)} in {models}/ (metrics.spice in params.yaml)")
    return program


def f_scores(captions: Sequence[str], references: Sequence[Sequence[str]], models: Path) -> Array:
    """SPICE of each caption against all of its references, (N,); NaN where the program gives none.

    Raises:
        Unavailable: no Java, no models, or the program failed.
    """
    program = java_for(models)
    own = pycocoevalcap("spice")
    path = os.pathsep.join([str(own / "spice-1.0.jar"), str(own / "lib" / "*"), str(models.resolve() / "*")])
    asked = [
        {"image_id": number, "test": caption, "refs": list(theirs)}
        for number, (caption, theirs) in enumerate(zip(captions, references, strict=True))
    ]
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "captions.json", Path(folder) / "scores.json"
        file.write_text(json.dumps(asked), encoding="utf-8")
        command = [program, *ENGLISH, MEMORY, "-cp", path, MAIN, str(file), "-out", str(out), "-silent"]
        try:
            subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS, check=True, preexec_fn=with_me())
            found = json.loads(out.read_text(encoding="utf-8"))
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise Unavailable(f"SPICE failed: {' '.join(last) or error}") from None
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            raise Unavailable(f"SPICE failed: {error}") from None
    return _in_order(found, len(asked))


def _in_order(found: Sequence[dict[str, Any]], size: int) -> Array:
    scores = np.full(size, np.nan)
    for one in found:
        value = one["scores"]["All"]["f"]
        scores[int(one["image_id"])] = np.nan if value is None else float(value)
    return scores


def spice(models: Path) -> Metric:
    """SPICE with the models in a folder: the mean over captions that have a score."""

    def prepare(context: Context) -> Score:
        def score(trials: Trials) -> Columns:
            asked = list(zip(trials.text.tolist(), trials.picture.tolist(), trials.dropped.tolist(), strict=True))
            references = [
                [own for place, own in enumerate(context.references[picture]) if place != dropped]
                for _, picture, dropped in asked
            ]
            found = f_scores([trials.texts[text] for text, _, _ in asked], references, models)
            return {"spice": np.nan_to_num(found), "spice.scored": np.isfinite(found).astype(float)}

        return score

    return Metric(VALUES, prepare, against="references", pace="once")
