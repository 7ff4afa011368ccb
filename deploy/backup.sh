#!/bin/sh
# Copies what cannot be made again: the archive, the snapshots, what waits in the inbox, the requests
# for removal, and Dagster's database. Usage: deploy/backup.sh FOLDER. The archive is never rewritten, so a second
# back-up into the same folder copies only what is new.
set -eu
into="${1:?usage: deploy/backup.sh FOLDER}"
: "${PGHOST:?is not set}" "${ARXIV_JA_EN_DATA_DIR:?is not set}"
mkdir -p "$into/data"
for folder in archive snapshots inbox; do
    [ -d "$ARXIV_JA_EN_DATA_DIR/$folder" ] || continue
    cp --archive --update "$ARXIV_JA_EN_DATA_DIR/$folder" "$into/data/"
done
[ ! -e "$ARXIV_JA_EN_DATA_DIR/removals.csv" ] || cp --archive "$ARXIV_JA_EN_DATA_DIR/removals.csv" "$into/data/"
# Beside, then by rename: a back-up that was cut short leaves the last one whole.
pg_dump --format=custom --file="$into/.dagster.dump"
mv "$into/.dagster.dump" "$into/dagster.dump"
