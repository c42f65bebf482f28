import { ReferenceProblem } from './queries/reference-problem';
import { findService } from './queries/service-reference';
import { EvaluatedMesh } from './read/mesh';
import { serviceView } from './services/backends';
import { ServiceView } from './services/service-view';
import { isProblem } from '../diagnostics/problem';
import { formatList, formatValue } from '../diagnostics/texts';

/**
 * Where connections to a service arrive that clients in a cluster open: the backends with their shares from 0 to 1, and
 * why others are not among them. A service is `name`, `namespace/name` or `name.namespace.svc.clusterset.local`.
 */
export function backends(mesh: EvaluatedMesh, service: string, cluster: string): ServiceView | ReferenceProblem {
  const found = findService(mesh, service);
  if (isProblem(found)) {
    return found;
  }
  if (!mesh.cluster(cluster)) {
    const names = formatList(mesh.clusters.map(each => each.name));
    return { problem: `unknown cluster ${formatValue(cluster)}`, fix: `write one of ${names}` };
  }
  return serviceView(mesh, found, cluster);
}
