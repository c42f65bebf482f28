import { workloadKindOf } from '../../cilium/workload-kinds';
import { NotBuilt, REASONS } from '../../manifests/delivery/not-built';
import { Column, Part, Report } from '../../reports/report';
import type { RenderJson } from '../../reports/schemas/render';
import { counted } from '../../reports/words';
import { RenderedCluster } from '../rendering/tree/rendered-cluster';

/** `cilium-mesh render`: what was built of each cluster, and what was not, by reason. */
export function renderingReport(clusters: readonly RenderedCluster[], folder: string): Report {
  const items = () => clusters.map(clusterJson);
  return {
    title: 'render',
    parts: () => [
      { kind: 'table', columns: COLUMNS, rows: items().map(clusterRow) },
      ...notBuiltLines(clusters.flatMap(each => each.notBuilt)),
      { kind: 'line', text: summary(clusters, folder) },
    ],
    document: { field: 'clusters', more: { folder }, items },
    records: { columns: ['name', 'parts', 'objects', 'workloads', 'notBuilt.length'], items },
  };
}

const COLUMNS: readonly Column[] = [
  { title: 'cluster', type: 'text' },
  { title: 'built', type: 'number' },
  { title: 'not built', type: 'number' },
  { title: 'objects', type: 'number' },
  { title: 'workloads', type: 'number' },
];

/** Examples of a reason. */
const SHOWN = 3;

function clusterRow({ name, parts, notBuilt, objects, workloads }: RenderJson): string[] {
  return [name, ...[parts, notBuilt.length, objects, workloads].map(String)];
}

function notBuiltLines(all: readonly NotBuilt[]): Part[] {
  return Object.entries(REASONS).flatMap(([reason, text]): Part[] => {
    const some = all.filter(each => each.reason === reason);
    const examples = some.slice(0, SHOWN).map(({ object, cluster, detail }) => `  ${object} (${cluster}): ${detail}`);
    const rest = some.length > SHOWN ? [`  and ${some.length - SHOWN} more`] : [];
    return some.length === 0
      ? []
      : [
        { kind: 'line', text: [{ text: 'not built', tone: 'doubtful' }, ` ${some.length}: ${text}`] },
        ...[...examples, ...rest].map((line): Part => ({ kind: 'line', text: line })),
      ];
  });
}

function summary(clusters: readonly RenderedCluster[], folder: string): string {
  return `${folder}: ${counted(clusters.length, 'cluster')}. To check it: cilium-mesh check --mesh ${folder}/mesh.yaml`;
}

function clusterJson(cluster: RenderedCluster): RenderJson {
  const { name, notBuilt, objects } = cluster;
  return {
    name,
    parts: cluster.result().filter(each => each.name !== 'tree' && each.name !== 'not built').length,
    objects: objects.length,
    workloads: objects.filter(object => workloadKindOf(object) !== undefined).length,
    notBuilt: notBuilt.map(({ object, reason, detail }) => ({ object, reason, detail })),
  };
}
