import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { kubectlStandIn } from './kubectl';
import { World } from './world';
import { temporaryFolder } from '../test/support/folder';

/** A command of the program, in a world that was prepared for it. */
export interface Scenario {
  readonly name: string;
  readonly args: readonly string[];
  /** Makes the world that each run begins with; called once. */
  prepare(program: string): Promise<World>;
  /** What the user has in the end, as text that can be compared. */
  state(world: World): string;
}

/** Two kind clusters with Cilium, connected, from nothing. */
const UP: Scenario = {
  name: 'up',
  args: ['up', '--yes'],
  prepare: async program => new World(program, lab()),
  state: clustersOf,
};

/** The clusters of `up` are deleted, and a cluster of somebody else stays. */
const DOWN: Scenario = {
  name: 'down',
  args: ['down', '--yes'],
  prepare: async program => {
    const world = new World(program, lab());
    await succeed(world, UP.args);
    ['node', 'ready', 'installed'].forEach(name => fs.writeFileSync(world.file(`${name}-kind-other`), 'id-of-other\n'));
    return world;
  },
  state: clustersOf,
};

/** Policies, a CIDR group, a ConfigMap, a deny and workloads come, change, move and leave, in two clusters. */
const APPLY: Scenario = {
  name: 'apply',
  args: ['apply', '--yes', '--confirm', 'a', '--confirm', 'b', '--ignore-findings', '--mesh', 'mesh.yaml'],
  prepare: async program => {
    const folder = temporaryFolder();
    const write = (text: string) => ['a.yaml', 'b.yaml'].forEach(file => fs.writeFileSync(path.join(folder, file), text));
    fs.writeFileSync(
      path.join(folder, 'mesh.yaml'),
      'apiVersion: cilium-mesh/v1\nclusters:\n' +
        ['a', 'b'].map((name, id) => `- {name: ${name}, id: ${id + 1}, manifests: [${name}.yaml], context: ${name}}\n`).join(''),
    );
    const world = new World(program, folder);
    world.tools.write('kubectl', `. "$STATE/hook"\n${await kubectlStandIn()}`);
    write([
      configMap('old'),
      configMap('keep'),
      allow('moves'),
      allow('leaves-1'),
      allow('leaves-2'),
      deny('deny-leaves'),
      deny('becomes'),
      deployment('web'),
      deployment('gone'),
    ].join(''));
    await succeed(world, APPLY.args);
    write([
      configMap('keep'),
      configMap('new'),
      deny('moves'),
      allow('becomes'),
      allow('comes'),
      cidrGroup('partners'),
      deployment('web'),
      deployment('more'),
    ].join(''));
    return world;
  },
  state: world =>
    ['a', 'b']
      .map(context => [context, ...objectsOf(world.file(`${context}.json`))].join('\n  '))
      .join('\n'),
};

export const SCENARIOS: readonly Scenario[] = [UP, APPLY, DOWN];

/** A folder with the `dist/` of the lab. */
function lab(): string {
  const [folder, root] = [temporaryFolder(), path.join(__dirname, '..')];
  const tsx = path.join(root, 'node_modules', '.bin', 'tsx');
  const env = { ...process.env, CDK8S_OUTDIR: path.join(folder, 'dist') };
  execFileSync(tsx, ['--tsconfig', 'test/tsconfig.json', 'tools/synth.ts', 'isovalent-lab'], { cwd: root, env });
  return folder;
}

async function succeed(world: World, args: readonly string[]): Promise<void> {
  const { status, err } = await world.run(args);
  if (status !== 0) {
    throw new Error(`${args.join(' ')} ended with ${status}:\n${err}`);
  }
}

/**
 * What exists of clusters: the stand-ins keep a file for each fact, and one for the node, without which nothing is left
 * of a cluster. Any cluster may be the one that made the CA.
 */
function clustersOf(world: World): string {
  const files = fs.readdirSync(world.tools.state);
  const facts = files
    .filter(name => {
      const [, context] = /^(?:node|ready|installed|enabled|authority|mark|release|pending)-(.+)$/.exec(name) ?? [];
      return name === 'connected' || (context !== undefined && files.includes(`node-${context}`));
    })
    .map(name => (name.startsWith('authority-') ? 'authority-copied' : name));
  return [...new Set(facts)].sort().join('\n');
}

/** The objects of a cluster, without what each run chooses anew. */
function objectsOf(file: string): string[] {
  const objects: any[] = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : [];
  return objects
    .map(({ metadata: { uid: _, resourceVersion: __, ...metadata }, ...rest }) => JSON.stringify({ ...rest, metadata }))
    .sort();
}

const object = (text: string) => `---\n${text}\n`;

function policy(name: string, spec: string): string {
  return object(
    `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: default}\nspec: ${spec}`,
  );
}

const allow = (name: string) =>
  policy(name, `{endpointSelector: {matchLabels: {app: ${name}}}, ingress: [{fromEndpoints: [{matchLabels: {app: client}}]}]}`);

const deny = (name: string) => policy(name, `{endpointSelector: {matchLabels: {app: ${name}}}, ingress: [{}]}`);

const configMap = (name: string) =>
  object(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default}\ndata: {x: y}`);

const cidrGroup = (name: string) =>
  object(`apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata: {name: ${name}}\nspec: {externalCIDRs: [192.0.2.0/24]}`);

const deployment = (name: string) =>
  object(
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: default}\nspec: {selector: {matchLabels: ` +
      `{app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: c, image: 'c:1'}]}}}`,
  );
