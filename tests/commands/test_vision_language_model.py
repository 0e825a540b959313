"""`artemis caption --model`: the captions of plain transformers calls, their outputs, resuming, and the errors."""

import json
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from huggingface_hub import constants
from PIL import Image
from ruamel.yaml import YAML
from transformers import AutoModelForImageTextToText, AutoProcessor

from commands import vision_language_model
from commands.vision_language_model import MAX_NEW_TOKENS, PROMPT, VisionLanguageModel
from formats import shard_folder
from stages.common.captions_table import Origin, origin
from tests.commands import tiny_vision_language_models as tiny
from tests.commands.run import CAPTIONS, Run, artemis
from tests.speaker.tiny_language_model import save_base, whole_words

SIZES = ((20, 30), (30, 30), (40, 30), (50, 30))
NAMES = [f"{number}.png" for number in range(len(SIZES))]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CARD = "---\nlicense: {}\n---\n# A tiny model\n"


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the two models."""
    folder = tmp_path_factory.mktemp("models")
    for family, save in tiny.FAMILIES.items():
        save(folder / family)
    return folder


@pytest.fixture
def caption(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a folder with params.yaml, four pictures and the two models; there is no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    YAML().dump({"device": "cpu", "captions": CAPTIONS}, Path("params.yaml"))
    generator = np.random.default_rng(1)
    for name, (width, height) in zip(NAMES, SIZES, strict=True):
        Image.fromarray(generator.integers(0, 256, (width, height, 3), dtype=np.uint8)).save(name)
    for family in tiny.FAMILIES:
        shutil.copytree(saved / family, family)
    return partial(artemis, "caption")


def rows(file: str) -> list[dict[str, Any]]:
    return pq.read_table(file).to_pylist()


def by_transformers(family: str, prompt: str) -> list[tuple[str, float]]:
    """Captions and log-probabilities as the models' cards show it: picture by picture, the scores by a second pass."""
    processor, model = AutoProcessor.from_pretrained(family), AutoModelForImageTextToText.from_pretrained(family)
    answers = []
    for name in NAMES:
        image = Image.open(name)
        if family == "llava":
            content = [{"type": "image", "image": image}, {"type": "text", "text": prompt}]
            template = partial(processor.apply_chat_template, add_generation_prompt=True, tokenize=True)
            inputs = template([{"role": "user", "content": content}], return_dict=True, return_tensors="pt")
            given, end = inputs["input_ids"].shape[1], 0
        else:
            inputs = processor(image, prompt, return_tensors="pt") if prompt else processor(image, return_tensors="pt")
            given, end = (inputs["input_ids"].shape[1] - 1 if prompt else 1), 3
        (ids,) = model.generate(**inputs, max_new_tokens=MAX_NEW_TOKENS, do_sample=False)
        with torch.no_grad():
            logits = model(input_ids=ids[None], pixel_values=inputs["pixel_values"]).logits[0]
        chosen = logits.log_softmax(1)[given - 1 : -1].gather(1, ids[given:, None])
        text = processor.decode(ids[given:-1] if ids[-1] == end else ids[given:], skip_special_tokens=True)
        answers.append((text.strip(), float(chosen.sum())))
    return answers


@pytest.mark.parametrize(
    ("family", "prompt"), [("llava", PROMPT), ("llava", "what is sad"), ("blip", ""), ("blip", "a picture of")]
)
def test_captions_are_those_of_plain_transformers(caption: Run, family: str, prompt: str) -> None:
    default = {"llava": PROMPT, "blip": ""}[family]
    asked = [] if prompt == default else ["--prompt", prompt]
    code, lines, problems = caption(*NAMES, "--model", family, *asked, "--out", "out.parquet")
    assert code == 0
    assert problems[0].startswith(f"{family} (revision ")
    assert "zero-shot" in problems[0]
    expected = by_transformers(family, prompt)
    found = rows("out.parquet")
    assert [row["caption"] for row in found] == [text for text, _ in expected]
    assert len({text for text, _ in expected}) > 2
    assert [row["log_probability"] for row in found] == pytest.approx([value for _, value in expected], abs=1e-3)
    assert [row["picture"] for row in found] == NAMES
    # The terminal shows the same.
    assert [line.split("  ", 1)[0] for line in lines[1:]] == NAMES
    assert all(line.endswith(text) for line, (text, _) in zip(lines[1:], expected, strict=True))


def test_an_empty_caption_is_kept_and_counted(caption: Run) -> None:
    code, lines, problems = caption(*NAMES, "--model", "blip", "--out", "out.json")
    assert code == 0
    assert problems[1:] == ["2 captions are empty: the model said no word"]
    assert [bool(row["caption"]) for row in json.loads(Path("out.json").read_text())] == [False, True, False, True]
    assert len(lines) == 5


def test_a_batch_gives_the_captions_of_single_pictures(caption: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _, together, _ = caption(*NAMES, "--model", "llava")
    monkeypatch.setattr(vision_language_model, "BATCH", 1)
    assert caption(*NAMES, "--model", "llava")[1] == together


def test_pictures_that_cannot_be_read_are_left_out(caption: Run) -> None:
    Path("letter.png").write_text("Dear museum")
    code, lines, problems = caption("gone.png", NAMES[0], "letter.png", "--model", "llava")
    assert code == 2
    assert [line.split()[0] for line in lines[1:]] == NAMES[:1]
    assert [line.partition(": ")[0] for line in problems[1:]] == ["gone.png", "letter.png"]


@pytest.mark.parametrize("error", [ValueError, torch.OutOfMemoryError])
def test_a_picture_that_the_model_refuses_does_not_cost_the_others(
    caption: Run, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    _, expected, _ = caption(*NAMES, "--model", "llava")
    generate = VisionLanguageModel.generate

    def refusing(self: VisionLanguageModel, images: Sequence[Image.Image], most: int) -> Any:
        if any(image.size == (30, 40) for image in images):
            raise error("too narrow\nfor this model")
        return generate(self, images, most)

    monkeypatch.setattr(VisionLanguageModel, "generate", refusing)
    code, lines, problems = caption(*NAMES, "--model", "llava")
    assert code == 2
    assert problems[1:] == ["2.png: left out: the model does not take this picture: too narrow"]
    assert lines == [*expected[:3], *expected[4:]]


# The card or config of a model, and its licence.
LICENCES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "card": (lambda folder: (folder / "README.md").write_text(CARD.format("apache-2.0")), "apache-2.0"),
    "named apart": (
        lambda folder: (folder / "README.md").write_text(CARD.format("other\nlicense_name: tiny-terms")),
        "tiny-terms",
    ),
    "card without": (lambda folder: (folder / "README.md").write_text("# A tiny model\n"), "unknown"),
    "broken card": (lambda folder: (folder / "README.md").write_text("---\nlicense: [\n---\n"), "unknown"),
    "config": (lambda folder: _change(folder / "config.json", license="mit"), "mit"),
    "nothing": (lambda folder: None, "unknown"),
}


def _change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


@pytest.mark.parametrize("name", LICENCES)
def test_files_say_which_model_wrote_them_under_which_licence(caption: Run, name: str) -> None:
    write, licence = LICENCES[name]
    write(Path("llava"))
    _, _, problems = caption(NAMES[0], "--model", "llava/", "--prompt", "what", "--out", "out.parquet")
    found = origin(Path("out.parquet"))
    assert found is not None
    assert found == Origin("llava", found.revision, licence, "what")
    assert f"llava (revision {found.revision}, licence {licence})" in problems[0]
    _change(Path("llava/generation_config.json"), eos_token_id=1)
    caption(NAMES[0], "--model", "llava", "--prompt", "what", "--out", "other.parquet")
    other = origin(Path("other.parquet"))
    assert other is not None
    assert other.revision != found.revision


def test_a_page_names_the_model_and_shows_no_attention(caption: Run) -> None:
    caption(*NAMES, "--model", "llava", "--prompt", "what <i>is</i> sad", "--out", "out.html")
    page = " ".join(Path("out.html").read_text(encoding="utf-8").split())
    assert page.count('<article class="card"') == 4
    assert "A neural network, llava (revision " in page
    assert "with the prompt: what &lt;i&gt;is&lt;/i&gt; sad" in page
    assert not any(part in page for part in ("<canvas", "<button", "<output", "attention weights"))
    caption(*NAMES, "--model", "blip", "--out", "out.html")
    page = " ".join(Path("out.html").read_text(encoding="utf-8").split())
    assert "without a prompt." in page
    assert page.count("(no words)") == 2


def test_a_folder_is_resumed_by_the_same_model_alone(caption: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_folder, "SHARD", 2)
    captioned: list[int] = []
    generate = VisionLanguageModel.generate

    def killed(self: VisionLanguageModel, images: Sequence[Image.Image], most: int) -> Any:
        if most > 1:  # not the trial
            captioned.append(len(images))
            if len(captioned) == 2:
                raise KeyboardInterrupt
        return generate(self, images, most)

    monkeypatch.setattr(VisionLanguageModel, "generate", killed)
    run = partial(caption, *NAMES, "--model", "llava", "--out", "many")
    assert run()[0] != 0
    first = Path("many/captions-00000.parquet").read_bytes()
    code, (summary,), _ = run()
    assert (code, summary) == (0, "many: 2 pictures captioned, 2 were there already, 0 left out")
    assert captioned == [2, 2, 2]
    assert Path("many/captions-00000.parquet").read_bytes() == first
    caption(*NAMES, "--model", "llava", "--out", "once.parquet")
    files = sorted(map(str, Path("many").glob("*.parquet")))
    captions = [(row["picture"], row["caption"]) for file in files for row in rows(file)]
    assert captions == [(row["picture"], row["caption"]) for row in rows("once.parquet")]
    assert {origin(Path(file)) for file in files} == {origin(Path("once.parquet"))}
    note = json.loads(Path("many/_manifest.json").read_text())
    assert (note["model"], note["settings"]["prompt"]) == ("llava", PROMPT)
    assert note["settings"]["max_new_tokens"] == MAX_NEW_TOKENS
    # Without a network the card of a model may be missing: the captions are the same.
    Path("llava/README.md").write_text(CARD.format("mit"))
    assert run()[0] == 0
    for other in (["--model", "blip"], ["--model", "llava", "--prompt", "what"]):
        code, _, (*_, error) = caption(*NAMES, *other, "--out", "many")
        assert code == 1
        assert error.startswith("artemis caption: many: holds captions by llava, but ")


def _fill_cache(folder: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a model into the cache of the hub, as someone/tiny; returns its folder there."""
    repository = Path("cache/models--someone--tiny").absolute()
    shutil.copytree(folder, repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(repository.parent))
    return repository / "snapshots" / COMMIT


def test_a_model_of_the_local_cache_has_the_commit_as_its_revision(
    caption: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("llava/README.md").write_text(CARD.format("cc-by-4.0"))
    _fill_cache("llava", monkeypatch)
    code, _, _ = caption(NAMES[0], "--model", "someone/tiny", "--out", "out.parquet")
    assert code == 0
    assert origin(Path("out.parquet")) == Origin("someone/tiny", COMMIT, "cc-by-4.0", PROMPT)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--speaker", "data/speaker"], "--speaker"),
        (["--emotion", "awe"], "--emotion"),
        (["--candidates", "2", "--emotion", "all"], "--emotion and --candidates"),
    ],
)
def test_what_is_for_speakers_is_refused(caption: Run, options: list[str], named: str) -> None:
    code, lines, (error,) = caption(NAMES[0], "--model", "llava", *options)
    assert (code, lines) == (1, [])
    assert error.startswith(f"artemis caption: --model with {named}: ")


def test_a_list_with_an_emotion_is_refused(caption: Run) -> None:
    Path("list.csv").write_text("picture,emotion\n0.png,\n1.png,awe\n")
    code, lines, (error,) = caption("list.csv", "--model", "llava")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis caption: list.csv, line 3 has awe")
    Path("list.csv").write_text("picture,emotion\n0.png,\n1.png,\n")
    assert caption("list.csv", "--model", "llava")[0] == 0


def test_a_prompt_is_for_a_model(caption: Run) -> None:
    code, _, (error,) = caption(NAMES[0], "--prompt", "what")
    assert code == 1
    assert "--model" in error


def test_a_prompt_that_is_not_utf_8(caption: Run) -> None:
    code, _, (error,) = caption(NAMES[0], "--model", "llava", "--prompt", "caf\udce9")
    assert code == 1
    assert error.startswith(r"artemis caption: --prompt is 'caf\udce9', which is not UTF-8")


def _language_model(folder: Path) -> None:
    shutil.rmtree(folder)
    save_base(folder, whole_words(tiny.WORDS))


def _remove(*names: str) -> Callable[[Path], object]:
    return lambda folder: [(folder / name).unlink() for name in names]


# What is done to a model, and what the error names.
BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a language model": (_language_model, "no processor"),
    "a language model with a processor": (
        lambda folder: shutil.copy(folder.parent / "words/config.json", folder),
        "no vision-language model (image-text-to-text)",
    ),
    "no processor": (_remove("processor_config.json", "tokenizer.json", "tokenizer_config.json"), "no processor"),
    "no tokenizer": (_remove("tokenizer.json"), "no processor"),
    "no weights": (_remove("model.safetensors"), "safetensors"),
    "damaged weights": (
        lambda folder: (folder / "model.safetensors").write_bytes(b"half"),
        "no vision-language model (image-text-to-text)",
    ),
    "a damaged template": (
        lambda folder: (folder / "chat_template.jinja").write_text("{{ nothing("),
        "cannot be asked 'what' about a picture",
    ),
    "an empty folder": (lambda folder: [path.unlink() for path in folder.iterdir()], "no processor"),
    "no config": (_remove("config.json"), "config.json"),
    "no chat template": (_remove("chat_template.jinja"), "--prompt"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_folder_without_such_a_model(caption: Run, name: str) -> None:
    save_base(Path("words"), whole_words(tiny.WORDS))
    break_it, named = BROKEN[name]
    break_it(Path("llava"))
    code, lines, (error,) = caption(NAMES[0], "--model", "llava", "--prompt", "what")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis caption: llava: ")
    assert named in error


def test_a_cache_with_a_part_of_a_model(caption: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill_cache("llava", monkeypatch).joinpath("model.safetensors").unlink()
    code, _, (error,) = caption(NAMES[0], "--model", "someone/tiny")
    assert code == 1
    assert error.startswith("artemis caption: someone/tiny: no vision-language model")


def test_an_empty_name(caption: Run) -> None:
    code, _, (error,) = caption(NAMES[0], "--model", "")
    assert code == 1
    assert error.startswith("artemis caption: the name of the vision-language model is empty; --model is a folder")


@pytest.mark.parametrize("name", ["./nowhere", "models/of/mine", "someone/unknown", "unknown"])
def test_a_model_that_is_nowhere(caption: Run, name: str) -> None:
    code, lines, (error,) = caption(NAMES[0], "--model", name)
    assert (code, lines) == (1, [])
    assert error.startswith(f"artemis caption: the vision-language model {name} is n")
    assert "--model" in error


def test_code_of_a_model_does_not_run(caption: Run) -> None:
    ours = {"AutoConfig": "mine.Config", "AutoModelForImageTextToText": "mine.Model"}
    _change(Path("llava/config.json"), auto_map=ours, model_type="mine")
    Path("llava/mine.py").write_text("raise SystemExit('this code has run')")
    code, _, (error,) = caption(NAMES[0], "--model", "llava")
    assert code == 1
    assert "custom code" in error
