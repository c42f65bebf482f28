#!/usr/bin/env bash
# tools/consumer/check.sh [TARBALL]
#
# Packs the package, which builds all that it holds, installs the tarball in an empty folder as a user would, and runs a
# program there: once with its types checked, twice for the same bytes, once with a mistake. With TARBALL it packs
# nothing.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

if [ $# -eq 0 ]; then bash "$root/tools/consumer/pack.sh" "$folder"; else cp "$1" "$folder"; fi
tarball=$(basename "$folder"/*.tgz)
cd "$root"
npx publint --strict "$folder/$tarball"
npx attw "$folder/$tarball" --profile node16 --exclude-entrypoints package.json .jsii vitest
cd "$folder"
npm init -y > /dev/null
npm install --silent "./$tarball" cdk8s@2.70.47 constructs@10.8.1
npm install --silent --save-dev typescript@5.9.3 @types/node@20
cp "$root/tools/consumer/"{app.ts,engine.mts} .
npx tsc --module commonjs --target es2022 --strict --skipLibCheck false --types node app.ts
npx tsc --module nodenext --target es2022 --strict --skipLibCheck false --types node engine.mts
node engine.mjs
if tar -tzf "$tarball" | grep -q node_modules; then echo 'the package holds node_modules beside its bundles'; exit 1; fi

node app.js && mv dist first && node app.js && diff -r first dist
for expected in 'api-tcp-80-egress' 'api-tcp-80-ingress' 'default-deny' 'offices'; do
  grep -q "$expected" dist/a.k8s.yaml || { echo "dist/a.k8s.yaml lacks $expected"; exit 1; }
done
grep -q 'api-tcp-80-ingress' dist/b.k8s.yaml

# statements in tests: node:test, and jest with its types, whose resolution `node10` knows no exports
cp "$root/tools/consumer/tests/"* .
npm install --silent --save-dev jest@30.5.2 @types/jest@30.0.0
npx tsc --module commonjs --moduleResolution node10 --target es2022 --strict --types node,jest assert.test.ts matchers.test.ts
node --test assert.test.js > /dev/null
npx jest --ci=false matchers.test.js 2> report || { cat report; exit 1; }
grep -q '^client@a  api@b     TCP 80' __snapshots__/matchers.test.js.snap || { cat __snapshots__/*; exit 1; }

# the program that the package brings
npx cilium-mesh matrix --summary
npx cilium-mesh check --severity error
# by the name of the package too, which npx never looks up elsewhere
npx --no-install cdk8s-cilium-mesh --version
npx cilium-mesh check --format json --severity error | node -e 'JSON.parse(require("fs").readFileSync(0, "utf8"))'
if npx cilium-mesh matrix --mesh nowhere.yaml 2> report; then echo 'a missing mesh file was accepted'; exit 1; fi
grep -q 'nowhere.yaml' report

# the page of a report runs the same code in a browser: without Node.js, and as large as docs/report.md says
npx cilium-mesh report --out report.html
node "$root/tools/consumer/page.js" report.html > report
grep -q '^client@a -> api@b TCP/80: allowed' report || { cat report; exit 1; }
[ "$(wc -c < report.html)" -lt 1000000 ] || { echo 'the page of a report takes 1 MB without data'; exit 1; }

# `cdk8s synth` with the validation: a program without findings, and one with a policy that selects nothing
cat > cdk8s.yaml << 'YAML'
app: node app.js
language: typescript
validations:
  - package: ./node_modules/cdk8s-cilium-mesh
    version: 0.0.0
    class: CiliumMeshValidation
YAML
"$root/node_modules/.bin/cdk8s" synth --check-upgrade false > report || { cat report; exit 1; }
sed 's/^mesh.synth();$/new cdk8s_cilium_mesh_1.cilium.CiliumNetworkPolicy(mesh.cluster("a"), "typo", { metadata: { name: "typo" }, spec: { endpointSelector: { matchLabels: { app: "apo" } }, ingress: [{}] } });\nmesh.synth();/' app.js > typo.js
if "$root/node_modules/.bin/cdk8s" synth --app 'node typo.js' --check-upgrade false > report; then echo 'a finding was accepted'; exit 1; fi
grep -q 'policy-selects-nothing (warning)' report || { cat report; exit 1; }
grep -q 'Construct Path: a/typo' report || { cat report; exit 1; }

sed 's/id: 2/id: 1/' app.js > wrong.js
rm -rf dist
if node wrong.js 2> report; then echo 'a duplicate ID was accepted'; exit 1; fi
grep -q 'cluster-id-duplicate' report
grep -q '^MeshError: ' report || { echo 'the error is not called MeshError'; cat report; exit 1; }
[ ! -e dist ] || { echo 'something was written'; exit 1; }

# README.md says what the installed package takes
size() { awk -v bytes="$(du -sb "$1" | cut -f1)" 'BEGIN { printf "%.1f", bytes / 1e6 }'; }
claim="takes $(size node_modules/cdk8s-cilium-mesh) MB, of which $(size node_modules/cdk8s-cilium-mesh/lib/imports) MB are the typed CRDs"
tr -s '\n ' ' ' < "$root/README.md" | grep -qF "$claim" || { echo "README.md must say that the installed package $claim"; exit 1; }
echo "installed package: $claim; tarball $(du -k "$tarball" | cut -f1) KiB"
