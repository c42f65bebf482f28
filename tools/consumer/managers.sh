#!/usr/bin/env bash
# tools/consumer/managers.sh TARBALL
#
# Installs the packed package with pnpm and with Yarn's Plug'n'Play, and runs it in each supported version of Node.js:
# the program of README.md must write the bytes that npm's installation writes, and the command must run.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
tarball=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset CDK8S_OUTDIR

node -e '
  const [, program] = /^```ts\n(.*?)^```$/ms.exec(require("fs").readFileSync(process.argv[1], "utf8"));
  process.stdout.write(program);
' "$root/README.md" | "$root/node_modules/.bin/esbuild" --format=cjs --loader=ts > main.js

project() {
  mkdir "$1"
  cp main.js "$1"
  cat > "$1/package.json" << JSON
{
  "name": "app",
  "private": true,
  "dependencies": { "cdk8s": "2.70.47", "constructs": "10.8.1", "cdk8s-cilium-mesh": "file:$tarball" }
}
JSON
}

same() {
  diff -r npm/dist "$1" && echo "$2: the same bytes"
}

project npm
(cd npm && npm install --silent && node main.js && npx cilium-mesh check > check)

for version in 22 24; do
  npm install --silent --prefix "node-$version" --no-save "node@$version"
  (cd npm && "../node-$version/node_modules/.bin/node" -e '
    process.env.CDK8S_OUTDIR = `dist-${process.versions.node.split(".")[0]}`;
    require("./main.js");
  ')
  "node-$version/node_modules/.bin/node" npm/node_modules/cdk8s-cilium-mesh/lib/cilium-mesh.js check npm/dist > check
  same "npm/dist-$version" "Node.js $version"
done

project pnpm
(cd pnpm && npx --yes pnpm@10 install --silent && node main.js && npx --yes pnpm@10 exec cilium-mesh check > check)
same pnpm/dist pnpm

project yarn
# with CI=true, Yarn refuses to write a lockfile
printf 'nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\nenableImmutableInstalls: false\n' > yarn/.yarnrc.yml
touch yarn/yarn.lock
yarn=(npx --yes -p @yarnpkg/cli-dist@4 yarn)
(cd yarn && "${yarn[@]}" install > log || { cat log; exit 1; })
(cd yarn && "${yarn[@]}" node main.js && "${yarn[@]}" cilium-mesh check > check)
[ -e yarn/.pnp.cjs ] && [ ! -e yarn/node_modules ]
same yarn/dist "Yarn Plug'n'Play"
