# Changke: everything starts here. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -qq --require-hashes --no-deps --only-binary :all:
NICE   ?=

# Stamps carry the hash of their lock file, so that an unchanged lock costs nothing and a changed one is installed once.
RUN_STAMP := $(VENV)/.run-$(shell cksum < requirements.lock | tr ' ' '-')
DEV_STAMP := $(VENV)/.dev-$(shell cksum < requirements-dev.lock | tr ' ' '-')
COMPILE   := pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes \
             --no-emit-index-url --no-emit-find-links --no-header

.PHONY: help setup setup-dev run test lint bench messages lock audit clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(RUN_STAMP)  ## the virtual environment with what the product needs
setup-dev: $(DEV_STAMP)  ## the same with what tests and checks need

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Changke needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; on Debian install python3-venv"; exit 1; }

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing what Changke needs (once) ..."
	@$(PIP) -r requirements.lock
	@rm -f $(VENV)/.run-*; touch $@

$(DEV_STAMP): | $(RUN_STAMP)
	@echo "Installing what tests and checks need (once) ..."
	@$(PIP) -r requirements-dev.lock
	@rm -f $(VENV)/.dev-*; touch $@

lock:  ## compile the lock files anew from pyproject.toml (newest versions allowed there)
	@$(MAKE) --no-print-directory setup-dev
	$(BIN)/uv $(COMPILE) --upgrade -o requirements.lock
	$(BIN)/uv $(COMPILE) --upgrade --extra dev -c requirements.lock -o requirements-dev.lock
