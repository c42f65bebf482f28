import { list } from './object-fields';
import { WorkloadProblem } from './workload-problem';
import { formatValue } from '../../diagnostics/texts';

/** A port that a container declares. */
export interface DeclaredPort {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  readonly name?: string;
}

/**
 * Reads the ports that the containers of a pod declare. As in Cilium, those of init containers do not count
 * (pkg/k8s/slim_corev1.go and watchers/pod.go, v1.20.2).
 */
export function readDeclaredPorts(spec: any, prefix: string): { ports: DeclaredPort[]; problems: WorkloadProblem[] } {
  const problems: WorkloadProblem[] = [];
  const ports = list(spec.containers).flatMap((container, index) =>
    list(container?.ports).flatMap((port, which) => {
      const number = port?.containerPort;
      const protocol = port?.protocol ?? 'TCP';
      if (!Number.isInteger(number) || number < 1 || number > 65535 || !['TCP', 'UDP', 'SCTP'].includes(protocol)) {
        problems.push({
          path: `${prefix}spec.containers[${index}].ports[${which}]`,
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
