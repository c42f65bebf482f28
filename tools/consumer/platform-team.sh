#!/usr/bin/env bash
# tools/consumer/platform-team.sh TARBALL
#
# Copies examples/platform-team out of the project, and runs its install, test and synth commands there with the packed
# package.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
tarball=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r "$root/examples/platform-team" "$folder/app"
cd "$folder/app"

# the version is not published yet, so its place takes the tarball
npm pkg set "dependencies.cdk8s-cilium-mesh=file:$tarball"
npm install --silent
npm test > report || { cat report; exit 1; }
npm run --silent synth > report || { cat report; exit 1; }
[ "$(echo dist/*/*)" = 'dist/hub/hub.k8s.yaml dist/lyon/lyon.k8s.yaml dist/paris/paris.k8s.yaml' ]
npx cilium-mesh check

# a mistake fails both: the carts may reach nothing
sed -i '/allowTo/d' mesh.ts
if npm test > report 2>&1; then echo 'the tests passed without the policy'; exit 1; fi
grep -q 'svc/payments/api' report
sed -i "s/'10.0.0.0\/8'/'10.2.0.0\/16'/" platform/our-mesh.ts
if npm run --silent synth > report 2>&1; then echo 'addresses that would be masqueraded were accepted'; exit 1; fi
