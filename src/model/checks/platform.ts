import { invalidPort } from './ports';
import { isAddress } from '../../cilium/ip-address';
import { labelKeyProblem } from '../../cilium/label-syntax';
import { isPort } from '../../cilium/ports';
import { formatValue } from '../../diagnostics/texts';
import { MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { ClusterModel } from '../mesh-model';

/** Kubernetes is made for clusters of at most so many nodes (kubernetes.io, "Considerations for large clusters"). */
const MAX_NODES = 5000;

/** The largest number of an int32 field, such as `replicas` of a Deployment. */
const MAX_INT32 = 2 ** 31 - 1;

function isCount(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Settings with which kind cannot create the cluster. */
export function kindFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const { kind, context } = cluster;
  if (!kind) {
    return [];
  }
  const faults: MeshDiagnostic[] = [];
  if (context !== undefined && context !== `kind-${cluster.name}`) {
    faults.push(
      settingDiagnostic('kind-context', cluster, 'context', {
        message: 'kind names the context of its clusters itself',
        got: formatValue(context),
        allowed: `kind-${cluster.name}, or no context`,
        fix: 'remove context, or remove kind if the cluster already exists',
      }),
    );
  }
  const counts: Array<[string, unknown, number]> = [
    ['controlPlanes', kind.controlPlanes, 1],
    ['workers', kind.workers, 0],
  ];
  for (const [property, value, least] of counts) {
    if (value !== undefined && !isCount(value, least, MAX_NODES)) {
      faults.push(
        settingDiagnostic('kind-node-count', cluster, ['kind', `.${property}`], {
          message: 'kind cannot create this number of nodes',
          got: formatValue(value),
          allowed: `a whole number from ${least} to ${MAX_NODES}`,
          fix: `set a whole number from ${least} to ${MAX_NODES}`,
        }),
      );
    }
  }
  return faults;
}

/** The address of the API server for Cilium. */
export function kubernetesApiFaults(cluster: ClusterModel): MeshDiagnostic[] {
  if (!cluster.kubernetesApi) {
    return [];
  }
  const faults: MeshDiagnostic[] = [];
  const host: unknown = cluster.kubernetesApi.host;
  if (typeof host !== 'string' || host === '' || /[/[\]\s]/.test(host) || (host.includes(':') && !isAddress(host))) {
    faults.push(
      settingDiagnostic('kubernetes-api-host', cluster, ['kubernetesApi', '.host'], {
        message: 'must be a host, not a URL',
        got: formatValue(host),
        allowed: 'a host name or address without scheme, port and path',
        fix: 'write the host only, without "https://"; the port is kubernetesApi.port',
      }),
    );
  }
  const port = cluster.kubernetesApi.port;
  if (port !== undefined && !isPort(port)) {
    faults.push(
      invalidPort(cluster, ['kubernetesApi', '.port'], port, '; the Helm chart accepts it without a message'),
    );
  }
  return faults;
}

/** The parts of Hubble. */
export function hubbleFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const hubble = cluster.hubble;
  if (!hubble) {
    return [];
  }
  const faults: MeshDiagnostic[] = [];
  if (hubble.ui && hubble.relay === false) {
    faults.push(
      settingDiagnostic('hubble-ui-without-relay', cluster, ['hubble', '.ui'], {
        message: 'Hubble UI reads from Hubble Relay (install/kubernetes/cilium/templates/validate.yaml, v1.20.2)',
        got: 'ui: true, relay: false',
        allowed: 'relay: true with ui: true',
        fix: 'remove relay: false',
      }),
    );
  }
  if (hubble.exportFlows && !cluster.version.traits.staticExporter) {
    faults.push(
      settingDiagnostic('setting-unknown-to-version', cluster, ['hubble', '.exportFlows'], {
        message:
          'Cilium knows this setting since 1.15 (install/kubernetes/cilium/values.yaml, v1.15.19); an older chart ' +
          'ignores it without a message',
        got: `true with Cilium ${cluster.version.text}`,
        allowed: 'Cilium 1.15 or later, or no setting',
        fix: 'remove exportFlows, or upgrade the cluster',
      }),
    );
  }
  const exposed: Array<['relayNodePort' | 'uiNodePort', boolean]> = [
    ['relayNodePort', hubble.relay !== false],
    ['uiNodePort', hubble.ui === true],
  ];
  for (const [property, enabled] of exposed) {
    if (hubble[property] !== undefined && !enabled) {
      faults.push(
        settingDiagnostic('hubble-node-port-unused', cluster, ['hubble', `.${property}`], {
          message: 'exposes a part of Hubble that is not enabled',
          got: formatValue(hubble[property]),
          allowed: 'a node port of an enabled part',
          fix: `enable the part, or remove ${property}`,
        }),
      );
    }
  }
  return faults;
}

/** The clustermesh-apiserver. */
export function apiserverFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const { replicas, serviceAnnotations } = cluster.apiserver ?? {};
  if (replicas !== undefined && !isCount(replicas, 1, MAX_INT32)) {
    faults.push(
      settingDiagnostic('apiserver-replicas', cluster, ['apiserver', '.replicas'], {
        message:
          Number.isInteger(replicas) && replicas > MAX_INT32
            ? 'more replicas than a Deployment can have'
            : 'without a replica of the clustermesh-apiserver no other cluster can connect',
        got: formatValue(replicas),
        allowed: `a whole number from 1 to ${MAX_INT32}`,
        fix: 'set a whole number from 1',
      }),
    );
  }
  for (const [key, value] of Object.entries(serviceAnnotations ?? {})) {
    // the API server allows upper case in prefixes (ValidateAnnotations of apimachinery)
    const problem = labelKeyProblem(key.toLowerCase());
    if (problem) {
      faults.push(
        settingDiagnostic('annotation-key-invalid', cluster, ['apiserver', `.serviceAnnotations[${formatValue(key)}]`], {
          message: `the key of the annotation ${problem}`,
          got: formatValue(key),
          allowed: 'a name such as team, or with a prefix such as example.org/team',
          fix: 'correct the key',
        }),
      );
    }
    if (typeof value !== 'string') {
      faults.push(
        settingDiagnostic('annotation-not-text', cluster, ['apiserver', `.serviceAnnotations[${formatValue(key)}]`], {
          message: 'values of annotations must be text',
          got: formatValue(value),
          allowed: 'a text',
          fix: typeof value === 'object' ? 'write a text' : `write ${formatValue(String(value))}`,
        }),
      );
    }
  }
  return faults;
}
