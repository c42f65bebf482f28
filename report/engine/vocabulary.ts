import { EvaluatedMesh } from '../../src/evaluator/read/mesh';

/** Names of a mesh that an editor of policies may complete, sorted. */
export interface Vocabulary {
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  readonly serviceAccounts: readonly string[];
  readonly services: readonly string[];
  readonly cidrGroups: readonly string[];
  /** The values of each key of the labels of pods. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** The values of each key of the labels of namespaces. */
  readonly namespaceLabels: ReadonlyMap<string, readonly string[]>;
  readonly namedPorts: readonly string[];
}

export function vocabularyOf(mesh: EvaluatedMesh): Vocabulary {
  const accounts = mesh.workloads.flatMap(
    ({ labels: identity }) => identity.get('k8s', 'io.cilium.k8s.policy.serviceaccount') ?? [],
  );
  return {
    clusters: mesh.clusters.map(({ name }) => name).sort(),
    namespaces: sorted(mesh.clusters.flatMap(({ namespaces }) => [...namespaces.keys()])),
    serviceAccounts: sorted(accounts),
    services: sorted(mesh.clusters.flatMap(({ services }) => services.map(({ name }) => name))),
    cidrGroups: sorted(mesh.clusters.flatMap(({ cidrGroups }) => cidrGroups.map(({ name }) => name))),
    labels: labelValues(mesh.workloads.map(({ podLabels }) => podLabels)),
    namespaceLabels: labelValues(
      mesh.clusters.flatMap(({ namespaces }) => [...namespaces.values()].map(each => each.labels)),
    ),
    namedPorts: sorted(mesh.workloads.flatMap(({ namedPorts }) => [...namedPorts.keys()].map(key => key.split('/')[0]))),
  };
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function labelValues(all: ReadonlyArray<{ readonly [key: string]: string }>): Map<string, readonly string[]> {
  const values = new Map<string, Set<string>>();
  for (const labels of all) {
    for (const [key, value] of Object.entries(labels)) {
      values.set(key, (values.get(key) ?? new Set()).add(value));
    }
  }
  return new Map([...values].map(([key, each]) => [key, [...each].sort()]));
}
