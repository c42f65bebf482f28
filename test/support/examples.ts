import * as fs from 'fs';
import * as path from 'path';
import { documents, temporaryFolder } from './mesh';
import { Step } from '../../examples/step';
import { stepFile, stepFolder } from '../../tools/examples';

const ROOT = path.join(__dirname, '..', '..');

/** Every example with every variant that it offers. */
export const EXAMPLES: ReadonlyArray<readonly [example: string, variants: readonly string[]]> = [
  [
    'isovalent-lab',
    [
      'not-global',
      'global',
      'failover',
      'global-again',
      'shared',
      'affinity-local',
      'affinity-local-failover',
      'affinity-local-back',
      'affinity-remote',
      'affinity-removed',
      'default-deny',
      'egress',
      'ingress-koornacht',
      'ingress-tion',
      'explicit',
      'ingress-tion-all-clusters',
    ],
  ],
  ['aws-shared-services', ['today', 'today-policy', 'legacy', 'legacy-policy']],
  ['kodekloud', ['no-policy', 'cluster1', 'both', 'restricted', 'explicit', 'explicit-restricted']],
  [
    'cilium-docs',
    [
      'global-services',
      'affinity',
      'policy',
      'policy-any',
      'upgrade-implicit',
      'upgrade-one',
      'upgrade-several',
      'upgrade-exists',
      'mcs-api',
      'star-wars',
    ],
  ],
  ['production', ['standard', 'host-firewall']],
  ['platform-team', []],
];

/**
 * What an example writes, by path: below dist/, or, if it writes dist-mesh/ too, below the folder of both.
 */
export type Output = { readonly [file: string]: string };

/** Runs an example as `npm run synth` does, but in this process. */
export function synth(example: string, ...args: string[]): Output {
  const outdir = path.join(temporaryFolder(), 'dist');
  const { argv, env } = process;
  process.argv = [argv[0], 'main.ts', ...args];
  process.env = { ...env, CDK8S_OUTDIR: outdir };
  try {
    jest.isolateModules(() => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- a fresh copy each time
      require(path.join(ROOT, 'examples', example, 'main.ts'));
    });
  } finally {
    process.argv = argv;
    process.env = env;
  }
  return read(fs.existsSync(`${outdir}-mesh`) ? path.dirname(outdir) : outdir);
}

/** What `npm run synth -- EXAMPLE --steps` adds to the output: the folder of each step. */
export function synthSteps(example: string, ...options: string[]): Output {
  const { STEPS }: { STEPS: { readonly [name: string]: Step } } = jest.requireActual(
    path.join(ROOT, 'examples', example, 'steps.ts'),
  );
  return Object.fromEntries(
    Object.entries(STEPS).flatMap(([name, step], index) => {
      const files = { ...synth(example, name, ...options), 'step.yaml': stepFile(step) };
      const folder = `steps/${stepFolder(index, name)}`;
      return Object.entries(files).map(([file, text]) => [`${folder}/${file}`, text]);
    }),
  );
}

/** The folder of mesh.yaml, and what it says. */
export function meshOf(output: Output): [folder: string, mesh: any] {
  const file = Object.keys(output).find(each => path.posix.basename(each) === 'mesh.yaml')!;
  return [path.posix.dirname(file), documents(output[file])[0]];
}

/** The objects that an example writes for a cluster. */
export function objects(output: Output, cluster: string): any[] {
  return documents(output[`${cluster}.k8s.yaml`]);
}

/** Every file below a folder. */
export function read(folder: string): Output {
  const files: { [file: string]: string } = {};
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const file = path.join(entry.parentPath, entry.name);
      files[path.relative(folder, file)] = fs.readFileSync(file, 'utf8');
    }
  }
  return files;
}
