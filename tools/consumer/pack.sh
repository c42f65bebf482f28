#!/usr/bin/env bash
# tools/consumer/pack.sh FOLDER
#
# Builds everything that the package holds, from nothing, and writes the tarball into a folder.
set -euo pipefail
cd "$(dirname "$0")/../.."
# nothing of an earlier build may be needed
rm -rf lib tsconfig.tsbuildinfo .jsii .jsii.gz
log=$(mktemp)
trap 'rm -f "$log"' EXIT
npm pack --silent --pack-destination "$1" > "$log" || { cat "$log"; exit 1; }
