import { Command } from './command';
import { kubectl, kubeSystem } from './kube';
import { toYaml } from '../../model/yaml';

/**
 * The lock of a cluster: a Lease in the cluster itself, so runs on other hosts, or of other users, see it too. Its
 * holder renews it while it works. Clocks of hosts differ, so nobody compares its times: a run that waits looks whether
 * the holder still renews it.
 */
export interface LeaseState {
  readonly holder: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly renewTime: string;
  readonly owner: LeaseOwner;
}

/** Who holds a lock. */
export interface LeaseOwner {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** Start of the process, as the runner knows it. */
  readonly start: string;
  readonly command: string;
  /** ISO 8601, by the clock of that host. */
  readonly since: string;
}

/** Seconds between two renewals. */
export const RENEWAL = 10;

/** Seconds without a renewal after which the holder has ended. */
export const EXPIRY = 40;

const NAME = 'cilium-mesh';
const OWNER = 'cilium-mesh/owner';

/** Prints the Lease as JSON, or nothing. */
export function leaseQuery(context: string): Command {
  return kubeSystem(context).get('lease', NAME, '--ignore-not-found', '-o', 'json');
}

/** The Lease in the output of `leaseQuery`; undefined for an object of another form. */
export function readLease(object: any): LeaseState | undefined {
  const { metadata, spec } = object ?? {};
  const { uid, resourceVersion, annotations } = metadata ?? {};
  const { holderIdentity: holder, renewTime } = spec ?? {};
  const owner = parseOwner(annotations?.[OWNER]);
  return typeof holder === 'string' && typeof uid === 'string'
    ? { holder, uid, resourceVersion: String(resourceVersion), renewTime: String(renewTime ?? ''), owner }
    : undefined;
}

function parseOwner(text: unknown): LeaseOwner {
  try {
    const { user, host, pid, start, command, since } = JSON.parse(String(text));
    return {
      user: String(user),
      host: String(host),
      pid: Number(pid),
      start: String(start),
      command: String(command),
      since: String(since),
    };
  } catch {
    return { user: '?', host: '?', pid: 0, start: '', command: '?', since: '?' };
  }
}

/** Creates the Lease; the API server refuses it if it exists. */
export function createLease(context: string, holder: string, owner: LeaseOwner, time: string): Command {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: NAME, namespace: 'kube-system', annotations: { [OWNER]: JSON.stringify(owner) } },
    spec: { holderIdentity: holder, leaseDurationSeconds: EXPIRY, acquireTime: time, renewTime: time },
  };
  return { ...kubectl(context).run('create', '--field-manager=cilium-mesh-lock', '-f', '-'), stdin: toYaml(lease) };
}

/** Renews the Lease, if the holder still has it. */
export function renewLease(context: string, holder: string, time: string): Command {
  return patch(context, [
    { op: 'test', path: '/spec/holderIdentity', value: holder },
    { op: 'replace', path: '/spec/renewTime', value: time },
  ]);
}

/** Takes the Lease from a holder, if nothing about it changed since it was read. */
export function takeLease(
  context: string,
  { resourceVersion }: LeaseState,
  holder: string,
  owner: LeaseOwner,
  time: string,
): Command {
  return patch(context, [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    { op: 'add', path: '/metadata/annotations', value: { [OWNER]: JSON.stringify(owner) } },
    { op: 'replace', path: '/spec/holderIdentity', value: holder },
    { op: 'replace', path: '/spec/acquireTime', value: time },
    { op: 'replace', path: '/spec/renewTime', value: time },
  ]);
}

function patch(context: string, operations: readonly object[]): Command {
  return kubeSystem(context).run('patch', 'lease', NAME, '--type', 'json', '--patch', JSON.stringify(operations));
}

/** Deletes the Lease that was read, and no later state of it. */
export function deleteLease(context: string, { uid, resourceVersion }: LeaseState): Command {
  const preconditions = { uid, resourceVersion };
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${NAME}`;
  return {
    ...kubectl(context).run('delete', '--raw', path, '-f', '-'),
    stdin: `${JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions })}\n`,
  };
}
