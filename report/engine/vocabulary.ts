import { Sides } from './sides';
import { entitiesOf } from '../../src/evaluator/read/policy/entities';
import { Side, Vocabulary } from '../protocol';

/** Names that an editor of policies may complete. */
export function vocabulary(sides: Sides, side: Side): Vocabulary {
  const { mesh } = sides.at(side);
  const labels = new Map<string, Set<string>>();
  const addLabels = (all: { readonly [key: string]: string }) =>
    Object.entries(all).forEach(([key, value]) => labels.set(key, (labels.get(key) ?? new Set()).add(value)));
  mesh.workloads.forEach(({ podLabels }) => addLabels(podLabels));
  mesh.clusters.forEach(({ namespaces }) => namespaces.forEach(each => addLabels(each.labels)));
  const accounts = mesh.workloads.flatMap(
    ({ labels: identity }) => identity.get('k8s', 'io.cilium.k8s.policy.serviceaccount') ?? [],
  );
  return {
    clusters: mesh.clusters.map(({ name }) => name).sort(),
    namespaces: sorted(mesh.clusters.flatMap(({ namespaces }) => [...namespaces.keys()])),
    serviceAccounts: sorted(accounts),
    services: sorted(
      mesh.clusters.flatMap(({ services }) => services.map(({ namespace, name }) => `${namespace}/${name}`)),
    ),
    cidrGroups: sorted(mesh.clusters.flatMap(({ cidrGroups }) => cidrGroups.map(({ name }) => name))),
    labels: Object.fromEntries([...labels].sort(byFirst).map(([key, values]) => [key, [...values].sort()])),
    namedPorts: sorted(mesh.workloads.flatMap(({ namedPorts }) => [...namedPorts.keys()].map(key => key.split('/')[0]))),
    entities: [...new Set(mesh.clusters.flatMap(({ version }) => entitiesOf(version.traits)))].sort(),
  };
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function byFirst([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
