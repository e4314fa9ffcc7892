#!/usr/bin/env bash
# One role for each service, with what it needs and no more.
set -euo pipefail

web_password=$(<"${WEB_PASSWORD_FILE:-/run/secrets/db-web-password}")
worker_password=$(<"${WORKER_PASSWORD_FILE:-/run/secrets/db-worker-password}")

# The passwords go in by the environment: a command line can be read by everybody.
WEB_PASSWORD=$web_password WORKER_PASSWORD=$worker_password \
    psql -v ON_ERROR_STOP=1 --quiet --username postgres --dbname shop <<'SQL'
\getenv web_password WEB_PASSWORD
\getenv worker_password WORKER_PASSWORD
CREATE ROLE shop_web LOGIN PASSWORD :'web_password';
CREATE ROLE shop_worker LOGIN PASSWORD :'worker_password';
GRANT USAGE ON SCHEMA public TO shop_web, shop_worker;
GRANT SELECT ON products TO shop_web;
GRANT SELECT, INSERT ON orders TO shop_web;
GRANT SELECT, DELETE ON orders TO shop_worker;
GRANT UPDATE (state, label) ON orders TO shop_worker;
SQL
