# Everything a contributor runs. `make` alone lists it.
# Of several builds of the same Python the fastest; `make PYTHON=…` takes another.
PYTHON ?= $(shell python3 tools/interpreter.py)
BIN := .venv/bin
AGENTS := tests/journeys/agents
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ROOT_DEBIAN := $(shell [ "$$(id -u)" = 0 ] && command -v apt-get)

export PATH := $(CURDIR)/$(BIN):$(PATH)
# Tests start many short processes; compiling the package anew in each would take most of their time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := list
.PHONY: list run test proof check bench fix docs lock clean peers

list:            ## show these lines
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

run: .venv/run   ## start the demo: a gateway with three small upstreams, offline
	$(BIN)/trigate demo

test: .venv/dev .venv/node .cache/mcp-2.3.0.tar.gz peers ## the whole suite
	$(BIN)/pytest -n 2

proof: .venv/dev .venv/node .venv/agents .cache/mcp-2.3.0.tar.gz peers ## the tests too long for every day, marked proof
	$(BIN)/pytest -m proof --timeout 900

check: .venv/dev ## style, types and shape
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache

bench: .venv/dev .venv/node peers ## CPU per request beside nginx, HAProxy and Envoy
	$(BIN)/python -m bench

fix: .venv/dev   ## repair what can be repaired by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: .venv/dev  ## write docs/reference and the tree in the README
	$(BIN)/trigate reference docs/reference
	$(BIN)/python tools/tree.py README.md
	$(BIN)/python tools/losses.py
	$(BIN)/python -m tools.price_differences

lock: .venv/dev  ## renew the locks from pyproject.toml and package.json
	$(BIN)/python tools/lock.py
	$(BIN)/npm install --package-lock-only
	$(BIN)/npm install --package-lock-only --prefix $(AGENTS)

clean:           ## forget everything that can be made again
	rm -rf .venv .cache node_modules $(AGENTS)/node_modules build dist src/*.egg-info .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	set -e; python="$(PYTHON)"; \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'; \
	$$python -m venv .venv

.venv/run: requirements/run.txt pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes -r $<
	$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements/dev.txt .venv/run
	$(INSTALL) --no-compile --require-hashes -r $<
	@touch $@

.venv/node: package-lock.json .npmrc .venv/dev
	$(BIN)/npm ci --no-progress --loglevel=error
	@touch $@

# Has a server in it that offers everything the official conformance suite asks for. Without it, as without a network,
# those tests skip by name; with CI=true they fail.
.cache/mcp-2.3.0.tar.gz: requirements/conformance.txt .venv/dev
	-$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary mcp --require-hashes -r $< -d $(@D)
	@touch -c $@

# Coding agents, 900 MB of them.
.venv/agents: $(AGENTS)/package-lock.json $(AGENTS)/.npmrc .venv/dev
	$(BIN)/npm ci --prefix $(AGENTS) --no-progress --loglevel=error
	@touch $@

# Programs that tests and bench talk to. Without them (and without root) those tests skip by name; with CI=true they fail.
PEERS := nginx curl bwrap podman runc chromium
bench: PEERS += haproxy wrk
peers:
ifneq ($(ROOT_DEBIAN),)
	@missing=; for peer in $(PEERS); do command -v $$peer >/dev/null || missing=yes; done; \
	if [ "$$missing" ]; then apt-get update -qq && apt-get install -qq --no-install-recommends $(PEERS:bwrap=bubblewrap); fi
endif
