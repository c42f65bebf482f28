import { CITATIONS } from './citation';
import { releaseIntent } from './install';
import { chartArguments, chartOfCli, InstallSettings } from './install-settings';
import { Installation } from './installation';
import { cilium, helm } from './kube';
import { HelmValueTree, LiveCluster, LiveMesh } from './live-mesh';
import { LeftCluster } from './membership';
import { Step } from './plan';
import { isMap } from '../../diagnostics/is-map';

/** What is known about a cluster that left the mesh. */
export interface Disconnection {
  readonly left: LeftCluster;
  /** Its context still leads to it. */
  readonly isReachable: boolean;
}

/**
 * Disconnects clusters that left the mesh, one after the other: each is a Helm upgrade of every cluster at both ends.
 *
 * `cilium clustermesh disconnect` changes both ends, and needs both. Of a cluster that does not answer, the plan
 * removes what the releases of the others know: their Secrets `cilium-clustermesh` and host names follow.
 *
 * Source: DisconnectWithHelm in cilium-cli/clustermesh/clustermesh.go, April 2026.
 */
export function disconnectSteps(
  { clusters }: LiveMesh,
  disconnections: readonly Disconnection[],
  installations: ReadonlyMap<string, Installation>,
  settings: InstallSettings,
): Step[] {
  const steps: Step[] = [];
  // of each cluster, the last step that changes its release
  const last = new Map(clusters.map(({ name }) => [name, `${name}/enabled`]));
  for (const { left, isReachable } of disconnections) {
    const peers = clusters.filter(each => left.peers.includes(each.name));
    const made = isReachable
      ? [disconnectStep(left, peers)]
      : peers.map(peer => forgetStep(left, peer, installations.get(peer.name)!, disconnections, settings));
    for (const step of made) {
      const concerned = step.cluster === undefined ? peers.map(each => each.name) : [step.cluster];
      steps.push({ ...step, needs: [...new Set(concerned.map(each => last.get(each)!))] });
      concerned.forEach(each => last.set(each, step.id));
    }
  }
  return steps;
}

function disconnectStep({ name, context }: LeftCluster, peers: readonly LiveCluster[]): Omit<Step, 'needs'> {
  const destinations = peers.map(each => each.context).join(',');
  return {
    id: `mesh/disconnect-${name}`,
    title: `disconnect ${name} (context ${context}), which left the mesh`,
    change: 'disconnect',
    source: CITATIONS.disconnect,
    intents: [{ context }, ...peers].map(releaseIntent),
    commands: [cilium(context, 'clustermesh', 'disconnect', '--destination-context', destinations)],
  };
}

function forgetStep(
  { name, context }: LeftCluster,
  peer: LiveCluster,
  installed: Installation,
  disconnections: readonly Disconnection[],
  settings: InstallSettings,
): Omit<Step, 'needs'> {
  const gone = disconnections.map(each => each.left.name);
  const values = valuesWithout(name, installed, gone);
  const files = ['--reset-then-reuse-values', '--values', '-'];
  return {
    id: `${peer.name}/disconnect-${name}`,
    title:
      `disconnect ${name}, which left the mesh and does not answer as the context ${context}: ` +
      'its own connections stay',
    change: 'disconnect',
    source: CITATIONS.forget,
    cluster: peer.name,
    intents: [releaseIntent(peer)],
    commands: [
      {
        ...(peer.installer === 'cilium'
          ? cilium(peer.context, 'upgrade', ...chartOfCli(settings, peer.version), ...files)
          : helm(peer.context, 'upgrade', 'cilium', ...chartArguments(peer, settings), ...files)),
        stdin: `${JSON.stringify(values)}\n`,
        secrets: textsOf(values).filter(each => each.length >= LEAST_SECRET),
      },
    ],
  };
}

/** Certificates and keys of old connections are longer than addresses and names. */
const LEAST_SECRET = 64;

/** Helm removes a key of a mapping whose value is null, and replaces a list as a whole. */
function valuesWithout(name: string, { values }: Installation, gone: readonly string[]): HelmValueTree {
  const all = values.clustermesh?.config?.clusters;
  const clusters = Array.isArray(all) ? all.filter(each => !gone.includes(each?.name)) : { [name]: null };
  return { clustermesh: { config: { clusters } } };
}

function textsOf(value: unknown): string[] {
  return typeof value === 'string'
    ? [value]
    : Array.isArray(value)
      ? value.flatMap(textsOf)
      : isMap(value)
        ? Object.values(value).flatMap(textsOf)
        : [];
}
