"""speaker: learn to say, looking at a picture, how it feels and why.

Trains on the utterances of the train split, stops by the likelihood of the val split,
and reports the likelihood of the test split (without the emotions, too, if the speaker has
learnt to do without). Makes data/speaker/ (weights, config and vocabulary, all that
captioning needs) and reports/speaker/.
"""

from pathlib import Path

import torch

from stages.common.files import write_json
from stages.common.params import load
from stages.encoder import encoder
from stages.encoder.encoder import Encoder
from stages.histograms import tables
from stages.images import packed
from stages.learning import backbones
from stages.learning.checkpoint import Progress, scratch_folder
from stages.learning.device import Rows, describe, prepare
from stages.learning.launch import run
from stages.learning.training import clear, fit
from stages.speaker.checkpoint import Trained, files, save
from stages.speaker.data import Speaking, Utterances, negative_log_likelihood, splits
from stages.speaker.initialization import from_frequencies, from_speaker
from stages.speaker.interface import Network
from stages.speaker.params import Params
from stages.speaker.params import Speaker as Dials
from stages.speaker.registry import Config, build, config_of, recipe_of
from stages.utterances.tables import load_utterances
from stages.utterances.vocabulary import Vocabulary, digest

REPORTS = Path("reports/speaker")
VOCABULARY = Path("data/utterances/deep_nets/vocabulary.json")
# What the fingerprint of a checkpoint rests on; the index holds a digest of the pixels.
INPUTS = [
    *encoder.FILES,
    Path("data/images/index.parquet"),
    Path("data/utterances/deep_nets/utterances.parquet"),
    VOCABULARY,
]


def main() -> str:
    params = load(Params)
    dials = params.speaker
    device = prepare(params.device, dials.seed)
    images, vocabulary = packed.load(), Vocabulary.load(VOCABULARY)
    looks = encoder.load() or Encoder(dials.backbone, dials.weights)
    pixels = Rows(images.pixels if looks.features is None else looks.features[:, None], device)
    by_artwork = dials.emo_grounding and dials.emo_from == "artwork"
    histograms = tables.load_histograms() if by_artwork else None
    utterances = load_utterances("deep_nets")
    train, val, test = splits(utterances, images, pixels, grounded=dials.emo_grounding, histograms=histograms)
    config = config_of(dials, len(vocabulary), looks.backbone, looks.pooling)
    model = _untrained(config, vocabulary, train, dials, looks.weights).to(device)
    inputs = [*INPUTS, *backbones.files(looks.weights), *files(dials.init), *([tables.PATH] if by_artwork else [])]
    checkpoint = scratch_folder("speaker", params, inputs, describe(device))
    progress = _learn(model, train, val, dials, checkpoint)
    taught = digest(utterances, vocabulary)
    save(Trained(model, vocabulary, images.pixels.shape[1], images.fit, taught=taught), config)
    figures = _likelihoods(model, test, dials.seed)
    told = {"val": {"nll": progress.best_loss}, "test": figures}
    write_json({"best_epoch": progress.best_epoch, **told}, REPORTS / "metrics.json")
    clear(checkpoint)
    kind = "grounded" if dials.emo_grounding else "plain"
    epochs = f"epoch {progress.best_epoch} of {progress.epoch}"
    return f"a {kind} {dials.arch} speaker after {epochs}, test NLL {figures['nll']:.3f} nats a word"


def _untrained(config: Config, vocabulary: Vocabulary, train: Utterances, dials: Dials, weights: str) -> Network:
    """The network that is to learn, with the weights that it starts from; `weights` are the encoder's.

    Raises:
        UserError: `init` names no speaker that this one could start from.
    """
    alone = dials.init == "none"
    # Another speaker brings its encoder, but for one whose features are computed already.
    own = weights if alone or config["pooling"] else "none"
    model = build(config, backbones.create(config["backbone"], own, pooling=config["pooling"]))
    if model.starts_from_frequencies:
        from_frequencies(model, train.tokens)
    if not alone:
        known, new = from_speaker(model, config, vocabulary, Path(dials.init))
        print(f"  starts from {dials.init}: {known:,} words known there, {new:,} new", flush=True)
    model.backbone.freeze(dials.frozen_stages)
    return model


def _likelihoods(model: Network, test: Utterances, seed: int) -> dict[str, float]:
    """Negative log-likelihoods of the test captions: of their own pictures, of others', and untold of their emotions
    (where the speaker can do without).
    """
    sets = {"nll": test, "nll_swapped": test.swapped(seed)}
    if model.emotion_optional:
        sets["nll_ungrounded"] = test.untold()
    with torch.no_grad():
        return {name: negative_log_likelihood(model, utterances) for name, utterances in sets.items()}


def _learn(model: Network, train: Utterances, val: Utterances, dials: Dials, checkpoint: Path) -> Progress:
    """Train `model` in place."""
    recipe = recipe_of(dials, model, len(train))
    task = Speaking(
        train,
        val,
        attention_penalty=recipe.attention_penalty,
        label_smoothing=recipe.label_smoothing,
        batch_size=recipe.batch_size,
        steps=dials.steps_per_epoch,
        emo_dropout=dials.emo_dropout,
        seed=dials.seed,
    )
    return fit(
        model,
        recipe.optimizer,
        task,
        device=train.pixels.device,
        seed=dials.seed,
        epochs=recipe.epochs,
        patience=dials.patience,
        scratch=checkpoint,
        curves=REPORTS / "epochs.tsv",
        schedule=recipe.schedule,
        each_update=recipe.each_update,
        clip_norm=recipe.clip_norm,
        frozen_statistics=dials.frozen_statistics,
        item="images",
        units={"cross_entropy": "tokens"},
    )


if __name__ == "__main__":
    run(__doc__, main)
