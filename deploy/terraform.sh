#!/bin/sh
# The Terraform modules: their form, and what other checkers say of them where they are installed.
# SENTINEL_TERRAFORM_PLUGINS names a folder of providers (a file-system mirror): then the AWS examples are validated too.
set -eu
cd "$(dirname "$0")/../terraform"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/terraformrc"
export TF_CLI_CONFIG_FILE="$work/terraformrc" CHECKPOINT_DISABLE=1

have() { command -v "$1" >/dev/null 2>&1 || { echo "not run: $1 is not installed"; return 1; }; }

if have terraform; then
    terraform fmt -check -diff -recursive .
    echo "terraform fmt: as it should be"
fi
if have tflint; then
    for folder in modules/* modules/*/examples/*; do (cd "$folder" && tflint --no-color); done
    echo "tflint: nothing to say"
fi
if have checkov; then
    checkov --directory . --framework terraform --skip-download --quiet --compact
fi
if [ -n "${SENTINEL_TERRAFORM_PLUGINS:-}" ] && have terraform; then
    cp -r modules "$work/modules"
    for folder in "$work"/modules/aws-read-role/examples/*; do
        (cd "$folder" && terraform init -no-color -input=false -plugin-dir="$SENTINEL_TERRAFORM_PLUGINS" >/dev/null &&
            terraform validate -no-color)
    done
else
    echo "not run: terraform validate (SENTINEL_TERRAFORM_PLUGINS names no folder of providers)"
fi
