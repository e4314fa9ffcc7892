#!/usr/bin/env bash
# Dumps the database, encrypts the dump to the backup key and stores it in the locked bucket.
set -euo pipefail
umask 077

bucket=${BACKUP_BUCKET:?}
recipient=${BACKUP_RECIPIENT:?an age public key}
export PGPASSFILE=${PGPASSFILE:-/run/secrets/pgpass}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=shop-$(date --utc +%Y%m%dT%H%M%SZ).dump.age

pg_dump --host="${DB_HOST:-db}" --username=shop_backup --no-password --format=custom shop |
    age --encrypt --recipient "$recipient" --output "$work/$name"
(cd "$work" && sha256sum "$name" >"$name.sha256")

for file in "$work/$name" "$work/$name.sha256"; do
    aws s3 cp --only-show-errors --sse aws:kms "$file" "s3://$bucket/db/"
done
printf 'stored %s\n' "$name"
