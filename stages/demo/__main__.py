"""Generate the embedded corpus: pictures, annotations that depend on their content, and the ground truth of both.

Reads params.yaml. Writes data/raw/demo/{annotations.csv, images/<art_style>/<painting>.jpg, images.tsv,
truth.parquet, dataset.yaml, exclude.csv, genres.csv, twins.csv}.
"""

from stages.common.entry import run
from stages.common.params import load
from stages.demo import corpus
from stages.demo.params import Params

# Shorter side of the pictures, in pixels.
SIZE = 256


def main() -> str:
    params = load(Params)
    artworks = corpus.paint(corpus.FOLDER, params.demo.pictures, SIZE, params.seed)
    annotations = sum(len(artwork.annotations) for artwork in artworks)
    styles = len({artwork.description.style for artwork in artworks})
    return f"{len(artworks):,} pictures in {styles} styles with {annotations:,} annotations"


if __name__ == "__main__":
    run(__doc__, main)
