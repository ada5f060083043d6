#!/bin/sh
# Everything that must hold before a change lands. Skipped is not passed: with CI=true a suite that cannot run fails.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin

step() { printf '\n== %s\n' "$*"; }

step "ruff"
$bin/ruff check .
$bin/ruff format --check .
step "mypy --strict"
$bin/mypy
step "import-linter"
$bin/lint-imports
step "generated files"
$bin/python -m scanners.core.catalogue --check
$bin/python -m schemas.catalogue_docs --check
$bin/python -m schemas.compatibility --check
$bin/python -m schemas.settings_docs --check
$bin/python -m cli.docs --check
$bin/python -m cli.rules.pages --check
$bin/python -m control_plane.setup.modules --check
step "terraform"
deploy/terraform.sh
$bin/python -m schemas.instruments_docs --check
step "pytest"
exec $bin/pytest -q -n "${SENTINEL_TEST_PROCESSES:-3}" --dist loadgroup "$@"
