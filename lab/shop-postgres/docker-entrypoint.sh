#!/usr/bin/env bash
# The part of the official image's entry point that the example shop needs: an empty data directory is made a
# database with a password from a file, and /docker-entrypoint-initdb.d runs once, before anybody can connect.
set -euo pipefail

if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    read -ra initdb_arguments <<<"${POSTGRES_INITDB_ARGS:-}"
    initdb --username=postgres --pwfile="${POSTGRES_PASSWORD_FILE:?}" -D "$PGDATA" "${initdb_arguments[@]}"
    printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    PGPASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
    export PGPASSWORD
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    psql -v ON_ERROR_STOP=1 -U postgres -d postgres --quiet -c "CREATE DATABASE \"${POSTGRES_DB:-postgres}\""
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
            *.sh) "$file" ;;
            *.sql) psql -v ON_ERROR_STOP=1 -U postgres -d "${POSTGRES_DB:-postgres}" --quiet -f "$file" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
    unset PGPASSWORD
fi
[ "${1:-}" != postgres ] || set -- "$@" -c "listen_addresses=*"
exec "$@"
