import { list } from './object-fields';
import { ObjectProblem } from './object-problem';
import { isPort } from '../../cilium/ports';
import { formatValue } from '../../diagnostics/texts';

/** A port that a container declares. */
export interface DeclaredPort {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  readonly name?: string;
}

/** Ports of the containers of a pod, and those that are invalid. */
interface DeclaredPorts {
  readonly ports: DeclaredPort[];
  readonly problems: ObjectProblem[];
}

/**
 * Reads the ports that the containers of a pod declare. As in Cilium, those of init containers do not count
 * (pkg/k8s/slim_corev1.go and watchers/pod.go, v1.20.2).
 */
export function readDeclaredPorts(spec: any, prefix: string): DeclaredPorts {
  return portsOf(list(spec.containers), 'containers', prefix);
}

/** Reads the ports of native sidecars: init containers that go on running. Only Services know them by name. */
export function readSidecarPorts(spec: any, prefix: string): DeclaredPorts {
  const sidecars = list(spec.initContainers).map(each => (each?.restartPolicy === 'Always' ? each : undefined));
  return portsOf(sidecars, 'initContainers', prefix);
}

function portsOf(containers: readonly any[], field: string, prefix: string): DeclaredPorts {
  const problems: ObjectProblem[] = [];
  const ports = containers.flatMap((container, index) =>
    list(container?.ports).flatMap((port, which) => {
      const number = port?.containerPort;
      const protocol = port?.protocol ?? 'TCP';
      if (!isPort(number) || !['TCP', 'UDP', 'SCTP'].includes(protocol)) {
        problems.push({
          path: `${prefix}spec.${field}[${index}].ports[${which}]`,
          message:
            'a port must have containerPort 1 to 65535 and protocol TCP, UDP or SCTP, got ' +
            `${formatValue(number)} and ${formatValue(protocol)}`,
          fix: 'correct containerPort and protocol',
        });
        return [];
      }
      return [{ protocol, port: number, ...(typeof port.name === 'string' ? { name: port.name } : {}) }];
    }),
  );
  return { ports, problems };
}
