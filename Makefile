# Everything a person or a pipeline does here. Needs make and Python 3.11 or newer, nothing else.

SHELL := /bin/bash

# The first interpreter that is new enough; `make PYTHON=/path/to/python3.12 test` overrides it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

LOCK := requirements-dev.lock
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV ?= uv

.DEFAULT_GOAL := help
.PHONY: help demo examples test lint format bench fuzz proofs docs dist pyz lock clean distclean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Installed from the lock, hashes checked; our own package is linked, so edits take effect at once.
$(READY): $(LOCK) pyproject.toml
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	  echo "error: CAIO needs Python 3.11 or newer, found: $$($(or $(PYTHON),python3) --version 2>&1 || echo none)" >&2; \
	  echo "help: install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	  exit 1; \
	fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV) || { \
	  echo "help: on Debian and Ubuntu the module comes with: apt install python3-venv" >&2; exit 1; }
	@echo "installing the locked dependencies into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement $(LOCK)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Import a real registry, route, verify, tamper, see it refused
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash examples/llm_gateway/demo.sh

examples: $(READY) ## Run every example
	@ran=0; for script in examples/*/run.sh examples/*/demo.sh; do \
	  [ -e "$$script" ] || continue; \
	  echo "== $$script"; ran=1; \
	  PATH="$(CURDIR)/$(BIN):$$PATH" bash "$$script" || exit 1; \
	done; [ "$$ran" = 1 ] || { echo "error: no examples/*/run.sh or examples/*/demo.sh found" >&2; exit 1; }

lint: $(READY) ## Style, strict types and the direction of imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

# Exit status 5 means that nothing is marked slow, which is no failure.
test: lint ## Lint, then all tests, the fast ones first
	@$(BIN)/pytest -q -n 2 -m "not slow"
	@$(BIN)/pytest -q -n 2 -m slow || [ $$? -eq 5 ]

format: $(READY) ## Rewrite the sources in the house style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(READY) ## Measure, as a table with ratios to baselines of the same run
	@$(BIN)/python -m tests.bench

fuzz: $(READY) ## Run the long differential and tampering campaigns
	@$(BIN)/python -m tests.fuzz

proofs: ## Build the machine-checked proofs (installs Coq where it may), refuse any axiom
	@bash proofs/check.sh

docs: $(READY) ## Build the site to build/docs; every warning is an error
	@$(BIN)/sphinx-build -q -W --keep-going -n -c docs -d build/docs-trees . build/docs
	@echo "build/docs/index.html"

dist: $(READY) ## Build the wheel and the source archive
	@rm -rf dist
	@$(BIN)/python -m hatchling build --target sdist --target wheel

pyz: $(READY) ## Build caio-check.pyz, the checker of evidence as one file
	@$(BIN)/python -m caio.evidence.pack build/caio-check.pyz

lock: ## Renew the lock file (needs uv)
	@command -v $(UV) >/dev/null || { echo "error: uv is needed to renew the lock: https://docs.astral.sh/uv/" >&2; exit 1; }
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --fork-strategy fewest --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" --upgrade --group dev pyproject.toml --output-file $(LOCK)

clean: ## Remove caches and build products
	@rm -rf build dist htmlcov .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## Remove the virtual environment as well
	@rm -rf $(VENV)
