# The two commands of the README are `make demo` and `make test`; `make` alone lists the rest.
# One cargo profile (dev) and one target folder serve everything, so that the SQL parser is compiled once.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
EXTRAS := embedded,mcp,arrow,test

export VIRTUAL_ENV := $(CURDIR)/$(VENV)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_QUIET := 1
# What bindgen needs, from the same place as `pip install` gets it.
NATIVE = eval "$$($(BIN)/python build_backend/pgwarrant_build.py)"

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-python build servers bench bench-check bench-apply bench-catalog bench-inverse rules-report inverse-report faults load fuzz differential lint format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Build, install into .venv and run the whole story on an embedded server
	@$(BIN)/pgwarrant demo

test: lint test-rust test-python ## Build, install into .venv and run every check and every test

test-rust: $(VENV)/.ready ## Run the core's own tests, without Python
	@$(BIN)/python .ci/servers.py majors
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" cargo test

test-python: build ## Check the stubs and run the Python tests
	@$(BIN)/python -m mypy.stubtest pgwarrant._core --mypy-config-file pyproject.toml
	@$(BIN)/python -m pytest

build: $(VENV)/.ready ## Compile the core and install the package into .venv
	@$(NATIVE) && $(BIN)/maturin develop --extras $(EXTRAS) --quiet

servers: $(VENV)/.ready ## Fetch the PostgreSQL majors of the test matrix that this machine lacks (best effort)
	@$(BIN)/python .ci/servers.py

bench: $(VENV)/.ready ## Measure beside PostgreSQL's own tools, as ratios
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" cargo bench

bench-check: $(VENV)/.ready ## Measure checks beside bare parsing, an idle interpreter and another linter
	@$(NATIVE) && cargo bench --quiet --bench check && cargo bench --quiet --bench check -- target/beside/sql \
		&& $(BIN)/maturin build --release --quiet --out target/beside
	@$(PYTHON) -m venv --clear target/beside/venv && env -u VIRTUAL_ENV target/beside/venv/bin/pip install --quiet \
		target/beside/*.whl squawk-cli==2.70.0
	@target/beside/venv/bin/python benches/beside.py target/beside/sql

bench-catalog: $(VENV)/.ready ## Measure snapshots beside the server's own time and pg_dump (PGWARRANT_TABLES, PGWARRANT_MAJORS)
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" MIMALLOC_PURGE_DELAY=0 cargo bench --quiet --bench catalog

bench-apply: $(VENV)/.ready ## Measure applying beside psql -1 -f (PGWARRANT_MAJORS, PGWARRANT_ROUNDS)
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" MIMALLOC_PURGE_DELAY=0 cargo bench --quiet --bench apply

bench-inverse: $(VENV)/.ready ## Measure inverses of whole catalogs beside their snapshots (PGWARRANT_TABLES, PGWARRANT_MAJORS)
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" cargo bench --quiet --bench inverse

rules-report: $(VENV)/.ready ## Measure the rules on the labelled files of other linters (PGWARRANT_CORPUS)
	@$(NATIVE) && cargo test --quiet --test rules_report

inverse-report: $(VENV)/.ready ## Undo what strangers changed, and go from schema to schema, on a real server (PGWARRANT_CORPUS)
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" PGWARRANT_REPORT=1 \
		cargo test --quiet --test inverse_report

faults: $(VENV)/.ready ## Let clients, servers, sockets and disks fail at every step of a run (FAULTS=1000 SEED=1)
	@$(BIN)/python .ci/servers.py majors
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" FAULTS=$(FAULTS) SEED=$(SEED) \
		cargo test --quiet --test faults -- --nocapture
FAULTS := 1000
SEED := 1

load: $(VENV)/.ready ## Apply and roll back while pgbench works, beside psql (LOAD=100)
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" LOAD=$(LOAD) cargo test --quiet --test all -- --nocapture load::
LOAD := 100

# What cargo-fuzz passes, as far as a stable compiler takes it.
SANCOV := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
          -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing
HOST   = $(shell rustc -vV | sed -n 's/^host: //p')
TARGET_OF_FUZZ := reading
SECONDS := 60

fuzz: $(VENV)/.ready ## Look for text that is read wrongly, guided by coverage (TARGET_OF_FUZZ=reading|contract SECONDS=60)
	@$(NATIVE) && cd fuzz && RUSTFLAGS="$(SANCOV)" cargo build --quiet --release --target $(HOST) --bin $(TARGET_OF_FUZZ)
	@mkdir -p fuzz/corpus/$(TARGET_OF_FUZZ) fuzz/findings
	@fuzz/target/$(HOST)/release/$(TARGET_OF_FUZZ) -max_total_time=$(SECONDS) -rss_limit_mb=2048 -timeout=20 \
		-artifact_prefix=fuzz/findings/ -dict=fuzz/dictionary.txt fuzz/corpus/$(TARGET_OF_FUZZ) tests/cases/checks

differential: $(VENV)/.ready ## Compare what is read with every psql and every server's parser (MUTANTS=1000000)
	@$(NATIVE) && PGWARRANT_PG_BIN="$$($(BIN)/python .ci/servers.py bins)" PGWARRANT_MUTANTS=$(MUTANTS) \
		cargo test --profile bench --test all -- --nocapture differential:: psql::
MUTANTS := 1000000

lint: build ## Check formatting, clippy, ruff and mypy
	@cargo fmt --check
	@$(NATIVE) && cargo clippy --all-targets -- -D warnings
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/.ready ## Format Rust and Python
	@cargo fmt
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

clean: ## Remove everything that was built
	rm -rf target $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find python tests -name __pycache__ -prune -exec rm -rf {} +
	rm -f python/pgwarrant/_core.abi3.so

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --group build
	@touch $@
