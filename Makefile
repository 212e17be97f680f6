# Everything a person or CI types. Needs Python 3.11 or newer and make; installs the rest into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .cache/peers/.venv
PORT ?= 3000

.PHONY: demo up test test-long reliability check format bench docs screenshots clean
.DEFAULT_GOAL := demo

$(READY): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Paceline needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing the locked versions into $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY) ## a demo warehouse from the sandbox; UI=1 keeps the Dagster UI up, CHAOS=1 lets it storm meanwhile
	@$(BIN)/python -m paceline.demo $(if $(UI),--ui --port $(PORT)) $(if $(CHAOS),--chaos)

up: $(READY) ## the Dagster UI and daemon on the real configuration
	@$(BIN)/paceline up --port $(PORT)

test: $(READY) ## the whole default test suite
	@$(BIN)/python -m pytest

test-long: $(READY) ## the suite with its nightly sizes and tests, about an hour
	@$(BIN)/python -m pytest --tier N

reliability: $(READY) ## the tests of the promises in their largest size; writes docs/reliability.md
	@$(BIN)/python -m pytest --tier R -m promise --report=docs/reliability.md

check: $(READY) ## format, lint, types and tests as CI runs them
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest

format: $(READY) ## rewrite the code as the formatter wants it
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) $(PEERS)/.ready ## the performance tables, in a form for docs/performance.md; QUICK=1 for small sizes
	@$(BIN)/python -m bench $(if $(QUICK),--quick)

$(PEERS)/.ready: bench/peers.txt # what Paceline is compared with, in an environment of its own
	@echo "Installing what Paceline is compared with into $(PEERS) (once) ..." >&2
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r bench/peers.txt
	@touch $@

docs: $(READY) ## docs/tables.md and docs/contracts.md from the code
	@$(BIN)/python -m paceline.table_pages
	@$(BIN)/python -m paceline.contract_page

screenshots: $(READY) ## the pictures of docs/ui.md, from a demo in headless Chromium
	@$(BIN)/python -m docs.screenshots

lock: ## constraints.txt from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra hosts --group dev --universal --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate --upgrade -o constraints.txt

clean: ## everything that is not in the repository, but never the data folder
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
