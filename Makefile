# Every target does its own set-up; nothing asks a question.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps

.PHONY: help demo dev test lint types tests chromium test-ui test-deploy test-tools screenshots bench lock clean
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

# Wherever make was called from; a home that is set already wins.
demo dev: export DAGSTER_HOME ?= $(CURDIR)

demo: $(VENV)/.installed  ## Crawl the sample site on loopback, end with a snapshot
	@$(BIN)/arxiv-ja-en demo

dev: $(VENV)/.installed  ## Dagster's UI on http://127.0.0.1:3000
	@mkdir -p .dagster
	@# dg, which it would rather be started by, is a tool of development.
	@PYTHONWARNINGS='ignore:Function `dev_command` is superseded' $(BIN)/dagster dev --host 127.0.0.1

test: lint types tests  ## Lint, types and the whole test suite

lint: $(VENV)/.installed-dev  ## Ruff: rules and format; imports declared (deptry), nothing unused (vulture)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/vulture
	@$(BIN)/deptry pipeline
	@$(BIN)/deptry tests bench --ignore DEP002,DEP004

types: $(VENV)/.installed-dev  ## mypy, strict
	@$(BIN)/mypy

tests: $(VENV)/.installed-dev  ## The test suite, on all cores
	@$(BIN)/pytest --numprocesses auto

$(VENV)/.installed-full: $(VENV)/.installed-dev requirements-full.lock
	@echo "==> installing the locked requirements of test-ui and test-deploy"
	@$(PIP) --require-hashes -r requirements-full.lock
	@touch $@

# Debian's packages, where they are missing; $(call debian,<program>,<packages>).
debian = @command -v $(1) >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "==> installing $(2)" && apt-get -qq update && \
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes $(2) >/dev/null; \
	  else echo "$(1) is missing: install $(2) (Debian: apt-get install $(2))" >&2; exit 1; fi; }

chromium:  ## Debian's Chromium and Japanese fonts, for test-ui
	$(call debian,chromium,chromium fonts-noto-cjk)

test-ui: $(VENV)/.installed-full chromium  ## Dagster's UI in headless Chromium, over the sample
	@$(BIN)/pytest tests/ui $(if $(SCREENSHOTS),--screenshots $(SCREENSHOTS))

screenshots:  ## The same, and its pictures into docs/images
	@$(MAKE) test-ui SCREENSHOTS=docs/images

test-deploy: $(VENV)/.installed-full  ## deploy/ with a real Postgres and an S3 server on loopback
	$(call debian,pg_ctlcluster,postgresql)
	$(call debian,systemd-analyze,systemd)
	@$(BIN)/pytest tests/deploy

# What is locked stays, unless it is asked for: make lock UPGRADE=--upgrade
pin = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate pyproject.toml

# Their requirements are not ours, so they have an environment of their own, not locked.
$(VENV)-tools/.installed:
	@echo "==> making $(VENV)-tools"
	@$(PYTHON) -m venv $(VENV)-tools
	@$(VENV)-tools/bin/pip --disable-pip-version-check install -qq 'opusfilter~=3.3' 'mtdata~=0.5.1'
	@touch $@

test-tools: $(VENV)/.installed-dev $(VENV)-tools/.installed  ## Exports, read by OpusFilter, mtdata and TMX's DTD
	@test -e /usr/share/omegat/OmegaT.jar || { echo "==> installing omegat" && apt-get -qq update && \
	  apt-get -qq install --no-install-recommends --yes omegat >/dev/null; }
	@TOOLS_BIN=$(abspath $(VENV)-tools/bin) $(BIN)/pytest tests/tools

lock: $(VENV)/.installed-dev  ## Pin what pyproject.toml asks for, with hashes; UPGRADE=--upgrade: anew
	@$(pin) $(UPGRADE) --extra build -o requirements.lock
	@$(pin) $(UPGRADE) --constraint requirements.lock --extra build --extra dev \
	    -o requirements-dev.lock
	@$(pin) $(UPGRADE) --constraint requirements.lock --extra build --extra deploy \
	    -o requirements-deploy.lock
	@$(pin) $(UPGRADE) --constraint requirements-dev.lock --constraint requirements-deploy.lock \
	    --all-extras -o requirements-full.lock

bench: $(VENV)/.installed-dev  ## Time and memory of every stage, to a million papers (half an hour and more)
	@$(BIN)/python -m bench $(if $(PAPERS),--papers $(PAPERS))

clean:  ## Remove what runs produced: archive, tables, snapshots, Dagster's own
	rm -rf .dagster data/archive data/tables data/snapshots data/inbox
