# The two commands a newcomer needs: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The peers' own environment; why it is a second one: pyproject.toml, "peers".
PEERS := .peers
PEERS_STAMP := $(PEERS)/.installed
PEERS_PYTHON := $(wildcard $(PEERS)/bin/python)

.PHONY: run test setup check bench soak peers format clean
.DEFAULT_GOAL := run

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; ok = (3, 10) <= sys.version_info < (3, 14); \
	    sys.exit(0 if ok else "Patchlight needs Python 3.10 to 3.13, this is %d.%d; run: make PYTHON=python3.11 %s" \
	    % (*sys.version_info[:2], "$(MAKECMDGOALS)"))'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $(STAMP)

run: $(STAMP)
	@installers/qt-libraries.sh
	@$(BIN)/patchlight demo

test: check
	@installers/qt-libraries.sh
	@$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Beside anomalib only after `make peers`, or with PATCHLIGHT_PEERS_PYTHON naming its interpreter.
bench: $(STAMP)
	@PATCHLIGHT_PEERS_PYTHON="$${PATCHLIGHT_PEERS_PYTHON:-$(abspath $(PEERS_PYTHON))}" \
	    $(BIN)/python -m pytest -q -s --override-ini addopts= tests/benchmarks

# As root its station has a small disk of its own, which is then filled as well.
MINUTES ?= 30
SEED ?= 1
soak: $(STAMP)
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) --seed $(SEED)

peers: $(PEERS_STAMP)

$(PEERS_STAMP): pyproject.toml
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check '.[peers]'
	@touch $(PEERS_STAMP)

clean:
	rm -rf $(VENV) $(PEERS) .mypy_cache .ruff_cache .pytest_cache build dist *.egg-info
