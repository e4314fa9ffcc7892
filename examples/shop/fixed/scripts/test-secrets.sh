#!/usr/bin/env bash
# Makes passwords for a shop under test, where compose.yaml looks for them.
set -euo pipefail

directory=/etc/shop/secrets
sudo install -d -m 0711 "$directory"
for name in db-admin-password db-web-password db-worker-password; do
    openssl rand -hex 24 | sudo install -m 0444 /dev/stdin "$directory/$name"
done
