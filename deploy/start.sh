#!/bin/sh
# Puts this release's dagster.yaml into Dagster's home, then becomes the server that is asked for:
# code, webserver or daemon; or brings Dagster's database up to date, and ends. The same for
# containers and systemd.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
: "${DAGSTER_HOME:?is not set}" "${PGHOST:?is not set}" "${PGPASSWORD:?is not set}"
mkdir -p "$DAGSTER_HOME"
# Not in the checkout: Dagster would read its .env, which makes the checkout its home.
cd "$DAGSTER_HOME"
# By rename: another server may be reading it.
cp "$root/deploy/dagster.yaml" ".dagster.yaml.$$"
mv ".dagster.yaml.$$" dagster.yaml
[ -d "$root/.venv/bin" ] && PATH="$root/.venv/bin:$PATH"
export PYTHONPATH="$root"
export DAGSTER_CODE_HOST="${DAGSTER_CODE_HOST:-127.0.0.1}"
export DAGSTER_CODE_PORT="${DAGSTER_CODE_PORT:-4000}"
export PGPORT="${PGPORT:-5432}" PGUSER="${PGUSER:-dagster}" PGDATABASE="${PGDATABASE:-dagster}"
export DAGSTER_DISABLE_TELEMETRY=1
case "${1:-}" in
code)
    exec dagster api grpc --module-name pipeline.definitions --location-name arxiv-ja-en \
        --host "${DAGSTER_BIND:-127.0.0.1}" --port "$DAGSTER_CODE_PORT"
    ;;
webserver)
    exec dagster-webserver --workspace "$root/deploy/workspace.yaml" \
        --host "${DAGSTER_BIND:-127.0.0.1}" --port "${DAGSTER_WEBSERVER_PORT:-3000}"
    ;;
daemon)
    exec dagster-daemon run --workspace "$root/deploy/workspace.yaml"
    ;;
migrate)
    exec dagster instance migrate
    ;;
*)
    echo "usage: deploy/start.sh code|webserver|daemon|migrate" >&2
    exit 2
    ;;
esac
