# `make help` says what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
FRONT := webapp/frontend/package-lock.json webapp/frontend/build.mjs $(shell find webapp/frontend/src -type f 2>/dev/null)
TESTS ?= tests

.PHONY: help run test check bench faults build chromium clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Huiqian needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock pyproject.toml $(FRONT) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

build: $(STAMP) ## install the locked dependencies and build the front end

run: $(STAMP) ## start everything with the demo company; PORT= and HUIQIAN_HOME= are obeyed
	@exec $(BIN)/huiqian run

chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } || $(BIN)/playwright install chromium

check: $(DEV_STAMP) ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check chromium ## every check and every test, the browser tests included
	$(BIN)/pytest -q -n 2 --dist loadgroup $(TESTS)

bench: $(DEV_STAMP) ## benchmarks; writes benchmarks/out/latest.json
	$(BIN)/python -m benchmarks

faults: $(DEV_STAMP) ## kill -9 and race runs, bounded in time
	$(BIN)/pytest -q -s -p no:xdist tests/faults --run-faults

clean: ## remove what was built and installed here
	rm -rf $(VENV) webapp/static/dist webapp/fonts webapp/frontend/node_modules
