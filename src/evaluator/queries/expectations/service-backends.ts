import { holdsFlow, PortRange } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';
import { ServedPort, servedPorts } from '../../services/served-ports';
import { ServiceName } from '../../services/service-name';
import { ClientKind } from '../../services/service-view';

/**
 * Where connections of the clients of a cluster arrive, whatever policies allow: `TCP/80 web@paris 50 %`, and what
 * decides about them besides, such as the source ranges of a load balancer. Sorted.
 */
export function backendTexts(
  mesh: EvaluatedMesh,
  service: ServiceName,
  cluster: string,
  client: ClientKind,
  ports?: readonly PortRange[],
): string[] {
  return servedPorts(mesh, service, cluster, client)
    .filter(({ port }) => ports === undefined || (port && ports.some(range => holdsFlow(range, port))))
    .flatMap(portTexts)
    .sort();
}

function portTexts({ name, port, isAlias, backends, conditions }: ServedPort): string[] {
  const at = name === '' ? '' : `${name} `;
  const texts =
    backends.length === 0
      ? [`${at}no backends`]
      : backends.map(({ backend, port: target, share }) => {
        const number = target === undefined || target === port?.port ? '' : `:${target}`;
        return isAlias
          ? `alias of ${backend}`
          : `${at}${backend}${number} ${share === undefined ? '?' : `${Math.round(share * 1e4) / 100}`} %`;
      });
  return [...texts, ...conditions.map(condition => `${at}${condition}`)];
}
