import { isAddress, parseIpAddress } from '../../cilium/ip-address';
import { isPort } from '../../cilium/ports';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { isMap } from '../../diagnostics/is-map';
import { formatList, formatValue } from '../../diagnostics/texts';
import { ApiserverServiceType, KindPortMapping } from '../cluster-settings';
import { MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { apiserverServiceType, ClusterModel, MeshModel } from '../mesh-model';
import { PORT_MAPPING_PROPERTIES } from '../setting-values';
import { MeshVocabulary } from '../vocabulary';

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

/** The default node port of the clustermesh-apiserver in the chart (install/kubernetes/cilium/values.yaml, v1.20.2). */
const APISERVER_NODE_PORT = 32379;

/** Ports that clusters open: on the machine that runs kind, and on their nodes. */
export function portFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  return [...hostPortFaults(mesh), ...mesh.clusters.flatMap(cluster => nodePortFaults(cluster, words))];
}

/** A port that a mapping publishes, with its place. */
interface HostPort {
  readonly path: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
}

function hostPortFaults(mesh: MeshModel): MeshDiagnostic[] {
  const taken: HostPort[] = [];
  return mesh.clusters.flatMap(cluster =>
    Array.from(cluster.kind?.portMappings ?? [], (mapping, index) => {
      const part = `.portMappings[${index}]`;
      return isMap(mapping)
        ? [...unknownFaults(cluster, part, mapping), ...mappingFaults(cluster, part, mapping, taken)]
        : [notMapFault(cluster, part, mapping)];
    }).flat(),
  );
}

function unknownFaults(cluster: ClusterModel, part: string, mapping: object): MeshDiagnostic[] {
  return Object.entries(mapping)
    .filter(([name]) => !PORT_MAPPING_PROPERTIES.includes(name))
    .map(([name, value]) =>
      settingDiagnostic('setting-unknown', cluster, ['kind', `${part}.${name}`], {
        message: 'unknown setting, which would have no effect',
        got: formatValue(value),
        allowed: formatList(PORT_MAPPING_PROPERTIES),
        fix: `correct the name${didYouMean(name, PORT_MAPPING_PROPERTIES)}`,
      }),
    );
}

function notMapFault(cluster: ClusterModel, part: string, mapping: unknown): MeshDiagnostic {
  return settingDiagnostic('setting-value-unknown', cluster, ['kind', part], {
    message: 'must be a map',
    got: formatValue(mapping),
    allowed: 'a map',
    fix: 'write a map with containerPort and hostPort',
  });
}

/** `taken`: the ports of the earlier mappings. */
function mappingFaults(
  cluster: ClusterModel,
  part: string,
  mapping: KindPortMapping,
  taken: HostPort[],
): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  for (const property of ['containerPort', 'hostPort'] as const) {
    if (!isPort(mapping[property])) {
      faults.push(invalidPort(cluster, ['kind', `${part}.${property}`], mapping[property]));
    }
  }
  const protocol = mapping.protocol ?? 'TCP';
  if (!PROTOCOLS.includes(protocol)) {
    faults.push(
      settingDiagnostic('port-protocol-unknown', cluster, ['kind', `${part}.protocol`], {
        message: 'kind does not know this protocol',
        got: formatValue(mapping.protocol),
        allowed: PROTOCOLS.join(', '),
        fix: 'use one of the allowed values',
      }),
    );
  }
  const address: unknown = mapping.listenAddress || '0.0.0.0';
  if (typeof address !== 'string' || !isAddress(address)) {
    return [
      ...faults,
      settingDiagnostic('listen-address-invalid', cluster, ['kind', `${part}.listenAddress`], {
        message: 'must be an address; kind accepts any text, and Docker refuses it later',
        got: formatValue(address),
        allowed: 'an IPv4 or IPv6 address of the machine',
        fix: 'write an address, for example 127.0.0.1, or remove listenAddress for all addresses',
      }),
    ];
  }
  const port = mapping.hostPort;
  if (!isPort(port)) {
    return faults;
  }
  const clash = taken.find(
    each => each.port === port && each.protocol === protocol && sameAddress(each.address, address),
  );
  if (clash) {
    faults.push(
      settingDiagnostic('host-port-clash', cluster, ['kind', `${part}.hostPort`], {
        message: `${clash.path} publishes the same port of the machine`,
        got: `${address}:${port}/${protocol}`,
        allowed: 'a port that no other mapping of the mesh publishes',
        fix: 'set another hostPort in one of the two mappings',
      }),
    );
  }
  taken.push({ path: `${cluster.path}.kind${part}`, address, port, protocol });
  return faults;
}

export function invalidPort(
  cluster: ClusterModel,
  setting: [setting: string, part: string],
  port: unknown,
  consequence: string = '',
): MeshDiagnostic {
  return settingDiagnostic('port-invalid', cluster, setting, {
    message: `invalid port${consequence}`,
    got: formatValue(port),
    allowed: 'a whole number from 1 to 65535',
    fix: 'correct the port',
  });
}

function sameAddress(...addresses: [string, string]): boolean {
  const [one, other] = addresses.map(text => parseIpAddress(text)!);
  return one.value === 0n || other.value === 0n || (one.family === other.family && one.value === other.value);
}

function nodePortFaults(cluster: ClusterModel, words: MeshVocabulary): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const type = apiserverServiceType(cluster);
  const nodePort = cluster.apiserver?.nodePort;
  if (nodePort !== undefined && type !== ApiserverServiceType.NODE_PORT) {
    faults.push(
      settingDiagnostic('node-port-unused', cluster, ['apiserver', '.nodePort'], {
        message: `a Service of type ${type} does not use a node port`,
        got: formatValue(nodePort),
        allowed: 'Service type NodePort, or no node port',
        fix: 'remove nodePort',
      }),
    );
  }
  const ports: Array<[setting: string, part: string, port: number | undefined]> = [
    ['apiserver', '.nodePort', type === ApiserverServiceType.NODE_PORT ? (nodePort ?? APISERVER_NODE_PORT) : undefined],
    ['hubble', '.relayNodePort', cluster.hubble?.relayNodePort],
    ['hubble', '.uiNodePort', cluster.hubble?.uiNodePort],
  ];
  const taken = new Map<number, string>();
  for (const [setting, part, port] of ports) {
    if (port === undefined || port === null) {
      continue;
    }
    if (!Number.isInteger(port) || port < 30000 || port > 32767) {
      faults.push(
        settingDiagnostic('node-port-range', cluster, [setting, part], {
          message: 'the API server refuses this node port; the Helm chart accepts it without a message',
          got: formatValue(port),
          allowed: 'a whole number from 30000 to 32767',
          fix: 'set a port from 30000 to 32767',
        }),
      );
    } else if (taken.has(port)) {
      faults.push(
        settingDiagnostic('node-port-clash', cluster, [setting, part], {
          message: `${taken.get(port)} is the same node port`,
          got: formatValue(port),
          allowed: 'a node port that no other Service of the cluster has',
          fix: 'set another node port in one of the two',
        }),
      );
    } else {
      taken.set(port, `${words.setting(setting)}${part}`);
    }
  }
  return faults;
}
