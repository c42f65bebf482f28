#!/usr/bin/env bash
# tools/consumer/languages.sh TARBALL [LANGUAGE…]
#
# Builds the packages of other languages (python, java, go) from the packed package, and runs the program of
# test/consumers in each: all of them must write the bytes that TypeScript's writes, and the same answers.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
tarball=$(realpath "$1")
shift
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
# jsii supports Node.js 22 and 24, and works with 20
export JSII_SILENCE_SUPPORT_WARNING=true JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=true
unset CDK8S_OUTDIR

# what jsii-pacmak reads: the package as it is published, beside the packages that it needs
tar -xzf "$tarball"
ln -s "$root/node_modules" node_modules
version=$(node -p 'require("./package/package.json").version')

# build LANGUAGE [OPTION…]
build() {
  local start=$SECONDS
  "$root/node_modules/.bin/jsii-pacmak" --target "$1" --outdir "$folder/built" --pack-command 'npm pack --ignore-scripts' \
    "${@:2}" package > log 2>&1 || { cat log; return 1; }
  echo "$1: built in $((SECONDS - start)) s"
}

# program NUMBER LANGUAGE FILE: prints a program of a document
program() {
  node -e '
    const [file, language, number] = process.argv.slice(1);
    const blocks = [...require("fs").readFileSync(file, "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms)];
    const programs = blocks.filter(([, name, text]) => name === language && /Mesh\(/.test(text));
    process.stdout.write(programs[number][2]);
  ' "$root/$3" "$2" "$1"
}

# documented LANGUAGE: the documented program writes the bytes of the one in TypeScript
documented() {
  diff -r "$folder/documented/dist" "$1/dist" && echo "$1: the same bytes by the documented program"
}

# compares what a program wrote with what TypeScript's wrote
compare() {
  diff -r "$folder/typescript/dist" "$1/dist" && diff "$folder/typescript/answers.txt" "$1/answers.txt" && echo "$1: the same bytes"
}

typescript() {
  cp -r "$root/test/consumers/typescript" typescript
  cd typescript
  npm init -y > /dev/null
  npm install --silent "$tarball" cdk8s@2.70.47 constructs@10.8.1
  npm install --silent --save-dev typescript@5.9.3 @types/node@20
  npx tsc --module commonjs --target es2022 --strict --types node lab.ts
  node lab.js
  [ -s answers.txt ]
  program 0 ts README.md > main.ts
  npx tsc --module commonjs --target es2022 --strict --types node main.ts
  mkdir "$folder/documented"
  CDK8S_OUTDIR="$folder/documented/dist" node main.js
}

python() {
  build python
  cp -r "$root/test/consumers/python" python
  python3 -m venv venv
  venv/bin/pip install --quiet built/python/*.whl
  (cd python && ../venv/bin/python lab.py) 2> log || { cat log; return 1; }
  # the program comes with the wheel
  [ "$(venv/bin/cilium-mesh --version 2> /dev/null)" = "$version" ]
  compare python
  for document in README.md docs/languages.md; do
    program 0 python "$document" > python/main.py
    (cd python && rm -r dist && ../venv/bin/python main.py) 2> log || { cat log; return 1; }
    documented python
  done
  repository
}

# the repository that `cilium-mesh init` writes: its tests and commands are green, and a mistake fails them
repository() (
  PATH="$folder/venv/bin:$PATH"
  cilium-mesh init app --language python --clusters paris,lyon > log
  cd app
  # this version is not published yet
  grep -q "^cdk8s-cilium-mesh==$version$" requirements.txt
  grep -v '^cdk8s-cilium-mesh==' requirements.txt > others.txt
  pip install --quiet -r others.txt
  pytest --quiet > report || { cat report; exit 1; }
  command python main.py
  cilium-mesh check
  sed -i '/allow_to/d' mesh.py
  if pytest --quiet > report; then echo 'the tests passed without the policy'; exit 1; fi
  grep -q 'svc/shop/cart' report || { cat report; exit 1; }
  echo 'python: the new repository is green'
)

java() {
  # jsii-pacmak would build archives of sources and documentation too, which take most of the time
  build java --code-only
  local start=$SECONDS
  (cd built/java && mvn --batch-mode --quiet -Dmaven.javadoc.skip -Dmaven.source.skip \
    "-DaltDeploymentRepository=built::default::file://$folder/maven" deploy) > log 2>&1 || { cat log; return 1; }
  echo "java: compiled in $((SECONDS - start)) s"
  cp -r "$root/test/consumers/java" java
  program 0 java docs/languages.md > java/src/main/java/Main.java
  local maven=(mvn --batch-mode --quiet "-Dbuilt.repository=$folder/maven" "-Dbuilt.version=$version")
  (cd java && "${maven[@]}" compile exec:java) > log 2>&1 || { cat log; return 1; }
  compare java
  (cd java && rm -r dist && "${maven[@]}" -Dexec.mainClass=Main exec:java) > log 2>&1 || { cat log; return 1; }
  documented java
}

go() {
  build go --code-only
  # proxies of modules do not hold cdk8s-core-go, which is built from the package of npm
  mkdir cdk8s
  cp -r "$root/node_modules/cdk8s/." cdk8s/
  "$root/node_modules/.bin/jsii-pacmak" --target go --code-only --outdir "$folder/cdk8s-go" \
    --pack-command 'npm pack --ignore-scripts' cdk8s > log 2>&1 || { cat log; return 1; }
  cp -r "$root/test/consumers/go" go
  (
    cd go
    command go mod edit \
      -replace "github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh-go/cdk8sciliummesh=$folder/built/go/cdk8sciliummesh" \
      -replace "github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2=$folder/cdk8s-go/go/cdk8s"
    command go mod tidy
    command go run .
  ) > log 2>&1 || { cat log; return 1; }
  compare go
  mkdir go/main
  program 0 go docs/languages.md > go/main/main.go
  (cd go && rm -r dist && command go run ./main) > log 2>&1 || { cat log; return 1; }
  documented go
}

(typescript)
for language in "$@"; do "$language"; done
