# Every target does its own set-up; nothing asks a question.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps

.PHONY: help demo dev test lint types tests lock clean
help:  ## This list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Installed exactly as locked: every file by its hash, bytecode compiled at once.
$(BIN)/python:
	@echo "==> making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "==> installing the locked requirements"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "==> installing the locked development requirements"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.installed  ## Crawl the sample site on loopback, end with a snapshot
	@$(BIN)/arxiv-ja-en demo

dev: $(VENV)/.installed  ## Dagster's UI on http://127.0.0.1:3000
	@mkdir -p .dagster
	@$(BIN)/dagster dev --host 127.0.0.1

test: lint types tests  ## Lint, types and the whole test suite

lint: $(VENV)/.installed-dev  ## Ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.installed-dev  ## mypy, strict
	@$(BIN)/mypy

tests: $(VENV)/.installed-dev  ## The test suite, on all cores
	@$(BIN)/pytest --numprocesses auto

lock: $(BIN)/python  ## Pin all requirements again, with hashes (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate --upgrade pyproject.toml --extra build -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate --constraint requirements.lock pyproject.toml --extra build --extra dev \
	    -o requirements-dev.lock

clean:  ## Remove what runs produced: archive, tables, snapshots, Dagster's own
	rm -rf .dagster data/archive data/tables data/snapshots data/inbox
