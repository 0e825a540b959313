"""ArtEmis' own text classifier as a folder of ours: `load(folder).predict([...])` then works with it.

  python -m formats.artemis.text_classifier text_classifier.pt vocabulary.pkl [--out FOLDER]

Takes the network that ArtEmis' notebook saves whole (best_model.pt) and the vocabulary
that its preprocessing saves, without running anything that either file names. The
network keeps its habit of pooling over padding, so that its logits are those of the
reference for the same batch; its probabilities are as it gives them, not calibrated.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from formats.artemis.pickles import Foreign, load_pickles, load_torch, weights
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.text_classifier.classifier import TextClassifier, save
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.vocabulary import Vocabulary

# Our names of its parts; a dropout rate plays no part in predicting, and is the reference's.
PARTS = {
    "text_encoder.word_embedding": "embed",
    "text_encoder.word_transformation": "project",
    "text_encoder.rnn": "lstm",
    "clf_head.net": "head",
}
DROPOUT = 0.25


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m formats.artemis.text_classifier",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="the network, as torch.save wrote it")
    parser.add_argument("vocabulary", type=Path, help="vocabulary.pkl")
    parser.add_argument("--out", type=Path, help="folder to write; by default the checkpoint's name without its suffix")
    asked = parser.parse_args(words)
    folder = asked.out or asked.checkpoint.with_suffix("")
    classifier = convert(asked.checkpoint, asked.vocabulary)
    save(classifier, folder)
    sizes = classifier.model.config()["lstm"]
    print(f"{folder}: {sizes['words']:,} words, word vectors of {sizes['embedding']}, LSTM of {sizes['hidden']}")
    return 0


def convert(checkpoint: Path, vocabulary: Path) -> TextClassifier:
    """The same network with our code.

    Raises:
        UserError: a file is not what it should be, or the two do not belong together.
    """
    tensors = weights(load_torch(_existing(checkpoint)), checkpoint)
    ours = {_renamed(name, checkpoint): value for name, value in tensors.items()}
    if missing := {"embed.weight", "project.1.weight", "head.0.weight"} - ours.keys():
        raise UserError(f"{checkpoint}: not ArtEmis' text classifier; {', '.join(sorted(missing))} is not in it")
    words = _words(_existing(vocabulary))
    if len(words) != len(ours["embed.weight"]):
        raise UserError(
            f"{checkpoint} knows {len(ours['embed.weight']):,} words and {vocabulary} holds {len(words):,}; "
            "give the vocabulary that it was trained with"
        )
    model = LSTMClassifier(
        words=len(words),
        embedding=ours["embed.weight"].shape[1],
        hidden=len(ours["project.1.weight"]),
        head=len(ours["head.0.weight"]),
        dropout=DROPOUT,
        reference_pooling=True,
    )
    try:
        model.load_state_dict(ours)
    except RuntimeError as error:
        raise UserError(f"{checkpoint}: not ArtEmis' LSTM on words alone ({_last_line(error)})") from None
    return TextClassifier(model, WordReader(words), torch.device("cpu"))


def _renamed(name: str, checkpoint: Path) -> str:
    for theirs, part in PARTS.items():
        if name.startswith(f"{theirs}."):
            return part + name.removeprefix(theirs)
    raise UserError(f"{checkpoint}: holds {name}, which ArtEmis' text classifier has not (one that looks at pictures?)")


def _words(file: Path) -> Vocabulary:
    saved = load_pickles(file)
    ids = saved[0].state.get("word2idx") if len(saved) == 1 and isinstance(saved[0], Foreign) else None
    if not isinstance(ids, dict):
        raise UserError(f"{file}: not ArtEmis' vocabulary")
    try:
        return Vocabulary(sorted(ids, key=lambda word: int(ids[word])))
    except ValueError as error:
        raise UserError(f"{file}: {error}") from None


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file")
    return path


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2].strip()


if __name__ == "__main__":
    tool(main)
