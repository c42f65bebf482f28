import { counted } from './words';
import { EvaluatedMesh } from '../evaluator/read/mesh';

/** What a mesh was read from; undefined if every object was rendered, and there is something to judge. */
export function inputSummary({ clusters, workloads }: EvaluatedMesh): string | undefined {
  const sum = (count: (cluster: EvaluatedMesh['clusters'][number]) => number) =>
    clusters.reduce((total, each) => total + count(each), 0);
  const policies = sum(each => each.policies.length);
  const services = sum(each => each.services.length);
  const files = sum(each => each.input.files?.read ?? 0);
  const ofKind = (kind: string) => sum(({ input }) => input.manifests.filter(each => each.object.kind === kind).length);
  const notes = (code: string) => sum(({ input }) => input.notes.filter(each => each.code === code).length);
  const unrendered = [
    { count: ofKind('HelmRelease'), thing: 'HelmRelease' },
    { count: notes('kustomization'), thing: 'kustomization' },
    { count: notes('helm-chart'), thing: 'Helm chart' },
    { count: notes('flux-variables'), thing: 'object with Flux variables', things: 'objects with Flux variables' },
  ].filter(({ count }) => count > 0);
  if (unrendered.length === 0 && workloads.length + policies + services > 0) {
    return undefined;
  }
  const read = [
    counted(clusters.length, 'cluster'),
    counted(workloads.length, 'workload'),
    counted(policies, 'policy', 'policies'),
    counted(services, 'Service'),
  ].join(', ');
  const rest = unrendered.map(({ count, thing, things }) => counted(count, thing, things)).join(', ');
  const from = files > 0 ? ` from ${counted(files, 'file')}` : '';
  return `Read ${read}${from}${rest === '' ? '' : `; not rendered: ${rest}`}.`;
}
