import { holdsFlow, PortRange } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';
import { serviceView } from '../../services/backends';
import { ServiceName } from '../../services/service-name';
import { ClientKind, formatBackend, Frontend } from '../../services/service-view';

/** Where connections of the clients of a cluster arrive: `TCP/80 web@paris 50 %`, whatever policies allow. Sorted. */
export function backendTexts(
  mesh: EvaluatedMesh,
  service: ServiceName,
  cluster: string,
  client: ClientKind,
  ports?: readonly PortRange[],
): string[] {
  return serviceView(mesh, service, cluster, { client })
    .frontends.filter(({ port }) => ports === undefined || (port && ports.some(range => holdsFlow(range, port))))
    .flatMap(frontendTexts)
    .sort();
}

function frontendTexts({ port, family, targets }: Frontend): string[] {
  const name = port ? `${port.protocol}/${port.port} ` : '';
  const over = family === undefined ? '' : ` over ${family}`;
  const served = targets.filter(({ backend }) => backend.replicas > 0);
  return served.length === 0
    ? [`${name}no backends${over}`]
    : served.map(({ backend, port: target, share }) => {
      const at = target === undefined || target === port?.port ? '' : `:${target}`;
      const percent = share === undefined ? '?' : `${Math.round(share * 1e4) / 100}`;
      return `${name}${formatBackend(backend)}${at} ${percent} %${over}`;
    });
}
