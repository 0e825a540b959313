"""speaker: train the captioning model.

Trains on the utterances of the train split, stops early by the likelihood of the val split, and reports the
likelihood of the test split. Reads the utterances and the stored features of the pictures, or with speaker.tune the
pictures themselves; writes data/speaker/ (weights, config, vocabulary) and reports/speaker/ (likelihoods, learning
curves).
"""

from pathlib import Path

import torch

from stages.annotations.tables import load_card, load_emotions
from stages.common.emotions import NO_EMOTIONS
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import EMBEDDED, load
from stages.histograms import tables
from stages.images import packed
from stages.learning.backbones import Backbone
from stages.learning.checkpoint import Progress, scratch_folder
from stages.learning.device import Rows, describe, has_bfloat16, prepare
from stages.learning.launch import run
from stages.learning.learned_from import LearnedFrom
from stages.learning.training import clear, fit
from stages.speaker import inputs
from stages.speaker.checkpoint import Trained, files, save
from stages.speaker.data import CaptioningTask, Utterances, negative_log_likelihood, splits
from stages.speaker.initialization import from_frequencies, from_speaker
from stages.speaker.interface import Network
from stages.speaker.params import Params, Speaker
from stages.speaker.pieces import Pieces
from stages.speaker.registry import NetworkConfig, Words, build, config_of, emotions_of, recipe_of, words_of
from stages.utterances.tables import load_utterances
from stages.utterances.vocabulary import Vocabulary, digest

REPORTS = Path("reports/speaker")
VOCABULARY = Path("data/utterances/deep_nets/vocabulary.json")
# Inputs that a checkpoint depends on; the index holds a digest of the pixels.
INPUTS = [
    Path("data/images/index.parquet"),
    Path("data/utterances/deep_nets/utterances.parquet"),
    VOCABULARY,
]


def main() -> str:
    params = load(Params)
    config, labels = params.speaker, load_emotions()
    if config.emo_grounding and not labels:
        raise UserError(f"params.yaml: speaker.emo_grounding is true, but {NO_EMOTIONS}; set it to false")
    device = prepare(params.device, config.seed)
    images, words = packed.load(), Vocabulary.load(VOCABULARY)
    vocabulary = words_of(config, words)
    pieces = vocabulary if isinstance(vocabulary, Pieces) else None
    source = inputs.prepare(params, images)
    rows = Rows(source.inputs, device)
    by_artwork = config.emo_grounding and config.emo_from == "artwork"
    histograms = tables.load_histograms() if by_artwork else None
    utterances = load_utterances("deep_nets")
    emotions = len(labels) if config.emo_grounding else 0
    train, val, test = splits(utterances, images, rows, emotions=emotions, histograms=histograms, pieces=pieces)
    network_config = config_of(config, vocabulary, source.backbone, labels.names)
    model = _initial(network_config, vocabulary, train, config, source.backbone).place(device)
    read = [*INPUTS, *source.files, *files(config.init), *([tables.PATH] if by_artwork else [])]
    # The arguments of the network, since those of a language model hold the revision of its base.
    scratch = scratch_folder("speaker", params, read, f"{describe(device)}, {network_config['network']}")
    progress = _train(model, train, val, config, scratch)
    trained_on = digest(utterances, words)
    data = LearnedFrom(load_card()["name"], params.dataset == EMBEDDED, len(train), len(train.tokens))
    size = images.pixels.shape[1]
    save(Trained(model, vocabulary, size, images.fit, trained_on=trained_on, data=data), network_config)
    likelihoods = _likelihoods(model, test, config.seed)
    figures = {
        "best_epoch": progress.best_epoch,
        "weights": source.backbone.origin._asdict(),
        "val": {"nll": progress.best_loss},
        "test": likelihoods,
    }
    write_json(figures, REPORTS / "metrics.json")
    clear(scratch)
    kind = "grounded" if config.emo_grounding else "plain"
    epochs = f"best epoch {progress.best_epoch} of {progress.epoch}"
    return f"{kind} {config.arch}, {epochs}, test NLL {likelihoods['nll']:.3f} nats per word"


def _initial(
    network_config: NetworkConfig, vocabulary: Words, train: Utterances, config: Speaker, backbone: Backbone
) -> Network:
    """The network with its initial weights.

    Raises:
        UserError: `init` is no speaker that this one can start from.
    """
    model = build(network_config, backbone)
    model.prepare(vocabulary, emotions_of(network_config))
    if model.starts_from_frequencies:
        from_frequencies(model, train.tokens)
    if config.init == "none":
        model.initialize(train)
    else:
        learns = config.tune != "none"
        copied = from_speaker(model, network_config, vocabulary, Path(config.init), with_encoder=learns)
        print(f"  initial weights of {config.init}: {copied}", flush=True)
    model.backbone.tune(config.tune)
    if config.tune != "none":
        model.backbone.freeze(config.frozen_stages)
    return model


def _train(model: Network, train: Utterances, val: Utterances, config: Speaker, scratch: Path) -> Progress:
    """Train `model` in place, resuming from the checkpoint in `scratch`, if there is one."""
    recipe = recipe_of(config, model, len(train))
    task = CaptioningTask(
        train,
        val,
        attention_penalty=recipe.attention_penalty,
        label_smoothing=recipe.label_smoothing,
        batch_size=recipe.batch_size,
        steps=config.steps_per_epoch,
        emo_dropout=config.emo_dropout,
        seed=config.seed,
    )
    return fit(
        model,
        recipe.optimizer,
        task,
        device=train.pixels.device,
        seed=config.seed,
        epochs=recipe.epochs,
        patience=config.patience,
        scratch=scratch,
        curves=REPORTS / "epochs.tsv",
        schedule=recipe.schedule,
        each_update=recipe.each_update,
        clip_norm=recipe.clip_norm,
        bf16=(recipe.bf16 and has_bfloat16(train.pixels.device)) or None,
        parts=recipe.parts,
        item="images",
        units={"cross_entropy": "tokens"},
    )


def _likelihoods(model: Network, test: Utterances, seed: int) -> dict[str, float]:
    """Negative log-likelihoods of the test captions: with their images, with those of other artworks, and, if the
    speaker can do without, without their emotions.
    """
    sets = {"nll": test, "nll_swapped": test.swapped(seed)}
    if model.emotion_optional:
        sets["nll_ungrounded"] = test.without_emotions()
    with torch.no_grad():
        return {name: negative_log_likelihood(model, utterances) for name, utterances in sets.items()}


if __name__ == "__main__":
    run(__doc__, main)
