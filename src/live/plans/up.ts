import { applyPlan, ApplySettings, ClusterObjects } from './apply';
import { command, Condition } from './command';
import { ConnectionMode, connectSteps } from './connect';
import { externalEtcdSteps } from './external-etcd';
import { KindDemand } from './host';
import { InstallSettings, installSteps, noPendingRelease } from './install';
import { kubectl } from './kube';
import { LiveCluster, LiveMesh } from './live-mesh';
import { mark } from './mark';
import { Guard, Plan, Step, Tool } from './plan';
import { ImageProgram, preloadSteps, TAGGED } from './preload';
import { waitFor } from './rollout';
import { tool } from './tools';

/** What is decided besides the mesh. */
export interface UpSettings {
  /** A folder with Cilium's chart, for who has no access to the chart repository. */
  readonly chartDirectory?: string;
  /** Without it, everybody is connected to everybody. */
  readonly connectionMode?: ConnectionMode;
  /** Images are pulled once, by this program, and loaded into the kind clusters. */
  readonly preload?: ImageProgram;
}

/**
 * The plan that makes a mesh of nothing, or of clusters that exist: create, install Cilium, enable Cluster Mesh, connect.
 *
 * - The first cluster's certificate authority is copied to the others before Cilium is installed there: clusters whose authorities differ
 *   cannot be connected.
 * - `clustermesh connect` exits with 0 also when it did nothing, and `status` also with errors unless it waits: each wait is a step of its own.
 * - Clusters that are meshed through an etcd of their own have no common authority: what is copied there are the certificates of each etcd.
 *
 * Sources: Documentation/network/clustermesh/clustermesh.rst, v1.20.2; cilium-cli/cli/clustermesh.go and install.go, April 2026.
 */
export function upPlan(mesh: LiveMesh, settings: UpSettings = {}): Plan {
  const [first, ...others] = mesh.clusters;
  const etcd = first.etcd !== undefined;
  const installation = (cluster: LiveCluster): InstallSettings => ({
    chartDirectory: settings.chartDirectory, set: [...cluster.identity, ...settings.preload && cluster.kind ? TAGGED : []],
  });
  const preloads = settings.preload === undefined ? [] : preloadSteps(mesh, settings.preload, installation);
  const needed = (cluster: LiveCluster) => [
    ...cluster === first || etcd ? [] : [`${cluster.name}/authority`],
    ...preloads.filter(step => step.cluster === cluster.name).map(step => step.id),
  ];
  const steps = [
    ...mesh.clusters.flatMap(cluster => createSteps(cluster)),
    ...preloads,
    ...etcd ? [] : others.map(cluster => authorityStep(first, cluster)),
    ...mesh.clusters.flatMap(cluster => installSteps(cluster, needed(cluster), installation(cluster))),
    ...others.length === 0 ? [] : etcd ? externalEtcdSteps(mesh) : connectSteps(mesh, settings.connectionMode),
  ];
  return {
    title: `up: ${mesh.clusters.map(each => each.name).join(', ')}`,
    tools: tools(mesh, settings),
    host: mesh.clusters.some(each => each.kind) ? { clusters: mesh.clusters.flatMap(kindDemand) } : undefined,
    steps,
  };
}

/** The plan that puts the manifests into a mesh that is up, and waits for what they start. */
export function deliveryPlan(mesh: LiveMesh, objects: readonly ClusterObjects[], settings: ApplySettings, needs: (cluster: string) => readonly string[] = () => []): Plan {
  const { steps, ...plan } = applyPlan(objects, settings, needs);
  const last = (cluster: string) => steps.filter(step => step.cluster === cluster).map(step => step.id).slice(-1);
  return { ...plan, steps: [...steps, ...mesh.clusters.flatMap(cluster => rolloutSteps(cluster, last(cluster.name)))] };
}

/** Both plans in one, for a script: everything that is needed is known before there is a cluster to ask, but not what would have to be removed. */
export function wholePlan(mesh: LiveMesh, objects: readonly ClusterObjects[], settings: UpSettings, applied: ApplySettings): Plan {
  const up = upPlan(mesh, settings);
  const last = (cluster: string) => up.steps.filter(step => step.cluster === cluster).map(step => step.id).slice(-1);
  return { ...up, steps: [...up.steps, ...deliveryPlan(mesh, objects, applied, last).steps] };
}

/** Programs, with where to get them. */
function tools({ clusters }: LiveMesh, { preload }: UpSettings): Tool[] {
  return [
    ...clusters.some(cluster => cluster.kind) ? [tool('kind', 'creates the clusters')] : [],
    ...clusters.some(cluster => cluster.installer === 'helm') ? [tool('helm', 'installs Cilium before 1.15')] : [],
    ...clusters.some(cluster => !cluster.etcd) ? [tool('cilium', 'installs Cilium and connects the clusters')] : [],
    ...preload ? [tool(preload, 'pulls the images')] : [],
    tool('kubectl', 'applies the manifests'),
  ];
}

function kindDemand({ name, kind }: LiveCluster): KindDemand[] {
  return kind ? [{ cluster: name, nodes: 1, ports: [], ...kind.host, unless: kindExists(name) }] : [];
}

/** Not `--quiet`, which keeps its failures for itself. */
function kindExists(name: string): Condition {
  return { kind: 'prints-line', command: command('kind', 'get', 'clusters'), line: name };
}

/** A kind cluster of the same name is kept when it is the one that is meant, and left alone when it is another. */
function createSteps(cluster: LiveCluster): Step[] {
  const { name, context, kind } = cluster;
  if (!kind) {
    return [{
      id: `${name}/exists`, title: 'reach the cluster', cluster: name, needs: [], commands: [],
      ensure: [{
        condition: { kind: 'succeeds', command: kubectl(context, 'get', '--raw', '/readyz') },
        otherwise: `the API server of the context ${context} does not answer: check the context (kubectl config get-contexts) and that the cluster is up`,
      }, noPendingRelease(cluster)],
    }];
  }
  const ready = kubectl(context, 'get', '--raw', '/readyz');
  const configuration = kubectl(context, '-n', 'kube-system', 'get', 'configmap', 'kubeadm-config', '-o', 'jsonpath={.data.ClusterConfiguration}');
  const subnet = (what: string, key: string, cidr: string | undefined): Guard[] => cidr === undefined ? [] : [{
    condition: { kind: 'prints', command: configuration, text: `${key}: ${cidr}` },
    otherwise: `there is a kind cluster ${name} with another ${what} subnet than ${cidr} in ${kind.file}: delete it (kind delete cluster --name ${name}), or rename one of the two`,
  }];
  return [{
    id: `${name}/exists`, title: 'create the kind cluster', cluster: name, needs: [],
    unless: kindExists(name),
    commands: [command('kind', 'create', 'cluster', '--name', name, '--config', kind.file), mark(context)],
    // kind writes the context when everything else is done; a cluster of this name that somebody made meanwhile works as well, and is not touched
    intent: { what: `kind cluster ${name}`, finished: { kind: 'succeeds', command: ready }, undo: [command('kind', 'delete', 'cluster', '--name', name)] },
    ensure: [{
      condition: { kind: 'succeeds', command: ready },
      otherwise: `there is a kind cluster ${name}, but the API server of the context ${context} does not answer: its nodes are stopped (start their containers), or it was half made `
        + `by a run of kind that was killed (delete it: kind delete cluster --name ${name}, then run up again)`,
    }, ...subnet('pod', 'podSubnet', kind.podSubnet), ...subnet('service', 'serviceSubnet', kind.serviceSubnet), noPendingRelease(cluster)],
  }];
}

function authorityStep(first: LiveCluster, cluster: LiveCluster): Step {
  const get = (each: LiveCluster, ...output: string[]) => kubectl(each.context, '-n', 'kube-system', 'get', 'secret', 'cilium-ca', ...output);
  const certificate = (each: LiveCluster) => get(each, '-o', 'jsonpath={.data.ca\\.crt}');
  return {
    id: `${cluster.name}/authority`,
    title: `copy the certificate authority of ${first.name}`,
    cluster: cluster.name,
    needs: [`${first.name}/installed`, `${cluster.name}/exists`],
    unless: { kind: 'prints-anything', command: get(cluster, '--ignore-not-found', '-o', 'name') },
    commands: [{ ...kubectl(cluster.context, 'create', '-f', '-'), input: get(first, '-o', 'yaml') }],
    ensure: [{
      condition: { kind: 'same-output', commands: [certificate(first), certificate(cluster)] },
      otherwise: `${cluster.name} has a certificate authority of its own, so that it cannot be connected to ${first.name}: remove Cilium and the Secret kube-system/cilium-ca there `
        + `(cilium uninstall --context ${cluster.context}; kubectl --context ${cluster.context} -n kube-system delete secret cilium-ca), then run up again`,
    }],
  };
}

function rolloutSteps({ name, context, workloads }: LiveCluster, needs: readonly string[]): Step[] {
  return workloads.length === 0 ? [] : [{ id: `${name}/rolled-out`, title: 'wait for the workloads', cluster: name, needs, commands: workloads.map(each => waitFor(context, each)) }];
}
