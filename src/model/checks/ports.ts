import { canonicalAddress, isAddress } from '../../cilium/cidr';
import { formatValue } from '../../diagnostics/texts';
import { ApiserverServiceType } from '../cluster-settings';
import { MeshDiagnostic, meshDiagnostic } from '../mesh-diagnostic';
import { apiserverServiceType, ClusterModel, MeshModel } from '../mesh-model';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

/** The chart's node port of the clustermesh-apiserver (install/kubernetes/cilium/values.yaml, v1.20.2). */
const APISERVER_NODE_PORT = 32379;

/** Ports that clusters open: on the machine that runs kind, and on their nodes. */
export function portFaults(mesh: MeshModel): MeshDiagnostic[] {
  return [...hostPortFaults(mesh), ...mesh.clusters.flatMap(nodePortFaults)];
}

function hostPortFaults(mesh: MeshModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const taken: Array<{ path: string; address: string; port: number; protocol: string }> = [];
  for (const cluster of mesh.clusters) {
    for (const [index, mapping] of (cluster.kind?.portMappings ?? []).entries()) {
      const path = `${cluster.path}.kind.portMappings[${index}]`;
      for (const property of ['containerPort', 'hostPort'] as const) {
        const port = mapping[property];
        if (!isPort(port)) {
          faults.push(notAPort(`${path}.${property}`, port));
        }
      }
      const protocol = mapping.protocol ?? 'TCP';
      if (!PROTOCOLS.includes(protocol)) {
        faults.push(meshDiagnostic('port-protocol-unknown', {
          path: `${path}.protocol`,
          message: 'kind does not know this protocol',
          got: formatValue(mapping.protocol),
          allowed: PROTOCOLS.join(', '),
          fix: 'use one of the allowed values',
        }));
      }
      const address = mapping.listenAddress || '0.0.0.0';
      if (typeof address !== 'string' || !isAddress(address)) {
        faults.push(meshDiagnostic('listen-address-invalid', {
          path: `${path}.listenAddress`,
          message: 'not an address; kind takes any text, and Docker refuses it',
          got: formatValue(address),
          allowed: 'an IPv4 or IPv6 address of the machine',
          fix: 'give an address, for example 127.0.0.1, or leave listenAddress out for all addresses',
        }));
        continue;
      }
      if (!isPort(mapping.hostPort)) {
        continue;
      }
      const clash = taken.find(each => each.port === mapping.hostPort && each.protocol === protocol && sameAddress(each.address, address));
      if (clash) {
        faults.push(meshDiagnostic('host-port-clash', {
          path: `${path}.hostPort`,
          message: `the port of the machine is taken by ${clash.path}`,
          got: `${address}:${mapping.hostPort}/${protocol}`,
          allowed: 'a port that no other mapping of the mesh publishes',
          fix: 'give one of the two another hostPort',
        }));
      }
      taken.push({ path, address, port: mapping.hostPort, protocol });
    }
  }
  return faults;
}

export function isPort(port: unknown): boolean {
  return Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65535;
}

export function notAPort(path: string, port: unknown, consequence: string = ''): MeshDiagnostic {
  return meshDiagnostic('port-invalid', { path, message: `not a port${consequence}`, got: formatValue(port), allowed: 'a whole number from 1 to 65535', fix: 'give a port' });
}

function sameAddress(...addresses: [string, string]): boolean {
  const [one, other] = addresses.map(canonicalAddress);
  const all = ['0.0.0.0', '::'].map(canonicalAddress);
  return one === other || all.includes(one) || all.includes(other);
}

function nodePortFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const type = apiserverServiceType(cluster);
  const given = cluster.apiserver?.nodePort;
  if (given !== undefined && type !== ApiserverServiceType.NODE_PORT) {
    faults.push(meshDiagnostic('node-port-unused', {
      path: `${cluster.path}.apiserver.nodePort`,
      message: `a Service of type ${type} does not use it`,
      got: formatValue(given),
      allowed: 'service type NodePort, or the node port left out',
      fix: 'leave nodePort out',
    }));
  }
  const ports: Array<[path: string, port: number | undefined]> = [
    ['apiserver.nodePort', type === ApiserverServiceType.NODE_PORT ? given ?? APISERVER_NODE_PORT : undefined],
    ['hubble.relayNodePort', cluster.hubble?.relayNodePort],
    ['hubble.uiNodePort', cluster.hubble?.uiNodePort],
  ];
  const taken = new Map<number, string>();
  for (const [path, port] of ports) {
    if (port === undefined || port === null) {
      continue;
    }
    if (!Number.isInteger(port) || port < 30000 || port > 32767) {
      faults.push(meshDiagnostic('node-port-range', {
        path: `${cluster.path}.${path}`,
        message: 'not a node port; the Helm chart would take it silently, and the API server refuse the Service',
        got: formatValue(port),
        allowed: 'a whole number from 30000 to 32767',
        fix: 'give a node port',
      }));
    } else if (taken.has(port)) {
      faults.push(meshDiagnostic('node-port-clash', {
        path: `${cluster.path}.${path}`,
        message: `the node port is taken by ${taken.get(port)}`,
        got: formatValue(port),
        allowed: 'a node port that nothing else in the cluster has',
        fix: 'give one of the two another node port',
      }));
    } else {
      taken.set(port, path);
    }
  }
  return faults;
}
