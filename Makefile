# Two commands on a fresh machine: `make demo` and `make test`. Everything stays in this folder (.venv, .cache).
.PHONY: help setup demo demo-kafka test bench format generate clean
.DEFAULT_GOAL := help

help:
	@echo "make demo        scan the demo cloud on this machine and show what is wasted (needs no credentials)"
	@echo "make demo-kafka  the same over a real Kafka broker, with the live tail of the events"
	@echo "make test        check and test everything"
	@echo "make bench       measure, and write docs/performance.md (nothing else should run meanwhile)"
	@echo "make format      format the code;   make generate  write the generated files again"

setup: .venv/.ready

.venv/.ready: uv.lock pyproject.toml
	@./deploy/setup.sh

demo: .venv/.ready
	@.venv/bin/sentinel demo $(ARGS)

demo-kafka: .venv/.ready
	@.venv/bin/sentinel demo --kafka $(ARGS)

test: .venv/.ready
	@./deploy/test.sh $(ARGS)

bench: .venv/.ready
	@.venv/bin/python -m benchmarks.report $(ARGS)

format: .venv/.ready
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

generate: .venv/.ready
	@.venv/bin/python -m scanners.core.catalogue --write
	@.venv/bin/python -m schemas.catalogue_docs --write
	@.venv/bin/python -m schemas.settings_docs --write
	@.venv/bin/python -m cli.docs --write
	@.venv/bin/python -m finops.readers.tables --write
	@.venv/bin/python -m cli.rules.pages --write
	@.venv/bin/python -m control_plane.setup.modules --write
	@.venv/bin/python -m schemas.instruments_docs --write

clean:
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
