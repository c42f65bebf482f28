import { Project } from './project';

/** What the README says of a language. */
export interface Commands {
  readonly install: string;
  readonly test: string;
  readonly synth: string;
  /** How to call the program. */
  readonly program: string;
  /** What else a person has to do once. */
  readonly commit: string;
  /** The file that describes the mesh. */
  readonly describes: string;
  readonly tests: string;
}

/** What git leaves out, beside what is written. */
export function gitignore(paths: readonly string[]): string {
  return ['/dist/', '/mesh.html', '/diff.md', ...paths].map(each => `${each}\n`).join('');
}

/** The validation of \`cdk8s synth\`: it fails for findings. */
export function validation(location: string, version: string): string {
  return `validations:
  - package: ${location}
    version: ${version}
    class: CiliumMeshValidation
    properties:
      failOn: warning
`;
}

/** What to do in the new repository. */
export function readme({ name, clusters }: Project, commands: Commands): string {
  const { install, test, synth, program, commit, describes, tests } = commands;
  return `# ${name}

The Cilium Cluster Mesh of ${names(clusters.map(each => each.name))}, described with
[cdk8s-cilium-mesh](https://github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh).

\`\`\`sh
${install}
${test}                            # who can reach whom is what the tests say
${synth}                       # writes dist/, and fails for mistakes
${program} matrix                 # who can reach whom
${program} report --out mesh.html # the same as a page
\`\`\`

- ${describes} describes the clusters, services and policies. Write the IDs and networks of your clusters there.
- ${tests} tests the verdicts.
- dist/<cluster>.k8s.yaml is what \`kubectl apply\` gets, with the context of that cluster; \`${program} apply\` applies
  all clusters in the right order.
- .github/workflows/mesh.yaml runs the tests, comments on pull requests which flows they change, and uploads the page.

${commit}
`;
}

function names(all: readonly string[]): string {
  return all.length === 1 ? all[0] : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}
