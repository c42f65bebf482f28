import { localNamespaces } from './local-namespaces';
import { unplacedPods } from './unplaced-pods';
import { Family } from '../../cilium/ip-address';
import { shorten } from '../../diagnostics/texts';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/**
 * The parts of a mesh whose effect on flows is not known, sorted: one sentence each. `pods` are the workloads whose
 * nodes are not known.
 */
export function unknownParts(mesh: EvaluatedMesh, pods: readonly Workload[] = mesh.workloads): string[] {
  const parts = mesh.clusters.flatMap(({ name, input, policies, settings }) => [
    ...(input.settings.gaps ?? []).map(
      ({ what, reason }) => `the snapshot of ${name} could not read ${shorten(what)} (${shorten(reason)})`,
    ),
    ...policies
      .filter(({ refusals }) => refusals.some(({ stage }) => stage === 'unmodelled'))
      .map(
        ({ manifest: { object } }) =>
          `parts of ${object.kind} ${shorten(object.metadata.name)} in ${name} are not modelled`,
      ),
    ...settings.unmodelled.map(
      ({ path, value }) =>
        `the setting ${path}${value === undefined ? '' : `: ${shorten(value)}`} of ${name} is not modelled`,
    ),
  ]);
  return [...new Set([...parts, ...unplacedPods(mesh, pods), ...localNamespaces(mesh)])].sort();
}

const FAMILIES: ReadonlyArray<readonly [Family, setting: string]> = [
  ['IPv4', 'ipv4.enabled'],
  ['IPv6', 'ipv6.enabled'],
];

/** The IP families that rules name although no cluster uses them: without addresses there are no flows to decide. */
export function unusedFamilies(meshes: readonly EvaluatedMesh[]): string[] {
  const clusters = meshes.flatMap(mesh => mesh.clusters);
  return FAMILIES.filter(
    ([family]) => !clusters.some(({ settings: { policy } }) => (family === 'IPv4' ? policy.ipv4 : policy.ipv6)),
  ).flatMap(([family, setting]) => {
    const blocks = clusters.flatMap(({ entries }) =>
      entries.flatMap(({ peers }) =>
        peers === 'none'
          ? []
          : peers.flatMap(each => (each.kind === 'cidr' && each.cidr.family === family ? [each.cidr.text] : [])),
      ),
    );
    return blocks.length === 0
      ? []
      : [`the ${family} addresses that rules name, such as ${blocks[0]}: ${setting} is false in all clusters`];
  });
}
