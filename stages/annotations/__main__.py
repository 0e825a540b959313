"""annotations: ingest the raw CSV row by row and match it with the inventory of pictures.

Reads data/raw/<dataset>/annotations.csv and images.tsv. Rows that cannot be used are
kept aside in data/annotations/rejects.parquet, each with its record number and the
reason. Artworks without a picture stay: only stages that look at pictures skip them.
"""

from collections import Counter
from pathlib import Path

from stages.annotations.ingest import Annotation, Reject, read_csv
from stages.annotations.params import Params
from stages.annotations.pictures import match
from stages.annotations.tables import annotation_frame, save_annotations, save_images, save_rejects
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.tables import write_json
from stages.demo import inventory


def main() -> str:
    params = load(Params)
    folder = Path("data/raw") / params.dataset
    file = folder / "annotations.csv"
    records = list(read_csv(file))
    rejects = [record for record in records if isinstance(record, Reject)]
    if rejects and params.annotations.strict:
        raise UserError(f"{file}: record {rejects[0].record}: {rejects[0].reason} (annotations.strict)")
    frame = annotation_frame([record for record in records if isinstance(record, Annotation)])
    if frame.empty:
        raise UserError(f"{file}: none of its {len(records):,} records can be used; {_most_frequent(rejects)}")
    pictures = match(inventory.load(folder / "images.tsv"), frame)
    key = ["art_style", "painting"]
    artworks = frame[key].drop_duplicates()
    frame["has_picture"] = frame.merge(pictures[key].assign(has=True), on=key, how="left")["has"].notna().to_numpy()
    save_annotations(frame)
    save_rejects(rejects)
    save_images(pictures)
    figures = {
        "rows": len(records),
        "annotations": len(frame),
        "rejects": len(rejects),
        "artworks": len(artworks),
        "artworks_without_picture": len(artworks) - len(pictures),
        "annotations_per_artwork": len(frame) / len(artworks),
    }
    write_json(figures, Path("reports/annotations/metrics.json"))
    seen = f"{len(artworks):,} artworks ({len(pictures):,} with a picture)"
    return f"{len(frame):,} annotations of {seen}, {len(rejects):,} rejects"


def _most_frequent(rejects: list[Reject]) -> str:
    if not rejects:
        return "there is only a header"
    reason, count = Counter(reject.reason for reject in rejects).most_common(1)[0]
    return f"most often: {reason} ({count:,} times)"


if __name__ == "__main__":
    run(__doc__, main)
