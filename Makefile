# Needs python3 (3.11 or newer) and make; everything else is brought into .venv and .tools.
# `setup` comes first everywhere: it takes no time when uv.lock is what .venv already holds.

# Compiled modules make everything start in half the time; they lie apart from the sources where
# nothing may be written beside those.
ifneq ($(PYTHONDONTWRITEBYTECODE),)
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.tools/pycache
endif

PYTHON ?= python3
RUN := .venv/bin/python -m
SCRIPTED := $(RUN) entrypoints.cli

.DEFAULT_GOAL := help
.PHONY: help setup up demo test check bench reset fmt

help:  ## show what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup:  ## bring .venv to what uv.lock says
	@$(PYTHON) bootstrap.py

up: setup  ## start the whole platform on this machine, with a clinic day in it
	@$(SCRIPTED) up

demo: setup  ## tell the story of one consultation, from intake to the physician's bank
	@$(SCRIPTED) demo

test: setup  ## run every test
	@browser="$$($(PYTHON) bootstrap.py chromium)" && export CHROMIUM="$$browser" \
	&& $(RUN) entrypoints.portal.build \
	&& $(RUN) pytest -n 2 --dist loadgroup

check: setup  ## formatting, lint, types, import contracts, and the tests of the core
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy
	@.venv/bin/lint-imports
	@$(RUN) pytest -q tests/domain tests/application tests/architecture

bench: setup  ## measure; ONLY=P1 for one ratio
	@$(RUN) benchmarks $(ONLY)

reset: setup  ## stop the platform and delete its data
	@$(SCRIPTED) reset --yes

fmt: setup  ## format, and mend what the linter can
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .
