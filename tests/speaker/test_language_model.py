"""A speaker on a language model: three families of base models, what learns, what is saved."""

import importlib.util
from collections.abc import Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from stages.captions import decoding
from stages.captions.beam_search import beam
from stages.captions.captioner import constraints_of
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.learning.device import Rows
from stages.learning.training import fit
from stages.speaker import base_model, checkpoint, language_model
from stages.speaker.checkpoint import Trained
from stages.speaker.data import CaptioningTask, Utterances, negative_log_likelihood
from stages.speaker.expected_words import SCALE, ExpectedWords
from stages.speaker.interface import one_hot
from stages.speaker.language_model import LanguageModelSpeaker, similar
from stages.speaker.params import LanguageModelNetwork, Speaker
from stages.speaker.pieces import FIRST, Pieces
from stages.speaker.registry import ARCHITECTURES, build, recipe_of
from tests.captions.captioning import plan_of
from tests.speaker.tiny_language_model import FAMILIES, bytes_of, save_base, temporary_folder
from tests.speaker.two_colours import CPU, pictures, speaker_params, untrained

COLOURS = ("red", "green", "blue", "yellow", "violet", "orange", "black", "white")
SAID = [f"a {colour} square , alone and melancholic" for colour in COLOURS]
PLACES, CHANNELS = 4, Backbone("test_resnet").channels
needs_peft = pytest.mark.skipif(not importlib.util.find_spec("peft"), reason="needs peft, of the extra language-models")


@cache
def _base(family: str = "llama") -> str:
    """A model that knows bytes, and pieces of some words of the captions."""
    return str(save_base(temporary_folder() / f"bytes_{family}", bytes_of(SAID[:4], size=280), family))


@cache
def _pieces(base: str) -> Pieces:
    return Pieces(*base_model.tokenizer(base_model.find(base)))


def _config(base: str, *, grounded: bool = False, emo_dropout: float = 0.0, **changed: Any) -> dict[str, Any]:
    network = {"base": base, "mapper": "linear", "prefix": 4, "tune": "all", "rank": 2, "dropout": 0.0}
    network |= {"emotion": "learned"} | changed
    pieces = _pieces(base)
    arguments = ARCHITECTURES["language_model"].arguments(LanguageModelNetwork.model_validate(network), pieces)
    return {
        "arch": "language_model",
        "backbone": "test_resnet",
        "pooling": None,
        "vocabulary": len(pieces),
        "emo_grounding": grounded,
        "emo_from": "utterance",
        "emo_dropout": emo_dropout,
        "network": network | arguments,
        **({"emotions": list(ARTEMIS)} if grounded else {}),
    }


def _model(base: str = "", **options: Any) -> LanguageModelSpeaker:
    torch.manual_seed(3)
    config = _config(base or _base(), **options)
    model = build(config, Backbone("test_resnet"))
    assert isinstance(model, LanguageModelSpeaker)
    pieces = _pieces(base or _base())
    model.prepare(pieces, ARTEMIS.names if config["emo_grounding"] else ())
    model.initialize(_captions(SAID, pieces))
    model.backbone.tune("none")
    return model


def _features(count: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(count, PLACES, CHANNELS)).astype(np.float32)


def _captions(said: Sequence[str], pieces: Pieces, emotion: Sequence[str] | None = None) -> Utterances:
    """One caption about each of as many pictures; with emotions, all of them about each of two pictures."""
    shares = None if emotion is None else np.eye(9, dtype=np.float32)[[ARTEMIS.ids[name] for name in emotion] * 2]
    artworks, said = (len(said), said) if emotion is None else (2, [*said, *said])
    return Utterances(
        pixels=Rows(_features(artworks), CPU),
        picture=np.arange(artworks),
        bounds=np.arange(artworks + 1) * (len(said) // artworks),
        tokens=pieces.encode([text.split() for text in said]),
        emotion=shares,
        words=np.array([len(text.split()) + 1 for text in said]),
    )


def _trained(
    model: LanguageModelSpeaker, data: Utterances, folder: Path, *, parts: int = 1, epochs: int = 120
) -> float:
    """The likelihood after training on the captions."""
    params = speaker_params("language_model", batch_size=8, epochs=epochs) | {"patience": epochs}
    section = params["language_model"] | {"accumulate": parts, "base": _base()}
    config = Speaker.model_validate(params | {"language_model": section})
    recipe = recipe_of(config, model, 8)
    task = CaptioningTask(data, data, attention_penalty=0, batch_size=8, seed=1)
    fit(
        model,
        recipe.optimizer,
        task,
        device=CPU,
        seed=1,
        epochs=epochs,
        patience=epochs,
        scratch=folder / "scratch",
        curves=folder / "epochs.tsv",
        schedule=recipe.schedule,
        each_update=recipe.each_update,
        clip_norm=recipe.clip_norm,
        parts=recipe.parts,
    )
    with torch.no_grad():
        return negative_log_likelihood(model, data)


def _said(model: LanguageModelSpeaker, features: np.ndarray, emotion: Tensor | None = None) -> list[str]:
    pieces = _pieces(_base())
    rules = constraints_of(pieces, plan_of().configs[0])
    found = decoding.greedy(model, torch.from_numpy(features), emotion, rules, temperature=1.0, max_length=40)
    return [pieces.decode(hypothesis.words) for hypothesis in found]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("mapper", ["linear", "resampler"])
def test_teacher_forcing_equals_stepping(family: str, mapper: str) -> None:
    """Also where captions of very different lengths are computed in groups."""
    base = _base(family)
    model = _model(base, mapper=mapper, grounded=True).eval()
    said = [" ".join(SAID[0].split()[: 1 + count % 7]) for count in range(20, 0, -1)]
    tokens = torch.from_numpy(_pieces(base).encode([text.split() for text in said])).long()
    lengths = (tokens == 2).int().argmax(1)
    order = lengths.argsort(descending=True, stable=True)
    tokens, lengths = tokens[order], lengths[order]
    owner = torch.arange(20) % 3
    features, emotion = torch.from_numpy(_features(3)), one_hot(torch.arange(20) % 9, 9)
    forced = model(features, owner, tokens, lengths, emotion)
    state, logits = model.start(features[owner], emotion), []
    for place in range(int(lengths.max())):
        scores, state, attention = model.step(tokens[:, place], state)
        logits.append(scores[: int((lengths > place).sum())])
    torch.testing.assert_close(forced.logits, torch.cat(logits), atol=2e-4, rtol=0)
    torch.testing.assert_close(forced.attention, attention * lengths[:, None], atol=1e-5, rtol=0)
    expected = [
        int(tokens[row, place + 1]) for place in range(int(lengths.max())) for row in range(20) if lengths[row] > place
    ]
    assert forced.targets.tolist() == expected
    # What is no text is never said; the end has the model's own score.
    assert (forced.logits[:, FIRST + _pieces(base).end] == language_model.IMPOSSIBLE).all()
    assert forced.logits.softmax(1)[:, [0, 1, 3]].max() == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_eight_pictures_learned_by_heart_give_eight_right_captions(tmp_path: Path, family: str) -> None:
    base = _base(family)
    model, data = _model(base), _captions(SAID, _pieces(base))
    assert _trained(model, data, tmp_path) < 0.05
    assert _said(model, _features(8)) == SAID


def test_the_words_to_expect_of_a_picture_are_those_of_its_captions() -> None:
    """Before any training, each of eight captions is likeliest as a bag of pieces with its own picture."""
    model, tokens = _model().eval(), _captions(SAID, _pieces(_base())).tokens
    means = torch.from_numpy(_features(8)).mean(1)
    scores = model.expected(model.mapper.standard(means)) @ model.head.weight.T  # type: ignore[operator]
    counts = torch.stack([torch.bincount(torch.from_numpy(ids[ids >= FIRST] - FIRST), minlength=280) for ids in tokens])
    frequency = counts.sum(0).clamp(min=1e-3).log()
    likelihoods = (frequency + scores).log_softmax(1) @ counts.T.float()  # (pictures, captions)
    assert likelihoods.argmax(0).tolist() == list(range(8))


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_those_of_the_base_and_of_the_expected_words(family: str) -> None:
    model = _model(_base(family)).eval()
    with torch.no_grad():
        model.expected.gate.weight.zero_()  # type: ignore[operator, union-attr]
        model.expected.gate.bias.zero_()  # type: ignore[operator, union-attr]
    features = torch.from_numpy(_features(2))
    with torch.no_grad():
        given, _, _ = model.step(torch.tensor([1, 1]), model.start(features, None))
        own = 0.5 * model.expected(model.mapper.standard(features).mean(1)) @ model.head.weight.T  # type: ignore[operator]
        model.expected.project.weight.zero_()  # type: ignore[operator, union-attr]
        without, _, _ = model.step(torch.tensor([1, 1]), model.start(features, None))
    assert own.abs().max() > 0.1
    said = ~model.silent[FIRST:]
    torch.testing.assert_close((given - without)[:, FIRST:][:, said], own[:, said], atol=1e-4, rtol=1e-3)


def test_models_that_scale_the_scores_of_their_head() -> None:
    from transformers import CohereConfig, CohereForCausalLM

    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    model = CohereForCausalLM(CohereConfig(**small, vocab_size=40, logit_scale=0.0625)).eval()
    assert base_model.score_factor(model) == pytest.approx(0.0625)
    words = ExpectedWords(2, torch.ones(3, 4), dropout=0.0, factor=0.0625)
    assert words.scale * 0.0625 == pytest.approx(SCALE / 2)


def test_expected_words_are_added_before_the_head() -> None:
    """As much of them as the gate says, which begins at the logistic function of one for all words."""
    words = ExpectedWords(2, torch.ones(3, 2), dropout=0.0)
    hidden, vectors = torch.arange(8.0).reshape(2, 2, 2), torch.tensor([[1.0, 0.0], [0.0, -2.0]])
    share = 1 / (1 + np.exp(-1))
    expected = hidden + share * vectors[:, None]
    torch.testing.assert_close(words.added(hidden, vectors).detach(), expected.float())


@pytest.mark.parametrize("emotion", ["words", "learned"])
def test_the_told_emotion_changes_the_words(tmp_path: Path, emotion: str) -> None:
    model = _model(grounded=True, emotion=emotion)
    moods = ["fear", "awe", "sadness", "something else"]
    before = model.emotion.weight.clone()  # type: ignore[union-attr]
    _trained(model, _captions(SAID[:4], _pieces(_base()), moods), tmp_path)
    features = np.repeat(_features(2)[:1], 4, 0)
    told = one_hot(torch.tensor([ARTEMIS.ids[mood] for mood in moods]), 9)
    assert _said(model, features, told) == SAID[:4]
    assert torch.equal(model.emotion.weight, before) == (emotion == "words")  # type: ignore[union-attr]


def test_the_vector_of_an_emotion_is_the_mean_of_its_name() -> None:
    model, pieces = _model(grounded=True, emotion="words"), _pieces(_base())
    (row,) = pieces.encode([["something", "else"]])
    mean = model.vectors.weight[torch.from_numpy(row[1:-1].astype(int)) - FIRST].mean(0)
    torch.testing.assert_close(model.emotion.weight[:, ARTEMIS.ids["something else"]], mean)  # type: ignore[union-attr]


def test_a_distribution_is_the_mixture_of_its_emotions() -> None:
    model = _model(grounded=True).eval()
    shares = torch.softmax(torch.arange(9.0), 0)[None]
    vectors = torch.zeros(1, 1, 32)
    each = torch.stack([model._emotion(one_hot(torch.tensor([label]), 9), vectors)[0, 0] for label in range(9)])
    torch.testing.assert_close(model._emotion(shares, vectors)[0], shares @ each)


def test_beam_search_finds_the_likeliest_of_all_captions() -> None:
    """Against every caption of up to two pieces of a tiny vocabulary, scored under teacher forcing."""
    model = untrained("language_model").eval()
    features = model.encode(torch.from_numpy(pictures(1).pixels[:1]))
    vocabulary = FIRST + int(model.pieces)  # type: ignore[arg-type]
    rules = constraints_of(_pieces(model_base(model)), plan_of(rule="beam").configs[0])
    (found,) = beam(model, features, None, rules, size=vocabulary**3, temperature=1.0, max_length=2)
    allowed = [list(words) for count in range(3) for words in product(range(FIRST, vocabulary), repeat=count)]
    scored = {}
    with torch.no_grad():
        for words in allowed:
            tokens = torch.tensor([[1, *words, 2]])
            forced = model.teach(features, tokens, torch.tensor([len(words) + 1]), None)
            scored[tuple(words)] = float(forced.logits.log_softmax(1).gather(1, forced.targets[:, None]).sum())
    best = sorted(scored, key=lambda words: -scored[words])[:20]
    assert [tuple(hypothesis.words) for hypothesis in found[:20]] == best
    for hypothesis in found[:20]:
        assert hypothesis.log_probability == pytest.approx(scored[tuple(hypothesis.words)], abs=1e-4)


def model_base(model: Any) -> str:
    return str(model.base.config._name_or_path)


def test_parts_of_a_batch_add_up_to_it(tmp_path: Path) -> None:
    data = _captions(SAID, _pieces(_base()))
    whole, parts = _model(), _model()
    _trained(whole, data, tmp_path / "whole", epochs=3)
    _trained(parts, data, tmp_path / "parts", parts=3, epochs=3)
    for (name, one), other in zip(whole.state_dict().items(), parts.state_dict().values(), strict=True):
        torch.testing.assert_close(other, one, atol=1e-4, rtol=1e-3, msg=name)
    curves = [(tmp_path / name / "epochs.tsv").read_text() for name in ("whole", "parts")]
    numbers = [np.array([line.split("\t") for line in curve.splitlines()[1:]], float) for curve in curves]
    np.testing.assert_allclose(numbers[1], numbers[0], rtol=1e-3)


def test_inner_values_computed_anew_give_the_same_gradient() -> None:
    data = _captions(SAID, _pieces(_base()))
    gradients = []
    for anew in (False, True):
        model = _model().train()
        params = speaker_params("language_model")
        section = params["language_model"] | {"gradient_checkpointing": anew}
        recipe_of(Speaker.model_validate(params | {"language_model": section}), model, 8)
        assert model.computes_anew == anew
        task = CaptioningTask(data, data, attention_penalty=0, batch_size=8, seed=1)
        total, count = task.terms(model, np.arange(8))["cross_entropy"]
        (total / count).backward()
        gradients.append({name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, value in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], value, atol=1e-5, rtol=1e-3, msg=name)


def test_captions_of_similar_length_are_computed_together() -> None:
    lengths = [20] * 9 + [17, 16, 15, *[4] * 8, 1]
    assert list(similar(lengths)) == [(0, 11), (11, 19), (19, 21)]
    assert list(similar([5])) == [(0, 1)]


def _saved(folder: Path, base: str, **options: Any) -> LanguageModelSpeaker:
    model = _model(base, **options).eval()
    checkpoint.save(Trained(model, _pieces(base), 64, "pad"), _config(base, **options), folder)
    return model


@pytest.mark.parametrize("tune", ["mapper", pytest.param("lora", marks=needs_peft), "all"])
def test_a_saved_speaker_holds_what_learned(tmp_path: Path, tune: str) -> None:
    model = _saved(tmp_path, _base(), tune=tune)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.requires_grad:
                weight.add_(0.01 * (len(name) % 7))
    checkpoint.save(Trained(model, _pieces(_base()), 64, "pad"), _config(_base(), tune=tune), tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        of_base = {name for name in file.keys() if name.startswith("base.")}  # noqa: SIM118
    adapters = {name for name in of_base if "lora_" in name}
    # Seven linear layers in each of two, with two matrices each.
    assert len(adapters) == (28 if tune == "lora" else 0)
    assert bool(of_base - adapters) == (tune == "all")
    again = checkpoint.load(tmp_path)
    features = torch.from_numpy(_features(2))
    scores = [each.step(torch.tensor([1, 1]), each.start(features, None))[0] for each in (model, again.model)]
    torch.testing.assert_close(scores[1], scores[0])


def test_without_its_base_a_saved_speaker_says_so(tmp_path: Path) -> None:
    base = save_base(tmp_path / "base", bytes_of(SAID[:2], size=270))
    _saved(tmp_path / "speaker", str(base))
    base.rename(tmp_path / "gone")
    with pytest.raises(
        UserError, match=rf"the base model {base} is not there; speaker.language_model.base is a folder"
    ):
        checkpoint.load(tmp_path / "speaker")


def test_a_base_of_another_revision_is_an_error(tmp_path: Path) -> None:
    base = save_base(tmp_path / "base", bytes_of(SAID[:2], size=270))
    _saved(tmp_path / "speaker", str(base))
    save_base(tmp_path / "base", bytes_of(SAID[:2], size=270), intermediate_size=48)
    message = r"base is of another revision \(\w{32}\) than the one that the speaker was trained on \(\w{32}\); put"
    with pytest.raises(UserError, match=message):
        checkpoint.load(tmp_path / "speaker")


def test_lora_needs_peft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"tune is lora, which needs the package peft; install .*language-models"):
        _model(tune="lora")


@needs_peft
def test_a_speaker_of_the_mapper_alone_goes_on_with_adapters(tmp_path: Path) -> None:
    from stages.speaker.initialization import from_speaker

    first = _saved(tmp_path, _base(), tune="mapper").state_dict()
    model = _model(tune="lora")
    config = _config(_base(), tune="lora")
    copied = from_speaker(model, config, _pieces(_base()), tmp_path, with_encoder=True)
    assert copied.kept == ("base",)
    assert torch.equal(model.mapper.project.weight, first["mapper.project.weight"])
    _saved(tmp_path / "all", _base(), tune="all")
    with pytest.raises(
        UserError, match=r"whose tensor base\.\S+ has no place .* set speaker.language_model.tune and rank as"
    ):
        from_speaker(model, config, _pieces(_base()), tmp_path / "all", with_encoder=True)


def test_channels_are_standardized_and_the_encoder_is_left_alone() -> None:
    model = build(_config(_base()), Backbone("test_resnet"))
    before = {name: value.clone() for name, value in model.backbone.state_dict().items()}
    data = _captions([SAID[number % 8] for number in range(40)], _pieces(_base()))
    pixels = torch.from_numpy(pictures(20).pixels)
    data.pixels = Rows(pixels.numpy(), CPU)
    model.initialize(data)
    assert model.training
    for name, value in model.backbone.state_dict().items():
        assert torch.equal(value, before[name]), name
    features = model.eval().encode(pixels)
    standard = model.mapper.standard(features).flatten(0, 1)  # type: ignore[operator, union-attr]
    vary = features.flatten(0, 1).std(0) > 0
    torch.testing.assert_close(standard.mean(0)[vary], torch.zeros(int(vary.sum())), atol=1e-3, rtol=0)
    torch.testing.assert_close(standard.std(0)[vary], torch.ones(int(vary.sum())), atol=1e-3, rtol=0)
    assert (standard[:, ~vary] == 0).all()


def test_a_file_of_other_weights(tmp_path: Path) -> None:
    _saved(tmp_path, _base(), tune="mapper")
    _saved(tmp_path / "other", _base(), tune="all")
    (tmp_path / "other/model.safetensors").rename(tmp_path / "model.safetensors")
    message = (
        r"model.safetensors: not the weights of the speaker that its config.json describes \(.*\); train the speaker"
    )
    with pytest.raises(UserError, match=message):
        checkpoint.load(tmp_path)


def test_the_tokenizer_of_another_model(tmp_path: Path) -> None:
    tokenizer = bytes_of(SAID[:4], size=280)
    base = str(save_base(tmp_path, tokenizer))
    save_base(tmp_path / "smaller", bytes_of(SAID[:4], size=270))
    for file in ("config.json", "model.safetensors"):
        (tmp_path / "smaller" / file).rename(tmp_path / file)
    with pytest.raises(UserError, match=rf"{base}: its tokenizer has 10 more tokens than the model; set speaker.lang"):
        _model(base)


def test_the_grid_of_the_linear_mapper_is_square() -> None:
    with pytest.raises(UserError, match=r"speaker.language_model.prefix is 5; .* a square grid: 1, 4, 9, 16"):
        _model(prefix=5)


@pytest.mark.parametrize("mapper", ["linear", "resampler"])
def test_vectors_of_a_picture_are_of_the_scale_of_words(mapper: str) -> None:
    model = _model(mapper=mapper)
    vectors, attention = model.mapper(torch.from_numpy(_features(3)))
    assert vectors.shape == (3, 4, 32)
    assert float(vectors.detach().std()) == pytest.approx(float(model.vectors.weight.detach().std()), rel=0.1)
    torch.testing.assert_close(attention.detach().sum(1), torch.ones(3))
