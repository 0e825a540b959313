"""`artemis import`: models and data that ArtEmis' code wrote, and other data sets (import_data.py).

Pickles are read through an allow-list, never run.
"""

from pathlib import Path
from typing import Annotated

import typer

from commands.import_data import DATA_SETS

Vocabulary = Annotated[
    Path, typer.Argument(metavar="VOCABULARY", help="vocabulary.pkl of the texts that it was trained on.")
]
Out = Annotated[str, typer.Option(metavar="FOLDER", help="The folder to write.")]


def speaker(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="best_model.pt or model_epoch_N.pt.")],
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="config.json.txt of the same training.")],
    vocabulary: Vocabulary,
    out: Out = "data/raw/artemis_speaker",
) -> None:
    """Import a trained speaker.

    The result can caption (artemis caption --speaker FOLDER), and a training can start
    from it (speaker.init: FOLDER in params.yaml).

    \b
    Example:
      artemis import speaker best_model.pt config.json.txt vocabulary.pkl
    """
    from formats.artemis.speaker import convert
    from stages.common.files import out_folder

    print(convert(checkpoint, config, vocabulary, out_folder(out)))


def text_classifier(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="The network, as torch.save wrote it (best_model.pt).")
    ],
    vocabulary: Vocabulary,
    out: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="The folder to write. Default: the checkpoint's name without its suffix."),
    ] = None,
) -> None:
    """Import a trained text classifier.

    Its logits equal the reference's for the same batch; its probabilities are not
    calibrated. The result can predict (artemis predict --classifier FOLDER).

    \b
    Example:
      artemis import text-classifier best_model.pt vocabulary.pkl --out data/raw/artemis_text
    """
    from formats.artemis.classifiers import convert_text_classifier
    from stages.common.files import out_folder

    folder = str(checkpoint.with_suffix("")) if out is None else out
    print(convert_text_classifier(checkpoint, vocabulary, out_folder(folder)))


def image_classifier(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="The network or its state dict (best_model.pt).")
    ],
    out: Out = "data/image_classifier",
) -> None:
    """Import a trained image classifier.

    The result predicts as any trained one does; its probabilities are not calibrated.
    `dvc freeze image_classifier` keeps `dvc repro` from training another over it.

    \b
    Example:
      artemis import image-classifier best_model.pt
    """
    from formats.artemis.classifiers import convert_image_classifier
    from stages.common.files import out_folder

    print(convert_image_classifier(checkpoint, out_folder(out)))


def captions(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pickle of sampled captions.")],
    out: Out = "data/captions",
) -> None:
    """Import captions that ArtEmis' code sampled.

    Those that its authors publish have the same format. Writes captions.parquet,
    configs.json and, where the file has attention, attention.npz, so that they can be
    scored without sampling again. `dvc freeze captions` keeps `dvc repro` from generating
    others over them.

    \b
    Example:
      artemis import captions captions.pkl
    """
    from formats.artemis.captions import convert
    from stages.common.files import out_folder

    print(convert(file, out_folder(out)))


def word_tables(
    clone: Annotated[Path, typer.Argument(metavar="CLONE", help="The folder of an ArtEmis clone.")],
    glove: Annotated[
        Path | None,
        typer.Option(help="A file of GloVe vectors, glove.6B.*.txt, for a clone without its word list."),
    ] = None,
) -> None:
    """Import the word tables of ArtEmis' preprocessing.

    Writes them to data/raw/resources/; `utterances.rules: artemis` needs them.

    \b
    Example:
      artemis import word-tables ~/artemis --glove glove.6B.100d.txt
    """
    from formats.artemis.word_tables import convert

    print(convert(clone, glove))


def twins(
    duplicates: Annotated[
        Path, typer.Argument(metavar="DUPLICATES", help="artemis/data/wiki_art_duplicate_paintings.pkl of a clone.")
    ],
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The name of a folder of data/raw/.")],
) -> None:
    """Import the list of paintings that WikiArt holds twice.

    Writes data/raw/DATASET/twins.csv.

    \b
    Example:
      artemis import twins wiki_art_duplicate_paintings.pkl artemis
    """
    from formats.artemis.twins import convert

    print(convert(duplicates, Path("data/raw") / dataset))


IMPORTS = (speaker, text_classifier, image_classifier, captions, word_tables, twins, *DATA_SETS)
