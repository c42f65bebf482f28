#!/usr/bin/env bash
# tools/consumer/init.sh TARBALL
#
# Installs the program globally from the packed package, writes a new repository with `cilium-mesh init`, and runs the
# install, test and synth commands of that repository there.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
tarball=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --global --prefix "$folder/global" "$tarball"
PATH="$folder/global/bin:$PATH"
cilium-mesh init app --clusters paris,lyon
if cilium-mesh init app 2> report; then echo 'init replaced files'; exit 1; fi
grep -q 'mesh.ts exists already' report

cd app
# the version is not published yet, so its place takes the tarball
npm pkg set "dependencies.cdk8s-cilium-mesh=file:$tarball"
npm install --silent
npm test > report || { cat report; exit 1; }
npm run --silent synth > report || { cat report; exit 1; }
npx cilium-mesh check
npx cilium-mesh report --out mesh.html
[ -s mesh.html ]

# a mistake fails both: the shop may reach nothing
sed -i '/allowTo/d' mesh.ts
if npm test > report 2>&1; then echo 'the tests passed without the policy'; exit 1; fi
grep -q 'svc/shop/cart' report
