import type { Candidate } from './candidates';
import type { Cursor, Options } from './cursor';
import { SHELLS } from './shells';
import { formatPort } from '../../evaluator/flows/flow';
import { CELL_VERDICTS } from '../../evaluator/queries/cell-verdict';
import { declaredPorts } from '../../evaluator/queries/matrix';
import type { EvaluatedMesh } from '../../evaluator/read/mesh';
import { formatWorkload } from '../../evaluator/read/workload';
import { formatService, serviceNames } from '../../evaluator/services/service-name';
import { SEVERITIES } from '../../findings/configuration-schema';
import { LANGUAGES } from '../../init/languages';
import { formatsOf, REPORT_CONTENTS } from '../print';

/** What completion asks, besides the command line. */
export interface World {
  /** The mesh that a command with these options reads; undefined if it cannot be read. */
  readonly mesh: (options: Options) => Promise<EvaluatedMesh | undefined>;
  /** The contexts of kubectl. */
  readonly contexts: () => readonly string[];
  /** The files and folders whose paths begin with a text; folders end with `/`. */
  readonly paths: (start: string) => readonly string[];
}

type Values = (cursor: Cursor, world: World) => Iterable<Candidate> | Promise<Iterable<Candidate>>;

const words = (...all: readonly string[]): Values => () => all.map(value => ({ value }));
const paths: Values = ({ text }, world) => world.paths(text).map(value => ({ value }));
const contexts: Values = (_, world) => world.contexts().map(value => ({ value }));
const severities = words(...SEVERITIES);

/** A value of the mesh; nothing if the mesh cannot be read. */
const ofMesh = (values: (mesh: EvaluatedMesh) => Iterable<Candidate>): Values =>
  async ({ options }, world) => {
    const mesh = await world.mesh(options);
    return mesh === undefined ? [] : values(mesh);
  };

/** `NAME=PATH`: the part before the sign is a cluster of its own, the part behind it a path. */
const namedPath: Values = ({ text }, world) => {
  const [, name, path] = /^([^=]+=)(.*)$/s.exec(text) ?? [];
  return name === undefined ? [] : world.paths(path).map(each => ({ value: `${name}${each}` }));
};

const formats: Values = ({ command }) =>
  formatsOf(command.name() as keyof typeof REPORT_CONTENTS).map(value => ({ value }));

const workloads = (mesh: EvaluatedMesh): Candidate[] =>
  mesh.workloads.map(each => ({ value: formatWorkload(each), description: each.kind }));
const services = (mesh: EvaluatedMesh): Candidate[] =>
  serviceNames(mesh).map(each => ({ value: formatService(each), description: 'service' }));
const clusters = (mesh: EvaluatedMesh): Candidate[] =>
  mesh.clusters.map(({ name }) => ({ value: name, description: 'cluster' }));

function withoutCluster({ cluster: _, ...options }: Options): Options {
  return options;
}

/** The commands of live clusters choose some of the mesh; the others read their manifests. */
const clusterOrPath: Values = (cursor, world) =>
  ['apply', 'plan'].includes(cursor.command.name())
    ? ofMesh(clusters)({ ...cursor, options: withoutCluster(cursor.options) }, world)
    : namedPath(cursor, world);

const namespaces = (mesh: EvaluatedMesh): Candidate[] =>
  [...new Set(mesh.workloads.map(({ namespace }) => namespace))].map(value => ({ value, description: 'namespace' }));
const patternsOfWorkloads = (mesh: EvaluatedMesh): Candidate[] => [
  ...workloads(mesh),
  ...namespaces(mesh).map(({ value }) => ({ value: `${value}/*`, description: 'all workloads of a namespace' })),
];

const outside: readonly Candidate[] = [
  { value: 'world:', description: 'an address outside of the mesh, such as world:192.0.2.1' },
  { value: 'fqdn:', description: 'a DNS name, such as fqdn:example.org' },
];
const entities = (mesh: EvaluatedMesh): Candidate[] =>
  mesh.clusters.map(({ name }) => ({ value: `entity:host@${name}`, description: 'the nodes of a cluster' }));

const sources = (mesh: EvaluatedMesh): Candidate[] => [...workloads(mesh), ...entities(mesh), ...outside];
const destinations = (mesh: EvaluatedMesh): Candidate[] => [...sources(mesh), ...services(mesh)];
const patterns = (mesh: EvaluatedMesh): Candidate[] => [
  ...destinations(mesh),
  ...mesh.clusters.map(({ name }) => ({ value: `@${name}`, description: 'all workloads of a cluster' })),
  ...[...new Set(mesh.workloads.map(each => each.namespace))].map(namespace => ({
    value: `${namespace}/*`,
    description: 'all workloads of a namespace',
  })),
];
const ports = (mesh: EvaluatedMesh): Candidate[] =>
  mesh.workloads.flatMap(each => declaredPorts(mesh, each)).map(port => ({ value: formatPort(port) }));

/** By the long names of options: their values. Options that are not here have values that only a person knows. */
const OPTIONS: { readonly [option: string]: Values } = {
  '--mesh': paths,
  '--config': paths,
  '--cluster': clusterOrPath,
  '--canary': ofMesh(clusters),
  '--values': namedPath,
  '--base': namedPath,
  '--exclude': paths,
  '--cilium': words('1.14', '1.15', '1.16', '1.17', '1.18', '1.19', '1.20'),
  '--format': formats,
  '--severity': severities,
  '--fail-on': severities,
  '--baseline': paths,
  '--write-baseline': paths,
  '--expect': paths,
  '--write-expectations': paths,
  '--context': contexts,
  '--from': ofMesh(patterns),
  '--to': ofMesh(patterns),
  '--verdict': words(...CELL_VERDICTS),
  '--group-by': words('cluster', 'namespace', 'workload', 'label:'),
  '--port': ofMesh(ports),
  '--from-cluster': ofMesh(clusters),
  '--scale': ofMesh(mesh => workloads(mesh).map(({ value, description }) => ({ value: `${value}=`, description }))),
  '--connection-mode': words('mesh', 'bidirectional', 'unicast'),
  '--chart-directory': paths,
  '--only': words('flows', 'services'),
  '--tour': paths,
  '--output': paths,
  '--recording': paths,
  '--out': paths,
  '--against': paths,
  '--charts': paths,
  '--namespace': ofMesh(namespaces),
  '--workload': ofMesh(patternsOfWorkloads),
  '--in-cluster': ofMesh(clusters),
  '--as': words('constructs', 'yaml'),
  '--extend': paths,
  '--flows': paths,
  '--root': paths,
  '--language': words(...LANGUAGES),
};

/** By command and the name of the argument. */
const ARGUMENTS: { readonly [argument: string]: Values } = {
  'check mesh': paths,
  'explain from': ofMesh(sources),
  'explain to': ofMesh(destinations),
  'backends service': ofMesh(services),
  'diff old': paths,
  'diff new': paths,
  'record mesh': paths,
  'render folder': paths,
  'replay flows': paths,
  'suggest flows': paths,
  'report mesh': paths,
  'init folder': paths,
  'completion shell': words(...SHELLS),
};

/** The values that may stand at the cursor. */
export async function valuesOf(cursor: Cursor, world: World): Promise<readonly Candidate[]> {
  const values =
    cursor.kind === 'value'
      ? cursor.option.argChoices !== undefined
        ? words(...cursor.option.argChoices)
        : OPTIONS[cursor.option.long!]
      : cursor.kind === 'argument'
        ? ARGUMENTS[`${cursor.command.name()} ${cursor.argument?.name()}`]
        : undefined;
  return values === undefined ? [] : [...(await values(cursor, world))];
}
