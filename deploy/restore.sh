#!/bin/sh
# Puts a back-up of deploy/backup.sh back. Usage: deploy/restore.sh FOLDER, with the three servers
# stopped, into a data folder without an archive and a database without runs. Tables are not in it:
# afterwards `arxiv-ja-en refresh` makes them again from the archive.
set -eu
from="${1:?usage: deploy/restore.sh FOLDER}"
: "${PGDATABASE:?is not set}" "${ARXIV_JA_EN_DATA_DIR:?is not set}"
if [ -e "$ARXIV_JA_EN_DATA_DIR/archive" ]; then
    echo "$ARXIV_JA_EN_DATA_DIR/archive exists; move it away first" >&2
    exit 1
fi
# A database in which nothing has run yet has no such table, or an empty one.
ask() { psql --no-psqlrc --tuples-only --no-align --dbname="$PGDATABASE" --command="$1"; }
runs=$(ask "select to_regclass('runs')")
[ -z "$runs" ] || runs=$(ask "select 1 from runs limit 1")
if [ -n "$runs" ]; then
    echo "the database $PGDATABASE has runs; name an empty one in PGDATABASE" >&2
    exit 1
fi
pg_restore --exit-on-error --no-owner --clean --if-exists \
    --dbname="$PGDATABASE" "$from/dagster.dump"
mkdir -p "$ARXIV_JA_EN_DATA_DIR"
cp --archive "$from/data/." "$ARXIV_JA_EN_DATA_DIR/"
