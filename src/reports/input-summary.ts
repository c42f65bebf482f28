import { counted } from './words';
import { EvaluatedMesh } from '../evaluator/read/mesh';

/** What a mesh was read from; undefined if every object was rendered, and there is something to judge. */
export function inputSummary(mesh: EvaluatedMesh): string | undefined {
  const { clusters, workloads } = mesh;
  const sum = (count: (cluster: EvaluatedMesh['clusters'][number]) => number) =>
    clusters.reduce((total, each) => total + count(each), 0);
  const policies = sum(each => countObjects(each.policies));
  const services = sum(each => each.services.length);
  const files = sum(each => each.input.files?.read ?? 0);
  const unrendered = unrenderedText(mesh);
  if (unrendered === '' && workloads.length + policies + services > 0) {
    return undefined;
  }
  const read = [
    counted(clusters.length, 'cluster'),
    counted(workloads.length, 'workload'),
    counted(policies, 'policy', 'policies'),
    counted(services, 'Service'),
  ].join(', ');
  const from = files > 0 ? ` from ${counted(files, 'file')}` : '';
  return `Read ${read}${from}${unrendered === '' ? '' : `; not rendered: ${unrendered}`}.`;
}

/** What a mesh contains that creates other objects, and is not rendered; empty without any. */
export function unrenderedText({ clusters }: EvaluatedMesh): string {
  const sum = (count: (cluster: EvaluatedMesh['clusters'][number]) => number) =>
    clusters.reduce((total, each) => total + count(each), 0);
  const ofKind = (kind: string) => sum(({ input }) => input.manifests.filter(each => each.object.kind === kind).length);
  const notes = (code: string) => sum(({ input }) => input.notes.filter(each => each.code === code).length);
  return [
    { count: ofKind('HelmRelease'), thing: 'HelmRelease' },
    { count: notes('kustomization'), thing: 'kustomization' },
    { count: notes('helm-chart'), thing: 'Helm chart' },
    { count: notes('flux-variables'), thing: 'object with Flux variables', things: 'objects with Flux variables' },
  ]
    .filter(({ count }) => count > 0)
    .map(({ count, thing, things }) => counted(count, thing, things))
    .join(', ');
}

/** Several documents of one object are one. */
function countObjects(policies: EvaluatedMesh['clusters'][number]['policies']): number {
  const keys = policies.map(({ manifest: { object } }) => {
    const { namespace, name } = object.metadata;
    return `${object.kind} ${namespace ?? 'default'} ${name}`;
  });
  return new Set(keys).size;
}
