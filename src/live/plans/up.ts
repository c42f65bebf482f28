import { ApplyPart, applyPlan } from './apply';
import { ApplySettings, ClusterObjects } from './apply-objects';
import { CanaryParts, canaryParts } from './canary';
import { CITATIONS } from './citation';
import { Condition } from './command';
import { ConnectSettings, connectSteps } from './connect';
import { ConnectionMode } from './connection-mode';
import { Disconnection, disconnectSteps } from './disconnect';
import { externalEtcdSteps } from './external-etcd';
import { KindDemand } from './host';
import { installSteps } from './install';
import { InstallSettings, PlannedUpgrade } from './install-settings';
import {
  Installation,
  InstallationChange,
  installationChange,
  releaseConnections,
  upgradeOrder,
} from './installation';
import { kind, kindClusters, kindContainers, kubectl, kubeSystem } from './kube';
import { CREATE, WAIT, WaitLimit } from './limits';
import { LiveCluster, LiveMesh } from './live-mesh';
import { kindIntent, markCluster, markQuery } from './mark';
import { Guard, Plan, Step, Tool } from './plan';
import { ImageProgram, preloadSteps, TAGGED } from './preload';
import { waitFor } from './rollout';
import { tool, waitingKubectl } from './tools';
import { mergeValues } from '../../model/mesh-model';

/** Settings of a plan beside the mesh. */
export interface UpSettings {
  /** A folder with Cilium's chart, where the chart repository cannot be reached. */
  readonly chartDirectory?: string;
  /** By default, every pair of clusters is connected. */
  readonly connectionMode?: ConnectionMode;
  /** The program that pulls every image once and loads it into the kind clusters. */
  readonly preload?: ImageProgram;
  /**
   * The cluster whose certificate authority the others get (default: the canary, else the first one). When that was
   * lost, this must be one that exists: a new authority would cut it off from all others. The plan may leave it alone.
   */
  readonly authority?: LiveCluster;
  /** The cluster that is changed before the others. */
  readonly canary?: string;
  /** The mesh has further clusters: the plan changes no connections, which have two ends. */
  readonly isPartial?: boolean;
  /** Cilium's releases in the clusters that exist: those that differ from the mesh file are upgraded. */
  readonly installations?: ReadonlyMap<string, Installation>;
  /** Clusters that were built again since others connected to them. */
  readonly replaced?: readonly string[];
  /** Clusters that left the mesh. */
  readonly disconnections?: readonly Disconnection[];
  /** The limit of each wait (default: 10 minutes). */
  readonly wait?: WaitLimit;
  /** The container runtime of kind (default: docker). */
  readonly runtime?: string;
}

/**
 * The plan that makes a mesh from nothing, or from existing clusters: create, install Cilium, enable Cluster Mesh,
 * connect.
 *
 * - The certificate authority of the first cluster, or of one that exists, is copied to the others before Cilium is
 *   installed there: clusters with different authorities cannot be connected.
 * - `clustermesh connect` exits with 0 also when it did nothing, and `status` also after errors unless it waits: each
 *   wait is its own step.
 * - Clusters whose version or values differ from the mesh file are upgraded, one after the other.
 * - Clusters that are meshed through an etcd each have no common authority: there the plan copies the certificates of
 *   each etcd.
 *
 * Sources: Documentation/network/clustermesh/clustermesh.rst, v1.20.2; cilium-cli/cli/clustermesh.go and install.go,
 * April 2026.
 */
export function upPlan(mesh: LiveMesh, settings: UpSettings = {}): Plan {
  const [first, ...others] = mesh.clusters;
  const { wait = WAIT } = settings;
  const etcd = first.etcd !== undefined;
  const source = settings.authority ?? mesh.clusters.find(({ name }) => name === settings.canary) ?? first;
  const { installations = new Map<string, Installation>() } = settings;
  const changeOf = (cluster: LiveCluster): InstallationChange | undefined => {
    const installed = installations.get(cluster.name);
    return installed && installationChange(cluster, installed);
  };
  const installation = (cluster: LiveCluster): InstallSettings => ({
    chartDirectory: settings.chartDirectory,
    wait,
    set: [...cluster.identity, ...(settings.preload && cluster.kind ? TAGGED : [])],
    isInstalled: installations.has(cluster.name),
    isConnected: isConnected(cluster),
    change: plannedUpgrade(cluster),
  });
  const trustsBundle = ({ name, helmValues }: LiveCluster) =>
    [helmValues, installations.get(name)?.values].some(values => values?.tls?.caBundle?.enabled === true);
  const isConnected = ({ name }: LiveCluster) => {
    const installed = installations.get(name);
    return installed !== undefined && releaseConnections(installed).size > 0;
  };
  const upgraded = upgradeOrder(mesh.clusters.filter(changeOf), installations, settings.canary);
  // no cluster is upgraded before the check of every other one has passed
  const checked = upgraded.filter(each => changeOf(each)!.from !== undefined).map(each => `${each.name}/preflight-removed`);
  const plannedUpgrade = (cluster: LiveCluster): PlannedUpgrade | undefined => {
    const change = changeOf(cluster);
    return (
      change && {
        ...change,
        all: mergeValues(
          installations.get(cluster.name)!.values,
          mergeValues(cluster.helmValues, cluster.upgradeValues?.values ?? {}),
        ),
        needs: [
          ...checked,
          // one cluster after the other: the others serve while one restarts its agents
          ...upgraded.slice(0, upgraded.indexOf(cluster)).map(each => `${each.name}/ready`),
        ],
      }
    );
  };
  const preloads = settings.preload === undefined ? [] : preloadSteps(mesh, settings.preload, installation);
  const needed = (cluster: LiveCluster) => [
    ...(cluster.name === source.name || etcd ? [] : [`${cluster.name}/authority`]),
    ...preloads.filter(step => step.cluster === cluster.name).map(step => step.id),
  ];
  const disconnections = settings.isPartial ? [] : (settings.disconnections ?? []);
  const disconnects = disconnectSteps(mesh, disconnections, installations, {
    chartDirectory: settings.chartDirectory,
    wait,
  });
  const connection: ConnectSettings = {
    wait,
    isStale: (settings.replaced ?? []).length > 0,
    // the cilium CLI adds authorities only to the content of a bundle
    allowsOtherAuthorities: mesh.clusters.every(({ helmValues }) => Boolean(helmValues.tls?.caBundle?.content)),
    needs: disconnects.map(each => each.id),
  };
  const steps = [
    ...mesh.clusters.flatMap(cluster => createSteps(cluster, settings.runtime ?? 'docker', wait)),
    ...preloads,
    ...(etcd ? [] : mesh.clusters
      .filter(({ name }) => name !== source.name)
      .map(cluster => authorityStep(source, cluster, mesh.clusters, [source, cluster].every(trustsBundle)))),
    ...mesh.clusters.flatMap(cluster => installSteps(cluster, needed(cluster), installation(cluster))),
    ...disconnects,
    ...(others.length === 0 || settings.isPartial
      ? []
      : etcd
        ? externalEtcdSteps(mesh, wait)
        : connectSteps(mesh, settings.connectionMode, connection)),
  ];
  return {
    title: `up: ${mesh.clusters.map(each => each.name).join(', ')}`,
    tools: tools(mesh, settings, checked.length > 0),
    host: mesh.clusters.some(each => each.kind) ? { clusters: mesh.clusters.flatMap(kindDemand) } : undefined,
    steps,
  };
}

/** The plan that applies the manifests to a running mesh, and waits for their workloads. */
export function deliveryPlan(
  mesh: LiveMesh,
  objects: readonly ClusterObjects[],
  settings: ApplySettings,
  part: ApplyPart = {},
  wait: WaitLimit = WAIT,
): Plan {
  const { steps, ...plan } = applyPlan(objects, settings, part);
  const last = (cluster: string) =>
    steps
      .filter(step => step.cluster === cluster)
      .map(step => step.id)
      .slice(-1);
  const rollouts = mesh.clusters.flatMap(cluster => rolloutSteps(cluster, last(cluster.name), wait));
  return { ...plan, steps: [...steps, ...rollouts] };
}

/** Both plans in one, for a script. Without existing clusters, it cannot contain removals. */
export function wholePlan(
  mesh: LiveMesh,
  objects: readonly ClusterObjects[],
  settings: UpSettings,
  applySettings: ApplySettings,
): Plan {
  return withDelivery(upPlan(mesh, settings), mesh, objects, settings, applySettings);
}

/** The parts of both plans before the canary is verified, and after. */
export function wholeParts(
  mesh: LiveMesh,
  objects: readonly ClusterObjects[],
  settings: UpSettings & { readonly canary: string },
  applySettings: ApplySettings,
): CanaryParts {
  const { first, rest } = canaryParts(upPlan(mesh, settings), settings.canary);
  const part = (plan: Plan, isOwn: (name: string) => boolean) =>
    withDelivery(
      plan,
      { clusters: mesh.clusters.filter(({ name }) => isOwn(name)) },
      objects.filter(({ name }) => isOwn(name)),
      settings,
      applySettings,
    );
  return { first: part(first, name => name === settings.canary), rest: part(rest, name => name !== settings.canary) };
}

/** Applies the manifests of each cluster after its other steps. */
function withDelivery(
  plan: Plan,
  mesh: LiveMesh,
  objects: readonly ClusterObjects[],
  { wait }: UpSettings,
  applySettings: ApplySettings,
): Plan {
  const last = (cluster: string) =>
    plan.steps
      .filter(step => step.cluster === cluster)
      .map(step => step.id)
      .slice(-1);
  const delivery = deliveryPlan(mesh, objects, applySettings, { needs: last }, wait);
  return { ...plan, steps: [...plan.steps, ...delivery.steps] };
}

/** What plans do with kubectl. */
const APPLIES = 'applies the manifests';

function tools({ clusters }: LiveMesh, { preload }: UpSettings, checks: boolean): Tool[] {
  const usesHelm = clusters.some(cluster => cluster.installer === 'helm');
  return [
    ...(clusters.some(cluster => cluster.kind) ? [tool('kind', 'creates the clusters')] : []),
    ...(usesHelm || checks ? [tool('helm', usesHelm ? 'installs Cilium before 1.15' : 'runs the pre-flight check')] : []),
    ...(clusters.some(cluster => !cluster.etcd) ? [tool('cilium', 'installs Cilium and connects the clusters')] : []),
    ...(preload ? [tool(preload, 'pulls the images')] : []),
    clusters.some(({ etcd }) => etcd?.loadBalancer) ? waitingKubectl(APPLIES) : tool('kubectl', APPLIES),
  ];
}

function kindDemand({ name, kind: file }: LiveCluster): KindDemand[] {
  return file ? [{ cluster: name, nodes: 1, ports: [], ...file.host, unless: kindExists(name) }] : [];
}

function kindExists(name: string): Condition {
  return { kind: 'prints-line', command: kindClusters(), line: name };
}

/** Seconds: a run that was killed is repeated soon. A cluster that does not answer days later may be in use. */
const KIND_INTENT = 24 * 60 * 60;

/** Keeps a kind cluster of the same name if it is the one of the mesh, and does not touch any other. */
function createSteps(cluster: LiveCluster, runtime: string, wait: WaitLimit): Step[] {
  const { name, context, kind: file } = cluster;
  const isReady: Condition = { kind: 'succeeds', command: kubectl(context).get('--raw', '/readyz') };
  if (!file) {
    return [
      {
        id: `${name}/exists`,
        title: 'reach the cluster',
        cluster: name,
        needs: [],
        commands: [],
        ensure: [
          {
            condition: isReady,
            message:
              `the API server of the context ${context} does not answer: ` +
              'check the context (kubectl config get-contexts) and that the cluster runs',
          },
        ],
      },
    ];
  }
  return [
    {
      id: `${name}/exists`,
      title: 'create the kind cluster',
      change: 'create',
      cluster: name,
      needs: [],
      unless: kindExists(name),
      commands: [{ ...kind('create', name, '--config', file.file), seconds: Math.max(CREATE, wait.seconds) }, markCluster(context)],
      // kind writes the context at the end; a cluster of this name that someone created meanwhile works too, and stays
      intents: [
        {
          what: kindIntent(name),
          ids: kindContainers(runtime, name),
          finished: isReady,
          complete: {
            unless: { kind: 'names-objects', command: markQuery(context) },
            commands: [markCluster(context)],
          },
          undo: [kind('delete', name)],
          expiry: KIND_INTENT,
        },
      ],
      ensure: [
        {
          condition: isReady,
          message:
            `the kind cluster ${name} exists, but the API server of the context ${context} does not answer. ` +
            'If its nodes are stopped, start their containers. If the kubeconfig lacks the context, ' +
            `run kind export kubeconfig --name ${name}. If a killed run of kind left the cluster unfinished, ` +
            `delete it (kind delete cluster --name ${name}), then run up again`,
        },
        ...subnetGuards(cluster, 'pod', 'podSubnet'),
        ...subnetGuards(cluster, 'service', 'serviceSubnet'),
      ],
    },
  ];
}

function subnetGuards(
  { name, context, kind: file }: LiveCluster,
  what: string,
  field: 'podSubnet' | 'serviceSubnet',
): Guard[] {
  const cidr = file?.[field];
  const path = 'jsonpath={.data.ClusterConfiguration}';
  const configuration = kubeSystem(context).get('configmap', 'kubeadm-config', '-o', path);
  return cidr === undefined
    ? []
    : [
      {
        condition: { kind: 'prints', command: configuration, texts: [`${field}: ${cidr}`] },
        message:
            `the existing kind cluster ${name} has another ${what} subnet than ${cidr} in ${file!.file}: ` +
            `delete it (kind delete cluster --name ${name}), or rename one of the two`,
      },
    ];
}

/** Clusters that trust the authorities of a bundle may have authorities of their own, which then stay. */
function authorityStep(
  source: LiveCluster,
  cluster: LiveCluster,
  changed: readonly LiveCluster[],
  trustBundles: boolean,
): Step {
  const get = (each: LiveCluster, ...output: string[]) =>
    kubeSystem(each.context).get('secret', 'cilium-ca', ...output);
  const certificate = (each: LiveCluster) => get(each, '-o', 'jsonpath={.data.ca\\.crt}');
  return {
    id: `${cluster.name}/authority`,
    title: `copy the certificate authority of ${source.name}`,
    change: 'copy',
    source: CITATIONS.authority,
    cluster: cluster.name,
    needs: [...(changed.some(({ name }) => name === source.name) ? [`${source.name}/installed`] : []), `${cluster.name}/exists`],
    unless: { kind: 'names-objects', command: get(cluster, '--ignore-not-found', '-o', 'name') },
    commands: [{ ...kubectl(cluster.context).run('create', '-f', '-'), input: get(source, '-o', 'yaml') }],
    ensure: trustBundles
      ? []
      : [
        {
          condition: { kind: 'same-output', commands: [certificate(source), certificate(cluster)] },
          message:
              `${cluster.name} has its own certificate authority, so it cannot be connected to ${source.name}: ` +
              'remove Cilium and the Secret kube-system/cilium-ca there ' +
              `(cilium uninstall --context ${cluster.context}; ` +
              `kubectl --context ${cluster.context} -n kube-system delete secret cilium-ca), then run up again`,
        },
      ],
  };
}

function rolloutSteps({ name, context, workloads }: LiveCluster, needs: readonly string[], wait: WaitLimit): Step[] {
  return workloads.length === 0
    ? []
    : [
      {
        id: `${name}/rolled-out`,
        title: 'wait for the workloads',
        cluster: name,
        needs,
        commands: workloads.map(each => waitFor(context, each, wait)),
      },
    ];
}
