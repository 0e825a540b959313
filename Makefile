# What people run. What needs .venv builds it first when it is missing or older than requirements.txt.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The interpreter that .venv is made from: make PYTHON=/path/to/python3.12 repro
PYTHON ?= python3
# Heavy dependencies that only some need: make EXTRAS=language-models repro
EXTRAS ?=
SYNCED := .venv/.synced$(EXTRAS:%=-%)
# uv as it is on this machine, or one of our own, in .uv/.
UV := $(or $(shell command -v uv),.uv/bin/uv)

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Importing torch takes seconds longer without its cached bytecode.
unexport PYTHONDONTWRITEBYTECODE
# Two threads that spin while they wait take each other's core on a busy machine.
export OMP_WAIT_POLICY ?= PASSIVE
# These would lead uv or Python elsewhere.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help venv repro test check web bench gpu soak audit deps lock

help: ## Print this list
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

venv: $(SYNCED) ## Build .venv, as the other targets do first

repro: $(SYNCED) ## Run the whole study; what is up to date is not run again
	python -m commands check
	dvc repro

test: $(SYNCED) ## Run all tests
	pytest

check: $(SYNCED) ## Lint, format, types, architecture
	ruff check
	ruff format --check
	mypy
	pytest -q tests/test_architecture.py

web: tests/node_modules/axe-core tests/node_modules/mirador ## Fetch what tests of pages need from npm: axe-core and Mirador

# The packages alone: what they bundle needs no others.
tests/node_modules/axe-core: NPM := axe-core@4.14.1
tests/node_modules/mirador: NPM := mirador@4.0.0
tests/node_modules/%:
	mkdir -p $@.partial
	tar -xzf "$$(cd $@.partial && npm pack --silent --pack-destination . $(NPM) | sed "s|^|$$PWD/|")" -C $@.partial
	mv $@.partial/package $@ && rm -r $@.partial

bench: $(SYNCED) ## Time the big stages on made-up corpora of ArtEmis' size (minutes)
	python -m benchmarks.annotations
	python -m benchmarks.images
	python -m benchmarks.features
	python -m benchmarks.utterances
	python -m benchmarks.reports
	python -m benchmarks.text_classifier
	python -m benchmarks.metrics
	python -m benchmarks.meteor
	python -m benchmarks.novelty
	python -m benchmarks.human_study
	python -m benchmarks.captions
	python -m benchmarks.archives --pictures 4096
	python -m benchmarks.speaker
	python -m benchmarks.speaker_stored
	python -m benchmarks.speakers --only decode

gpu: $(SYNCED) ## What needs a GPU: its tests, epochs of a speaker and decoding at ArtEmis' size, in one report
	python -m benchmarks.gpu

soak: $(SYNCED) ## After `make repro`, the long tests: kills, queues, mutated files, speakers against each other (an hour or two)
	pytest -q -m soak -s
	python -m tests.reliability.fuzz --minutes 10
	python -m benchmarks.speakers --only learn

audit: $(UV) ## Look the pinned dependencies up among known vulnerabilities; needs a network
	"$(UV)" tool run pip-audit --strict --disable-pip --no-deps --requirement requirements.txt

deps: $(SYNCED) ## Write the code deps of dvc.yaml from the imports
	python -m tests.deps

lock: $(UV) ## Pin the dependencies of pyproject.toml in requirements.txt, and those of its extras
	UV_CUSTOM_COMPILE_COMMAND="make lock" "$(UV)" pip compile -q --universal --group dev pyproject.toml -o requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" "$(UV)" pip compile -q --universal --no-annotate --all-extras --constraint requirements.txt pyproject.toml -o requirements-extras.txt

# Installing the core alone removes what extras brought.
$(SYNCED): requirements.txt requirements-extras.txt pyproject.toml | $(UV)
	@"$(PYTHON)" -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); ok or sys.exit("Python 3.11, 3.12 or 3.13 is needed, but $(PYTHON) is " + sys.version.split()[0] + "; choose another: make PYTHON=python3.12 ...")'
	test -x .venv/bin/python || "$(UV)" venv -q --python "$(PYTHON)" .venv
	"$(UV)" pip sync -q --python .venv/bin/python requirements.txt
	rm -f .venv/.synced*
	"$(UV)" pip install -q --python .venv/bin/python --no-deps --editable .
	$(if $(EXTRAS),"$(UV)" pip install -q --python .venv/bin/python --constraint requirements-extras.txt --editable ".[$(EXTRAS)]")
	touch $@

# Some systems' Python has no ensurepip, and so no `venv` with pip, but pip itself.
.uv/bin/uv:
	"$(PYTHON)" -m venv .uv && .uv/bin/pip install -q uv || { rm -rf .uv && "$(PYTHON)" -m pip install -q --target .uv uv; }
	test -x $@
