/** A snapshot keeps all fields that anything in the evaluator reads, and lists all kinds. */
import * as fs from 'fs';
import * as path from 'path';
import { workloadKindOf } from '../../../src/cilium/workload-kinds';
import { matrix } from '../../../src/evaluator/queries/matrix';
import { EvaluatedMesh, readMesh } from '../../../src/evaluator/read/mesh';
import { formatWorkload } from '../../../src/evaluator/read/workload';
import { checkMesh } from '../../../src/evaluator/rules/check';
import { serviceView } from '../../../src/evaluator/services/backends';
import { serviceNames } from '../../../src/evaluator/services/service-name';
import { keepFields } from '../../../src/live/snapshot/fields';
import { controllerOf, groupPods, ListedPod, listedPod, ListedWorkload } from '../../../src/live/snapshot/pods';
import { RESOURCES } from '../../../src/live/snapshot/resources';
import { MeshInput } from '../../../src/manifests/input';
import { Manifest } from '../../../src/manifests/manifest';
import { readMeshFile } from '../../../src/manifests/mesh-input';
import { FINDING_CASES, inputOf } from '../../support/finding-cases';

/** The API server makes EndpointSlices of them. */
const MIRRORED = 'Endpoints';

/** The manifests as a snapshot of a cluster with them keeps them. */
function kept(input: MeshInput): MeshInput {
  const clusters = input.clusters.map(cluster => {
    const workloads: ListedWorkload[] = [];
    const pods: ListedPod[] = [];
    const others: any[] = [];
    for (const { object: written } of cluster.manifests) {
      const object = stored(written);
      const { kind, apiVersion, metadata } = object;
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      const isListed = RESOURCES.some(each => each.kind === kind && each.group === group);
      if (isListed && kind === 'Pod') {
        pods.push(listedPod(object));
      } else if (isListed && workloadKindOf(object)) {
        workloads.push({ object: keepFields(object, apiVersion, kind), owner: controllerOf(metadata) });
      } else if (isListed) {
        others.push(keepFields(object, apiVersion, kind));
      } else if (kind === MIRRORED) {
        others.push(object);
      }
    }
    const objects = [...others, ...groupPods(workloads, pods)];
    const manifests = objects.map((object): Manifest => ({ file: 'live', object, line: () => undefined }));
    return { ...cluster, manifests };
  });
  return { ...input, clusters };
}

/** An object as the API server stores it: in a namespace, if its kind is namespaced. */
function stored(object: any): any {
  const isWorkload = workloadKindOf(object) !== undefined;
  return isWorkload ? { ...object, metadata: { namespace: 'default', ...object.metadata } } : object;
}

/** All verdicts and backends, as text. */
function answers(mesh: EvaluatedMesh): string[] {
  const flows = [...matrix(mesh, { from: mesh.workloads, to: mesh.workloads, all: true })].map(
    ({ source, destination, port, verdict, egress, ingress }) =>
      `${formatWorkload(source)} -> ${formatWorkload(destination)} ${JSON.stringify(port)}: ` +
      `${verdict} (${egress}, ${ingress})`,
  );
  const backends = serviceNames(mesh).flatMap(service =>
    mesh.clusters.map(({ name }) => {
      const { backends: all } = serviceView(mesh, service, name);
      const shares = all.map(({ cluster, workload, share, replicas }) =>
        [cluster, workload && formatWorkload(workload), replicas, share].join(' '),
      );
      return `${service.namespace}/${service.name} from ${name}: ${shares.join(', ')}`;
    }),
  );
  return [...flows, ...backends];
}

const CASES = path.join(__dirname, '..', '..', 'evaluator', 'cases');
/** Pods without the ReplicaSets that own them, as a person exports them; an API server has both. */
const EXPORTED = 'users-exported-pods';
/** It has no flows on declared ports; its name is asked for in other tests. */
const WITHOUT_FLOWS = 'users-names-from-dns';
/**
 * The API server refuses objects of unknown kinds and invalid Services, and a snapshot does not list kinds that Cilium
 * does not read.
 */
const NOT_LISTED = [
  'object-kind-unknown',
  'policy-kind-unknown',
  'policy-kind-foreign',
  'workload-kind-unread',
  'api-version-removed',
  'service-export-crd',
  'service-invalid',
];
/** Metadata that no API server has, and objects of kinds and versions that a snapshot does not list. */
const NOT_LIVE = [
  'a time of creation that is no time',
  'times that cannot be read',
  'where a HelmRelease may set the values of Cilium',
  'policies of variants, of which only one may be applied',
  'a Deployment of the past',
  'a Deployment of the past, with a policy for its pods',
];
const names = fs
  .readdirSync(CASES)
  .filter(name => name !== EXPORTED && fs.existsSync(path.join(CASES, name, 'mesh.yaml')));

test.each(names)('the answers about %s', name => {
  const { input } = readMeshFile(path.join(CASES, name, 'mesh.yaml'));
  const all = answers(readMesh(input));
  expect(answers(readMesh(kept(input)))).toEqual(all);
  expect(all.length > 0).toBe(name !== WITHOUT_FLOWS);
});

const trips = FINDING_CASES.flatMap(each => each.trips).filter(({ name }) => !NOT_LIVE.includes(name));

test.each(trips.map(each => [each.name, each] as const))(
  'findings: %s',
  (_, each) => {
    const input = inputOf(each);
    const texts = (mesh: MeshInput) =>
      checkMesh(readMesh(mesh), mesh)
        // an API server has one object of a name
        .filter(({ code }) => !code.startsWith('object-') && !NOT_LISTED.includes(code))
        .map(({ code, message }) => `${code}: ${message}`)
        .sort();
    expect([texts(kept(input)), answers(readMesh(kept(input)))]).toEqual([texts(input), answers(readMesh(input))]);
  },
);
