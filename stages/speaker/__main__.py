"""speaker: learn to say, looking at a picture, how it feels and why.

Trains on the utterances of the train split, stops by the likelihood of the val split,
and reports the likelihood of the test split. Makes data/speaker/ (weights, config and
vocabulary, all that captioning needs) and reports/speaker/.
"""

from pathlib import Path

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from stages.common import scratch
from stages.common.device import describe, prepare
from stages.common.launch import run
from stages.common.params import load
from stages.common.resident import Rows
from stages.common.tables import write_json
from stages.common.training import Progress, clear, fit
from stages.features import backbones
from stages.images import packed
from stages.speaker.architectures import Config, build
from stages.speaker.first_weights import from_frequencies, from_speaker
from stages.speaker.interface import Network
from stages.speaker.learning import Speaking, Utterances, negative_log_likelihood
from stages.speaker.params import Params
from stages.speaker.params import Speaker as Dials
from stages.speaker.speaker import Trained, files, save
from stages.speaker.splits import splits
from stages.utterances.tables import load_utterances
from stages.utterances.taught import digest
from stages.utterances.vocabulary import Vocabulary

REPORTS = Path("reports/speaker")
VOCABULARY = Path("data/utterances/deep_nets/vocabulary.json")
# What the fingerprint of a checkpoint rests on; the index holds a digest of the pixels.
INPUTS = [Path("data/images/index.parquet"), Path("data/utterances/deep_nets/utterances.parquet"), VOCABULARY]
# Dials that must be known to build the same network again.
ARCHITECTURE = {"arch", "backbone", "emo_grounding", "embedding", "attention", "hidden", "dropout", "reference_dropout"}
# As in ArtEmis: the gradient's largest norm, and how the learning rates fall when
# the validation likelihood stands still.
CLIP_NORM = 5.0
LR_FACTOR, LR_PATIENCE, LR_LEAST = 0.5, 2, 5e-7


def main() -> str:
    params = load(Params)
    dials = params.speaker
    device = prepare(params.device, dials.seed)
    images, vocabulary = packed.load(), Vocabulary.load(VOCABULARY)
    pixels = Rows(images.pixels, device)
    utterances = load_utterances("deep_nets")
    train, val, test = splits(utterances, images, pixels, grounded=dials.emo_grounding)
    config = dials.model_dump(include=ARCHITECTURE) | {"vocabulary": len(vocabulary)}
    model = _untrained(config, vocabulary, train, dials).to(device)
    inputs = [*INPUTS, *backbones.files(dials.weights), *files(dials.init)]
    checkpoint = scratch.folder("speaker", params, inputs, describe(device))
    progress = _learn(model, train, val, dials, checkpoint)
    taught = digest(utterances, vocabulary)
    save(Trained(model, vocabulary, images.pixels.shape[1], images.fit, taught), config)
    with torch.no_grad():
        nll, swapped = (negative_log_likelihood(model, one) for one in (test, test.swapped(dials.seed)))
    told = {"val": {"nll": progress.best_loss}, "test": {"nll": nll, "nll_swapped": swapped}}
    write_json({"best_epoch": progress.best_epoch, **told}, REPORTS / "metrics.json")
    clear(checkpoint)
    kind = "grounded" if dials.emo_grounding else "plain"
    epochs = f"epoch {progress.best_epoch} of {progress.epoch}"
    return f"a {kind} {dials.arch} speaker after {epochs}, test NLL {nll:.3f} nats a word"


def _untrained(config: Config, vocabulary: Vocabulary, train: Utterances, dials: Dials) -> Network:
    """The network that is to learn, with the weights that it starts from.

    Raises:
        UserError: `init` names no speaker that this one could start from.
    """
    alone = dials.init == "none"
    model = build(config, backbones.create(dials.backbone, dials.weights if alone else "none"))
    from_frequencies(model, train.tokens)
    if not alone:
        known, new = from_speaker(model, config, vocabulary, Path(dials.init))
        print(f"  starts from {dials.init}: {known:,} words known there, {new:,} new", flush=True)
    model.backbone.freeze(dials.frozen_stages)
    return model


def _learn(model: Network, train: Utterances, val: Utterances, dials: Dials, checkpoint: Path) -> Progress:
    """Train `model` in place; the picture encoder has a learning rate of its own."""
    encoder = [value for value in model.backbone.parameters() if value.requires_grad]
    decoder = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    rates = ((encoder, dials.encoder_learning_rate), (decoder, dials.decoder_learning_rate))
    # In one pass over the weights: on a CPU, five would cost a tenth of the training.
    optimizer = torch.optim.Adam([{"params": part, "lr": rate} for part, rate in rates if part], fused=True)
    penalty, size = dials.attention_penalty, dials.batch_size
    return fit(
        model,
        optimizer,
        Speaking(train, val, attention_penalty=penalty, batch_size=size, seed=dials.seed),
        device=train.pixels.device,
        seed=dials.seed,
        epochs=dials.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
        schedule=ReduceLROnPlateau(optimizer, factor=LR_FACTOR, patience=LR_PATIENCE, min_lr=LR_LEAST),
        clip_norm=CLIP_NORM,
        frozen_statistics=dials.frozen_statistics,
        item="images",
        units={"cross_entropy": "tokens"},
    )


if __name__ == "__main__":
    run(__doc__, main)
