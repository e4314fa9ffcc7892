#!/usr/bin/env bash
# Fetches what the images need, each file checked against its hash, so that the builds themselves need no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rm -rf web/vendor worker/node_modules
python3 -m pip install --quiet --require-hashes --only-binary=:all: --no-deps --no-compile \
    --implementation cp --python-version 3.11 \
    --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 \
    --target web/vendor --requirement web/requirements.txt
(cd worker && npm ci --omit=dev --ignore-scripts --no-audit --no-fund)
