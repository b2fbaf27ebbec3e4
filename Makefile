# jettison: what a developer types. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OUT ?= out/pronounce

.PHONY: help demo test lint types imports bench evidence docs format lock clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(READY)  ## the main job on a real service: examples/pronounce, report and image in out/pronounce
	@sh .ci/machine demo
	$(BIN)/jettison optimize examples/pronounce --out $(OUT)

test: $(READY)  ## everything: unit tests, real images, the whole pipeline
	@sh .ci/machine test
	$(BIN)/python -m pytest -m "not slow" --numprocesses 3 --dist loadfile
	$(BIN)/python -m pytest -m slow --ignore tests/pipeline --numprocesses auto --maxprocesses 2 --dist loadfile --durations 15
	$(BIN)/python -m pytest -m slow tests/pipeline --timeout 1200 --numprocesses auto --maxprocesses 2 --dist loadfile --durations 15

lint: $(READY)  ## format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)  ## mypy --strict
	$(BIN)/mypy

imports: $(READY)  ## the house plan: which way imports point
	$(BIN)/lint-imports

bench: $(READY)  ## speed, in one interleaved run
	$(BIN)/python -m bench

evidence: $(READY)  ## the long measurements that the docs quote, as dated JSON under evidence/
	@sh .ci/machine test
	$(BIN)/python -m bench.evidence

docs: $(READY)  ## docs/rules, a page for every rule of `jettison lint`
	$(BIN)/python -m bench.rule_pages

format: $(READY)  ## rewrite to the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY)  ## resolve the development environment again
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-emit-package jettison \
	  --no-emit-package jettison-runtime --group pyproject.toml:dev pyproject.toml runtime/pyproject.toml \
	  --output-file requirements.lock --no-header

# The environment is made again when the lock changes. Hashes are checked; our own two packages are linked in.
$(READY): requirements.lock pyproject.toml runtime/pyproject.toml
	@sh .ci/machine python $(PYTHON)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e runtime -e .
	@touch $@

clean:  ## remove what make made here
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
