#!/usr/bin/env bash
# Buys a cup of tea and waits until the worker has processed the order.
# usage: smoke.sh URL
set -euo pipefail

url=${1:?usage: smoke.sh URL}
get() { curl --fail --silent --show-error --max-time 5 "$@"; }

get "$url/products" | grep -q Teapot
order=$(get --json '{"product": 1, "quantity": 2}' "$url/orders" | python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
for _ in {1..30}; do
    if get "$url/orders/$order" | grep -q '"state":"done"'; then
        printf 'order %s is done\n' "$order"
        exit 0
    fi
    sleep 1
done
printf 'order %s was not processed\n' "$order" >&2
exit 1
