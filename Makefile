# sixminute. `make` alone prints this list; a newcomer needs `make run` and `make test`, nothing else.

PYTHON ?= python3
DATA ?= data
BIN := .venv/bin

.DEFAULT_GOAL := help

.PHONY: help
help: ## print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## make .venv with everything that running needs
	@$(PYTHON) scripts/setup.py run

.PHONY: run
run: setup ## set up and start everything, with the demonstration; Ctrl-C stops it
	@$(BIN)/sixminute up --demonstration

.PHONY: setup-test
setup-test:
	@$(PYTHON) scripts/setup.py test

.PHONY: test
test: setup-test ## the whole suite: style, types, import rules, tests with coverage
	@$(BIN)/python scripts/check.py
	@$(BIN)/python scripts/run_tests.py

.PHONY: check
check: setup-test ## style, types and import rules only
	@$(BIN)/python scripts/check.py

.PHONY: format
format: setup-test ## bring the code into its form
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: bench
bench: setup ## how fast each stage is on this machine
	@$(BIN)/sixminute bench

.PHONY: bench-distributed
bench-distributed: setup-test ## the same through Kafka and PostgreSQL, with workers as processes
	@$(BIN)/python scripts/bench_distributed.py $(ARGS)

.PHONY: chaos
chaos: setup-test ## 200 faults on a distributed set-up, and whether the books balance (ARGS="--faults 20 --brokers 1")
	@$(BIN)/python -m tests.chaos $(ARGS)

.PHONY: train
train: ## train the bundled model from the data folder (DATA=…), resumable; leaves it in sentiment/model
	@$(PYTHON) scripts/setup.py train
	@$(BIN)/python -m sentiment.training --data $(DATA) --install

.PHONY: constraints
constraints: ## pin all dependencies anew
	@$(BIN)/uv pip compile -q --universal --no-emit-index-url --no-emit-find-links --no-annotate --python-version 3.11 \
		--extra bench --extra train --extra test --extra tracing pyproject.toml -o constraints.txt --custom-compile-command "make constraints"

.PHONY: clean
clean: ## remove what was installed and built here; data under var/ stays
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*
