/**
 * What the YAML of constructs does, asked of the evaluator. Each file in meanings/ is a program with pods and the
 * verdicts on flows between them, or the refusal of the program. A new file needs no code.
 *
 *     promise: what the program says
 *     clusters: { a: { … } }        settings of clusters a, b, …; by default a and b
 *     defaults: { … }               settings of all clusters
 *     program: |                    statements; `mesh`, `a`, `b`, … and all exports of the library are in scope
 *     pods: { web@a: { labels, namespace, serviceAccount, ports: { http: 8080 } } }
 *     namespaces: { shop: { team: red } }
 *     nodes: { a: { edge: { role: edge } } }      labels of nodes by cluster and name; without any, they are unknown
 *     mesh: { … }                   further properties of the mesh
 *     flows: { 'web@a -> db@b TCP/80': allowed }      or `denied: egress verdict, ingress verdict`
 *     backends: { 'shop/web in a': [web@a, web@b] }
 *     refused: the whole text of the faults, in place of flows and backends
 *
 * Programs mean the same with and without `policyDefaultLocalCluster`, so each runs with both.
 */
import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, Chart, Include, JsonPatch } from 'cdk8s';
import { parse } from 'yaml';
import * as library from '../../src';
import { ClusterMesh, ClusterMeshProps, ClusterProps, ClusterSettings } from '../../src';
import { CiliumVersion } from '../../src/cilium/version';
import { Fault, formatFaults } from '../../src/diagnostics/fault';
import { backends, evaluate, EvaluatedMesh, explain, parsePort } from '../../src/evaluator';
import { meshSourceOf, NodesOf, PodOf } from '../../test-support/written-mesh';
import { faultsOf, meshOf } from '../support/mesh';

interface Meaning {
  readonly promise: string;
  readonly clusters?: { readonly [name: string]: Partial<ClusterProps> };
  readonly defaults?: ClusterSettings;
  readonly program: string;
  readonly pods?: { readonly [name: string]: PodOf };
  readonly namespaces?: { readonly [name: string]: { readonly [key: string]: string } };
  readonly nodes?: NodesOf;
  readonly mesh?: Partial<ClusterMeshProps>;
  readonly flows?: { readonly [flow: string]: string };
  readonly backends?: { readonly [service: string]: readonly string[] };
  readonly refused?: string;
}

const FOLDER = path.join(__dirname, 'meanings');
const CASES = fs
  .readdirSync(FOLDER)
  .sort()
  .map(file => ({ file, ...(parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as Meaning) }));

/** The settings to run a case with: both where a version knows the setting. */
function settingsFor({ clusters = {}, defaults = {} }: Meaning): readonly ClusterSettings[] {
  const versions = [defaults, ...Object.values(clusters)].map(each => each.ciliumVersion ?? '1.20.2');
  const know = versions.every(text => CiliumVersion.parse(text)!.minor >= 18);
  const values = know ? [true, false] : [undefined];
  return values.map(policyDefaultLocalCluster => ({ ...defaults, policyDefaultLocalCluster }));
}

function build(meaning: Meaning, defaults: ClusterSettings): ClusterMesh {
  const { clusters = { a: {}, b: {} }, program, mesh: others } = meaning;
  const mesh = meshOf(Object.keys(clusters).length, defaults, clusters, others);
  const scope = { ...library, ApiObject, Chart, Include, JsonPatch, mesh, ...byName(mesh) };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the program of the case
  new Function(...Object.keys(scope), program)(...Object.values(scope));
  mesh.synth();
  return mesh;
}

function byName({ clusters }: ClusterMesh): { [name: string]: unknown } {
  return Object.fromEntries(clusters.map(cluster => [cluster.name, cluster]));
}

function verdict(mesh: EvaluatedMesh, flow: string): string {
  const [source, destination, port] = flow.split(/ -> | (?=[A-Z]+\/\d)/);
  const explained = explain(mesh, source, destination, { ports: [parsePort(port)!] });
  if ('problem' in explained) {
    throw new Error(`${flow}: ${explained.problem}`);
  }
  if (!('flows' in explained)) {
    throw new Error(`${flow}: a service`);
  }
  const [{ decision }] = explained.flows;
  return decision.verdict === 'allowed' && [decision.egress, decision.ingress].every(({ verdict: end }) => end !== 'redirected')
    ? 'allowed'
    : `${decision.verdict}: ${decision.egress.verdict}, ${decision.ingress.verdict}`;
}

describe.each(CASES)('$file: $promise', meaning => {
  const { refused, flows = {}, backends: expected = {}, pods = {}, namespaces = {}, nodes = {} } = meaning;
  test.each(settingsFor(meaning))('with %j', settings => {
    if (refused !== undefined) {
      const faults: readonly Fault[] = faultsOf(() => build(meaning, settings));
      expect(`${formatFaults(faults)}\n`).toBe(refused);
      return;
    }
    const { mesh, problems } = evaluate(meshSourceOf(build(meaning, settings), pods, namespaces, nodes));
    expect(problems).toEqual([]);
    expect(Object.fromEntries(Object.keys(flows).map(flow => [flow, verdict(mesh, flow)]))).toEqual(flows);
    for (const [service, names] of Object.entries(expected)) {
      const [name, cluster] = service.split(' in ');
      const view = backends(mesh, name, cluster);
      const found = 'problem' in view ? [view.problem] : view.backends.map(({ workload, cluster: of }) => `${workload?.name}@${of}`);
      expect({ service, backends: found }).toEqual({ service, backends: names });
    }
  });
});
