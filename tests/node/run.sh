#!/usr/bin/env bash
# run.sh TOCSIND TOCSIN_LISTEN FOLDER: install the packages of package-lock.json in FOLDER, once, and
# run the tests of Node.js clients there against the server TOCSIND; the sample device TOCSIN_LISTEN
# is registered there. Status 77 without node or npm: skipped.
set -euo pipefail

readonly tocsind=$1 listen=$2 folder=$3
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
readonly here

for program in node npm; do
  if ! command -v "$program" >/dev/null; then
    echo "skipped: there is no $program; install the Debian packages nodejs and npm"
    exit 77
  fi
done

mkdir -p "$folder"
cd "$folder"
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs .
if ! cmp -s package-lock.json node_modules/installed-lock.json; then
  npm ci --ignore-scripts --prefer-offline --no-audit --no-fund
  cp package-lock.json node_modules/installed-lock.json
fi

TOCSIND=$tocsind TOCSIN_LISTEN=$listen TOCSIN_PROTO=$here/../../proto exec node --test \
  send.test.mjs streams.test.mjs
