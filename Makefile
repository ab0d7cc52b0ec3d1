# The only commands anyone must know: run, dev, test, check, golden, bench. Each installs what it needs.
SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
BIN := .venv/bin
WORKSPACE ?= examples/shop
KILLS ?= 200
ROWS ?=
SIZE ?= 1
NIGHTS ?= 60
SECONDS ?= 60
SOURCES ?=
DIR ?=
ENGINE ?= duckdb
AGAIN ?=

# Bytecode is compiled once at install: where writing it is switched off, every process would compile
# thousands of files again (measured: 14 s against 10 s for one dbt build).
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never
export UV_LINK_MODE := copy

.PHONY: help run dev test parity long check golden samples docs faults bench fuzz nights lock fix clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: .venv/.pipeline ## demo data, the whole pipeline, the verdict and the ten gaps
	@$(BIN)/gapsight demo --workspace $(WORKSPACE) --if-absent
	@$(BIN)/gapsight run --workspace $(WORKSPACE)

dev: .venv/.pipeline ## the Dagster UI on 127.0.0.1:3000
	@$(BIN)/gapsight dev --workspace $(WORKSPACE)

test: .venv/.dev ## every test a change needs but the house rules (check): about a quarter of an hour
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not long and not spark" --ignore tests/rules

parity: .venv/.spark ## the same marts from DuckDB and from a Spark cluster of two workers: about five minutes
	@$(BIN)/python -m pytest -p no:xdist -m "spark and not long" tests/parity

long: .venv/.spark ## campaigns before a release: backfills in the real UI, kills below it, the first day
	@$(BIN)/python -m pytest -n 3 --dist loadfile -m long

check: .venv/.dev ## ruff, types, SQL lint, house rules
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-rules check-style check-types

.PHONY: check-rules check-style check-types
check-rules:
	$(BIN)/python -m pytest tests/rules

check-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint dbt_project/models dbt_project/tests --disable-progress-bar

check-types:
	$(BIN)/mypy

fix: .venv/.dev ## let the formatters do what they can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project/models dbt_project/tests --disable-progress-bar

golden: .venv/.dev $(if $(filter spark,$(ENGINE)),.venv/.spark) ## compare a folder of expected numbers with the real models: make golden DIR=... ENGINE=spark
	@$(BIN)/python -m tests.golden $(if $(DIR),$(DIR),tests/golden/scores) $(ENGINE)

samples: .venv/.dev ## what gapsight parse makes of a folder of samples: make samples DIR=...
	@$(BIN)/python -m tests.samples.table $(DIR)

docs: .venv/.dev ## write docs/data-dictionary.md again
	@$(BIN)/python -m scripts.data_dictionary

faults: .venv/.dev ## many kills at random moments: make faults KILLS=200
	@$(BIN)/python -m pytest tests/faults --kills $(KILLS)

bench: .venv/.dev .tools/bench $(if $(findstring engines,$(or $(ROWS),engines)),.venv/.spark) ## speed and size beside references: make bench ROWS=junit,jacoco SIZE=0.1
	@$(BIN)/python -m benchmarks --rows "$(ROWS)" --size $(SIZE)

fuzz: .venv/.dev .tools/fuzz-lib ## libFuzzer on each parser: make fuzz SECONDS=60 SOURCES=junit,jira
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --sources "$(SOURCES)" $(if $(AGAIN),--again $(AGAIN))

nights: .venv/.dev ## nights one after the other, do they stay alike: make nights NIGHTS=60
	@$(BIN)/python -m benchmarks.nights --nights $(NIGHTS)

lock: $(UV) ## write requirements/*.txt again
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/base.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements/build.in --extra pipeline -o requirements/pipeline.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements/build.in --extra pipeline --extra postgres --extra dev -c requirements/pipeline.txt -o requirements/dev.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements/build.in --extra pipeline --extra spark -c requirements/dev.txt -o requirements/spark.txt

clean: ## remove what was installed and what the demo made
	rm -rf .venv .tools examples/shop/var

# What only a reference needs: not in the environment that everything else runs in.
.tools/bench: benchmarks/requirements.txt | .venv/bin/python
	@$(UV) pip install --quiet --python .venv/bin/python --target $@ --require-hashes -r $<
	@touch $@

.tools/bin/uv:
	@PYTHON=$(PYTHON) sh scripts/get_uv.sh

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --python $(PYTHON) .venv

.venv/.pipeline: requirements/pipeline.txt pyproject.toml | .venv/bin/python
	@echo "installing (first time about a minute) ..."
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r requirements/pipeline.txt
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.pipeline
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# Half a gigabyte and a JVM, which only another engine needs.
.venv/.spark: requirements/spark.txt .venv/.dev
	@echo "installing Spark (first time about two minutes) ..."
	@sh scripts/get_java.sh
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --require-hashes -r requirements/spark.txt
	@touch $@

.tools/fuzz-lib: tests/fuzz/requirements.txt | .venv/bin/python
	@$(UV) pip install --quiet --python .venv/bin/python --target $@ --require-hashes -r $<
	@touch $@
