import { policyKindOf } from '../../cilium/policy-kinds';
import { workloadKindOf } from '../../cilium/workload-kinds';
import { Column, Part, Report } from '../../reports/report';
import type { SnapshotJson } from '../../reports/schemas/snapshot';
import { counted } from '../../reports/words';
import { formatResource } from '../snapshot/resources';
import { ClusterSnapshot } from '../snapshot/snapshot';

/** `cilium-mesh snapshot`: what was read of each cluster, and what could not be read. */
export function snapshotReport(clusters: readonly ClusterSnapshot[], folder: string): Report {
  const items = () => clusters.map(clusterJson);
  return {
    title: 'snapshot',
    parts: () => [
      { kind: 'table', columns: COLUMNS, rows: clusters.map(clusterRow) },
      ...clusters.flatMap(gapLines),
      { kind: 'line', text: summary(clusters, folder) },
    ],
    document: { field: 'clusters', more: { folder }, items },
    records: {
      columns: ['name', 'id', 'context', 'ciliumVersion', 'workloads', 'gaps.length'],
      items,
    },
  };
}

const COLUMNS: readonly Column[] = [
  { title: 'cluster', type: 'text' },
  { title: 'id', type: 'number' },
  { title: 'context', type: 'text' },
  { title: 'cilium', type: 'text' },
  { title: 'workloads', type: 'number' },
  { title: 'pods', type: 'number' },
  { title: 'services', type: 'number' },
  { title: 'policies', type: 'number' },
  { title: 'settings from', type: 'text' },
];

function clusterRow(cluster: ClusterSnapshot): string[] {
  const { name, id, context, ciliumVersion, objects, settings, gaps } = cluster;
  const count = (kind: string) => cluster.listed.find(({ resource }) => resource.kind === kind)?.objects ?? '?';
  const policies = objects.filter(object => policyKindOf(object)?.subject !== undefined).length;
  // a count of some kinds only would look like all
  const isPartial = gaps.some(({ what }) => /policies/.test(what));
  return [
    name,
    String(id),
    context,
    ciliumVersion ?? '?',
    String(workloads(cluster)),
    String(count('Pod')),
    String(count('Service')),
    isPartial ? `${policies} + ?` : String(policies),
    settings.join(', ') || '?',
  ];
}

function gapLines({ name, gaps }: ClusterSnapshot): Part[] {
  return gaps.flatMap(({ what, message, fix }): Part[] => [
    { kind: 'line', text: [{ text: 'unknown', tone: 'bad' }, ` ${name}: ${what}: ${message}`] },
    { kind: 'line', text: `  fix: ${fix}` },
  ]);
}

function summary(clusters: readonly ClusterSnapshot[], folder: string): string {
  const gaps = clusters.reduce((sum, each) => sum + each.gaps.length, 0);
  const what = gaps === 0 ? '' : `, with ${counted(gaps, 'gap')}: findings name them`;
  return (
    `${folder}: ${counted(clusters.length, 'cluster')}${what}. ` +
    `To check it: cilium-mesh check --mesh ${folder}/mesh.yaml`
  );
}

function clusterJson(cluster: ClusterSnapshot): SnapshotJson {
  const { name, id, context, ciliumVersion, settings, listed, gaps } = cluster;
  return {
    name,
    id,
    context,
    ...(ciliumVersion === undefined ? {} : { ciliumVersion }),
    settings: [...settings],
    workloads: workloads(cluster),
    objects: listed
      .map(({ resource, objects }) => ({ resource: formatResource(resource), objects }))
      .sort((one, other) => (one.resource < other.resource ? -1 : 1)),
    gaps: gaps.map(({ what, reason, message, fix }) => ({ what, reason, message, fix })),
  };
}

function workloads({ objects }: ClusterSnapshot): number {
  return objects.filter(object => workloadKindOf(object) !== undefined).length;
}
