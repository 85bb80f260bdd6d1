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

.PHONY: help setup setup-dev run test test-wide torture lint bench messages lock audit clean

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

run: setup  ## the whole product; PORT, HOST, DATABASE_URL, REDIS_URL and CELERY_BROKER_URL may be set
	@CHANGKE_DEMO="$${CHANGKE_DEMO:-$(if $(DATABASE_URL),0,1)}" exec $(BIN)/python manage.py serve

test: setup-dev  ## the whole suite
	@$(BIN)/python tests/run_all.py

test-wide: setup-dev  ## the flows of guides, managers and customers on tablet and desktop too
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "browser and wide" tests/browser

torture: setup-dev  ## thousands of histories in any order against an oracle; SEED, HISTORIES, PERMUTATIONS, WORKERS, ONLY
	@$(BIN)/python -m tests.torture

LINT_ENV := DATABASE_URL=postgres://nobody@localhost:1/none
DEPLOY_ENV := $(LINT_ENV) SECRET_KEY=$(shell printf 'check-only-%.0s' 1 2 3 4 5 6 7 8) \
	CHANGKE_FIELD_KEYS=$(shell printf 'seal-only-%.0s' 1 2 3 4 5 6) CHANGKE_HTTPS=1 ALLOWED_HOSTS=shop.example
lint: setup-dev  ## style, types, security, missing migrations, settings for production
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(LINT_ENV) $(BIN)/python -m mypy
	$(BIN)/bandit -q -ll -r -c pyproject.toml config stores members coupons campaigns workbench
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(DEPLOY_ENV) $(BIN)/python manage.py check --deploy --fail-level WARNING

audit: setup-dev  ## known security holes in what we depend on
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

bench: setup-dev  ## our speed beside the limit of this machine; SCALE=tiny, small, million or full, BENCH=names
	@SCALE=$${SCALE:-small} $(BIN)/python -m tests.bench $(BENCH)

messages: setup-dev  ## gather all texts into the catalogue and compile it (needs GNU gettext)
	$(BIN)/python manage.py makemessages -l zh_Hans --no-obsolete --no-wrap --add-location file \
	  --ignore '.venv/*' --ignore 'var/*' --ignore 'tests/*'
	@# Chinese has one plural form; gettext leaves an empty line for a second one.
	@sed -i.bak '/^msgstr\[1\] ""$$/d' locale/zh_Hans/LC_MESSAGES/django.po && rm locale/zh_Hans/LC_MESSAGES/django.po.bak
	$(BIN)/python -m config.catalogues locale locale/theme

clean:  ## remove the virtual environment; the data in var/ stays
	rm -rf $(VENV)
