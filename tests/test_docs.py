"""Every command of README.md and docs/, run as a reader would, on a miniature study.

The blocks of a page run in order, in one copy of a finished miniature that contains what the page
mentions. `bash soak` marks blocks that train or queue (`make soak` runs them, with all the others of
their page); `bash ci` marks what CI runs outside of this test; `bash elsewhere` marks what no test
can run, each listed below with the reason.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.markdown import DOCS, Block, blocks
from tests.miniature import Miniature
from tests.study import ROOT
from tests.warm.interpreter import environment

MARKS = {"", "soak", "ci", "elsewhere"}
SHELLS = {"bash", "sh", "shell", "console", "zsh"}
GPUS = "several GPUs"
CLUSTER = "a cluster"
WEIGHTS = "pretrained weights from the network"
HUB = "an account of the hub, and a model there"
SERVER = "a server that runs until Ctrl-C, and the extra serve"
REVIEWED = "a sheet that people have filled in"
OWNED = "data that come by a form, pretrained weights from the network and a GPU for hours"
ELSEWHERE = {
    'LAUNCH="torchrun --nproc_per_node 8" dvc repro speaker': GPUS,
    'sbatch --array=1-64 --cpus-per-task=1 --wrap "OMP_NUM_THREADS=1 artemis caption /shared/archive '
    '--out /shared/captions/"': CLUSTER,
    "artemis caption ~/archive --out captions/ --ray local": CLUSTER,
    "artemis caption /shared/archive --out captions/ --ray auto": CLUSTER,
    "artemis caption s3://museum/scans --out captions/ --ray head:6379": CLUSTER,
    "RAY=head:6379 dvc repro features": CLUSTER,
    "CUDA_VISIBLE_DEVICES=0 dvc queue start --jobs 1": GPUS,
    "CUDA_VISIBLE_DEVICES=1 dvc queue start --jobs 2": GPUS,
    "dvc exp run --queue --allow-missing $(printf -- '-C %s ' data/raw/resources/*) -S captions.temperature=0.5": OWNED,
    "dvc exp run --queue -S speaker.steps_per_epoch=50,100,1000,2000,5000,7000,10000": OWNED,
    "dvc exp run --queue -S speaker.steps_per_epoch=1000 -S speaker.merge.epochs=5,6,10,15,50": OWNED,
    "dvc exp run --queue -S speaker.steps_per_epoch=1000 -S features.pooling=max": OWNED,
    "dvc exp run --queue -S speaker.weights=image_classifier": OWNED,
    "dvc queue start && dvc exp show": OWNED,
    "git clone https://github.com/optas/artemis ~/artemis": "the network",
    "artemis import word-tables ~/artemis --glove ~/Downloads/glove.6B.100d.txt": OWNED,
    "cp ~/Downloads/glove.6B.100d.txt data/raw/resources/": OWNED,
    "artemis import twins ~/artemis/artemis/data/wiki_art_duplicate_paintings.pkl artemis": OWNED,
    "artemis import hub youssef101/artelingo-dummy artelingo --language english --split-column split": "a network",
    "dvc exp run -S dataset=mine -S utterances.split_by=given -S utterances.high_coverage=0": OWNED,
    "artemis import artemis-v2 Contrastive.csv v2 --artemis artemis_dataset_release_v0.csv --images ~/wikiart": OWNED,
    "artemis flip data/raw/v2/pairs.csv mine.csv": OWNED,
    "artemis caption https://museum.example/manifest.json --out museum.jsonld": "a museum's server",
    "artemis caption ~/museum --out museum.jsonld --base https://museum.example/captions/": "a museum's server",
    "artemis study read answers/*.json --study pilot --out results.html": "the answers of people",
    "artemis score mine.csv --only data/raw/v2/test_sets/test_new.csv": OWNED,
    "artemis caption ~/museum --model Salesforce/blip-image-captioning-base": WEIGHTS,
    "artemis caption ~/museum --model Salesforce/blip-image-captioning-base --out blip.html": WEIGHTS,
    "artemis caption ~/museum --model HuggingFaceTB/SmolVLM-256M-Instruct "
    '--prompt "Which feeling does this painting evoke, and why?"': WEIGHTS,
    "artemis caption data/external_captions/pictures.csv --model Salesforce/blip-image-captioning-base "
    "--out data/raw/external_captions/blip": WEIGHTS,
    "artemis publish speaker ann/museum-speaker": HUB,
    "artemis publish text-classifier ann/museum-text": HUB,
    "artemis publish image-classifier ann/museum-pictures --private": HUB,
    "artemis publish tables ann/museum-emotions": HUB,
    "artemis caption ~/museum --speaker ann/museum-speaker --emotion awe": HUB,
    "artemis fetch speaker ann/museum-speaker@v1 data/raw/museum_speaker": HUB,
    "dvc exp run -S speaker.init=data/raw/museum_speaker": HUB,
    "artemis caption ~/museum --review review.xlsx": "pictures of one's own",
    "artemis review read review.csv --out review.html": REVIEWED,
    "artemis review read review.xlsx": REVIEWED,
    "artemis review read review.xlsx --out museum.jsonld --approved": REVIEWED,
    "artemis preset artemis": OWNED,
    "artemis preset language_model": "a network and a data set of one's own",
    "make EXTRAS=language-models check": "a network",
    "dvc repro": "a network and a data set of one's own",
    "make repro": OWNED,
    "make EXTRAS=serve check": "a network",
    "artemis serve": SERVER,
    "artemis serve --speaker speakers/mine --port 0": SERVER,
    "artemis serve --host 0.0.0.0 --name gallery.example": SERVER,
    "dvc remote add --default lab s3://our-bucket/artemis": "a bucket and its keys",
}
EVERY = [block for file in DOCS for block in blocks(file)]
PAGES = [file for file in DOCS if any(block.language == "bash" for block in blocks(file))]
NAMES = [str(file.relative_to(ROOT)) for file in PAGES]


def test_every_block_of_commands_is_bash_with_a_known_mark() -> None:
    assert [block.place for block in EVERY if block.language in SHELLS - {"bash"}] == []
    # A block without a language would hide commands; one that shows output or a tree has none.
    hidden = [
        block.place
        for block in EVERY
        if not block.language and block.text.startswith(("dvc ", "python -m ", "make ", "git ", "artemis ", "$ "))
    ]
    assert hidden == []
    assert {block.mark for block in EVERY if block.language == "bash"} <= MARKS


def test_what_is_not_run_is_listed_with_a_reason() -> None:
    assert {command for block in EVERY if block.mark == "elsewhere" for command in block.commands} == set(ELSEWHERE)


def test_a_block_that_is_not_run_says_what_it_needs() -> None:
    silent = [
        block.place for block in EVERY if block.mark == "elsewhere" and not block.text.lower().startswith("# needs ")
    ]
    assert silent == []


def test_what_ci_runs_is_run_by_ci() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8") + (ROOT / "Makefile").read_text("utf-8")
    told = {command for block in EVERY if block.mark == "ci" for command in block.commands}
    by_pytest = {command for command in told if command.startswith("pytest tests/")}
    assert all((ROOT / command.split()[1]).exists() for command in by_pytest)
    assert {command for command in told - by_pytest if command.replace("make", "\nmake") not in script} == set()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_the_commands_of_a_page_run(page: Path, miniature: Miniature, tmp_path: Path) -> None:
    _read(page, {""}, miniature, tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_all_commands_of_a_page_run(page: Path, miniature: Miniature, tmp_path: Path) -> None:
    _read(page, {"", "soak"}, miniature, tmp_path)


def _read(page: Path, marks: set[str], miniature: Miniature, folder: Path) -> None:
    study = folder / "study"
    shutil.copytree(miniature.folder, study, symlinks=True)
    _furnish(study, folder / "home")
    for block in blocks(page):
        if block.language == "bash" and block.mark in marks:
            _run(block, study, folder / "home")


def _run(block: Block, study: Path, home: Path) -> None:
    """Run a block in a shell of its own, at the root of the study, as one who has activated .venv."""
    who = {f"GIT_{role}_{what}": "reader" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    own = {
        "HOME": str(home),
        # As `artemis` has it where the clone's own .venv is active.
        "PYTHONPATH": str(study),
        "DVC_SITE_CACHE_DIR": str(study / ".dvc" / "site"),
        **who,
    }
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", block.text],
        cwd=study,
        env={**environment(), **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block.place}:\n{done.stdout}"


def _furnish(study: Path, home: Path) -> None:
    """What a reader has at hand: a study under Git, pictures, captions, and ArtEmis' files as they are received."""
    (study / ".venv").symlink_to(sys.prefix)
    with (study / ".git/info/exclude").open("a") as file:
        file.write(".venv\n.dvc/site\nmy.jpg\nholiday.jpg\nmine.csv\n")
    pictures = sorted((study / "data/raw/demo/images").rglob("*.jpg"))
    for name, picture in zip(("my.jpg", "holiday.jpg"), pictures, strict=False):
        shutil.copy(picture, study / name)
    museum = home / "museum"
    museum.mkdir(parents=True)
    for picture in pictures[2:4]:
        shutil.copy(picture, museum)
    shutil.copytree(museum, home / "archive")
    # A speaker that has learnt for an epoch may say nothing; neighbours' captions are people's.
    captions = pd.read_parquet(study / "data/neighbor_captions/captions.parquet")
    captions[["art_style", "painting", "caption"]].to_csv(study / "mine.csv", index=False)
    _as_received(study / "data/raw/demo", home)
    for words in (["add", "-A"], ["-c", "user.name=test", "-c", "user.email=test", "commit", "-qm", "A first run"]):
        subprocess.run(["git", *words], cwd=study, check=True)


def _as_received(demo: Path, home: Path) -> None:
    """The embedded corpus as strangers' data are: a mojibake name, a bad row, a broken and a missing picture."""
    shutil.copytree(demo / "images", home / "wikiart")
    rows = pd.read_csv(demo / "annotations.csv", keep_default_na=False)
    artworks = rows[["art_style", "painting"]].drop_duplicates().to_numpy().tolist()
    (style, name), *_, broken, missing = artworks
    strange = f"joaquã\u00adn-{name}"
    rows.loc[(rows["art_style"] == style) & (rows["painting"] == name), "painting"] = strange
    (home / "wikiart" / style / f"{name}.jpg").rename(home / "wikiart" / style / f"{strange}.jpg")
    file = home / "wikiart" / broken[0] / f"{broken[1]}.jpg"
    file.write_bytes(file.read_bytes()[:500])
    (home / "wikiart" / missing[0] / f"{missing[1]}.jpg").unlink()
    bad = rows.iloc[[0]].assign(emotion="joy")
    (home / "Downloads").mkdir()
    pd.concat([rows, bad]).to_csv(home / "Downloads/artemis_dataset_release_v0.csv", index=False)
