"""speaker: learn to say, looking at a picture, how it feels and why.

Trains on the utterances of the train split, stops by the likelihood of the val split,
and reports the likelihood of the test split. Makes data/speaker/ (weights, config and
vocabulary, all that captioning needs) and reports/speaker/.
"""

from pathlib import Path

import numpy as np
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from stages.common import scratch
from stages.common.device import describe, prepare
from stages.common.entry import run
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.tables import write_json
from stages.common.training import Progress, clear, fit
from stages.features import backbones
from stages.images import packed
from stages.speaker.learning import Speaking, Utterances, negative_log_likelihood
from stages.speaker.params import Params
from stages.speaker.params import Speaker as Dials
from stages.speaker.sat import ShowAttendTell, log_frequency_bias
from stages.speaker.speaker import Trained, build, save
from stages.utterances.tables import load_utterances
from stages.utterances.vocabulary import PAD, SOS, Vocabulary

REPORTS = Path("reports/speaker")
VOCABULARY = Path("data/utterances/deep_nets/vocabulary.json")
# What the fingerprint of a checkpoint rests on; the index holds a digest of the pixels.
INPUTS = [Path("data/images/index.parquet"), Path("data/utterances/deep_nets/utterances.parquet"), VOCABULARY]
# Dials that must be known to build the same network again.
ARCHITECTURE = {"arch", "backbone", "emo_grounding", "embedding", "attention", "hidden", "dropout"}
# As in ArtEmis: the gradient's largest norm, and how the learning rates fall when
# the validation likelihood stands still.
CLIP_NORM = 5.0
LR_FACTOR, LR_PATIENCE, LR_LEAST = 0.5, 2, 5e-7
# Batch statistics of a single picture say nothing, so training needs two.
FEWEST = {"train": 2, "val": 1, "test": 1}


def main() -> str:
    params = load(Params)
    dials = params.speaker
    device = prepare(params.device, dials.seed)
    images, vocabulary = packed.load(), Vocabulary.load(VOCABULARY)
    train, val, test = _splits(images, grounded=dials.emo_grounding, device=device)
    config = dials.model_dump(include=ARCHITECTURE) | {"vocabulary": len(vocabulary)}
    model = build(config, backbones.create(dials.backbone, dials.weights)).to(device)
    _start_from_frequencies(model, train)
    checkpoint = scratch.folder("speaker", params, [*INPUTS, *backbones.files(dials.weights)], describe(device))
    progress = _learn(model, train, val, dials, checkpoint)
    save(Trained(model, vocabulary, images.pixels.shape[1], images.fit), config)
    with torch.no_grad():
        nll = negative_log_likelihood(model, test)
    figures = {"best_epoch": progress.best_epoch, "val": {"nll": progress.best_loss}, "test": {"nll": nll}}
    write_json(figures, REPORTS / "metrics.json")
    clear(checkpoint)
    kind = "grounded" if dials.emo_grounding else "plain"
    epochs = f"epoch {progress.best_epoch} of {progress.epoch}"
    return f"a {kind} {dials.arch} speaker after {epochs}, test NLL {nll:.3f} nats a word"


def _splits(images: packed.Packed, *, grounded: bool, device: torch.device) -> list[Utterances]:
    """The utterances of train, val and test.

    Raises:
        UserError: one of them has too few artworks with a picture.
    """
    table = load_utterances("deep_nets")
    splits = []
    for name, fewest in FEWEST.items():
        split = Utterances(table, images, name, grounded=grounded, device=device)
        if len(split) < fewest:
            found = f"{len(split)} artworks of the {name} split have a readable picture, and the speaker needs {fewest}"
            raise UserError(f"{found}; see data/images/index.parquet")
        splits.append(split)
    return splits


def _start_from_frequencies(model: ShowAttendTell, train: Utterances) -> None:
    """Let the untrained speaker say each word as often as the training captions do."""
    counts = np.bincount(train.tokens.ravel(), minlength=model.words.out_features)
    with torch.no_grad():
        model.words.bias.copy_(log_frequency_bias(torch.from_numpy(counts), unseen=(PAD, SOS)))


def _learn(model: ShowAttendTell, train: Utterances, val: Utterances, dials: Dials, checkpoint: Path) -> Progress:
    """Train `model` in place; the picture encoder has a learning rate of its own."""
    encoder = list(model.backbone.parameters())
    decoder = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    optimizer = torch.optim.Adam(
        [
            {"params": encoder, "lr": dials.encoder_learning_rate},
            {"params": decoder, "lr": dials.decoder_learning_rate},
        ]
    )
    penalty, size = dials.attention_penalty, dials.batch_size
    return fit(
        model,
        optimizer,
        Speaking(train, val, attention_penalty=penalty, batch_size=size, seed=dials.seed),
        device=train.device,
        seed=dials.seed,
        epochs=dials.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
        schedule=ReduceLROnPlateau(optimizer, factor=LR_FACTOR, patience=LR_PATIENCE, min_lr=LR_LEAST),
        clip_norm=CLIP_NORM,
    )


if __name__ == "__main__":
    run(__doc__, main)
