import { Language } from './languages';
import { NODE_VERSION, PYTHON_VERSION } from './versions';

interface Steps {
  readonly setUp: string;
  readonly install: string;
  readonly test: string;
  readonly synth: string;
  readonly program: string;
  /** A file that a branch has if it has the program. */
  readonly marker: string;
}

const STEPS: { readonly [language in Language]: Steps } = {
  typescript: {
    setUp: `    - uses: actions/setup-node@v4
      with: {node-version: ${NODE_VERSION}, cache: npm}
`,
    install: 'npm ci',
    test: 'npm test',
    synth: 'npm run synth',
    program: 'npx cilium-mesh',
    marker: 'package-lock.json',
  },
  python: {
    setUp: `    - uses: actions/setup-node@v4
      with: {node-version: ${NODE_VERSION}}
    - uses: actions/setup-python@v5
      with: {python-version: '${PYTHON_VERSION}', cache: pip}
`,
    install: 'pip install -r requirements.txt',
    test: 'pytest',
    synth: 'python main.py && cilium-mesh check',
    program: 'cilium-mesh',
    marker: 'requirements.txt',
  },
};

/** A workflow of GitHub: tests, a comment with the flows that a pull request changes, and the mesh as a page. */
export function workflow(language: Language): string {
  const { setUp, install, test, synth, program, marker } = STEPS[language];
  return `name: mesh
on:
  push: {branches: [main]}
  pull_request:
permissions: {contents: read, pull-requests: write}
jobs:
  mesh:
    runs-on: ubuntu-latest
    steps:
    - uses: actions/checkout@v4
      with: {fetch-depth: 0}
${setUp}    - run: ${install}
    - run: ${test}
    - run: ${synth}
    - name: Write the manifests of the target branch
      if: github.event_name == 'pull_request'
      run: |
        git worktree add --detach ../target "origin/$GITHUB_BASE_REF"
        cd ../target
        if [ -f ${marker} ]; then ${install} && ${synth}; fi
    # a pull request from a fork may not comment
    - name: Comment the flows that change
      if: github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository
      run: |
        if [ -f ../target/dist/mesh/mesh.yaml ]; then
          ${program} diff ../target . --format markdown > diff.md || [ $? -eq 1 ]
        else
          ${program} matrix --format markdown > diff.md
        fi
        gh pr comment "$NUMBER" --edit-last --create-if-none --body-file diff.md
      env:
        GH_TOKEN: \${{ github.token }}
        NUMBER: \${{ github.event.number }}
    - run: ${program} report --out mesh.html
      if: always()
    - uses: actions/upload-artifact@v4
      if: always()
      with: {name: mesh, path: mesh.html}
`;
}
