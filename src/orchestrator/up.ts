import { command, Command, Condition } from './command';
import { KindDemand } from './host';
import { LiveCluster, LiveMesh } from './live-mesh';
import { Guard, Plan, Step, Tool } from './plan';
import { tool } from './tools';

/** How long each wait may take. */
const WAIT = '10m';

/**
 * The plan that makes a mesh of nothing, or of clusters that exist: create, install Cilium, enable Cluster Mesh, connect, apply.
 *
 * - The first cluster's certificate authority is copied to the others before Cilium is installed there: clusters whose authorities differ
 *   cannot be connected.
 * - All clusters are connected by one command: every connection is a Helm upgrade of both, and two at a time would fail.
 * - `clustermesh connect` exits with 0 also when it did nothing, and `status` also with errors unless it waits: each wait is a step of its own.
 *
 * Sources: Documentation/network/clustermesh/clustermesh.rst, v1.20.2; cilium-cli/cli/clustermesh.go and install.go, April 2026.
 */
export function upPlan(mesh: LiveMesh): Plan {
  const [first, ...others] = mesh.clusters;
  return {
    title: `up: ${mesh.clusters.map(each => each.name).join(', ')}`,
    tools: tools(mesh),
    host: mesh.clusters.some(each => each.kind) ? { clusters: mesh.clusters.flatMap(kindDemand) } : undefined,
    steps: [
      ...mesh.clusters.flatMap(cluster => createSteps(cluster)),
      ...others.map(cluster => authorityStep(first, cluster)),
      ...mesh.clusters.flatMap(cluster => installSteps(cluster, cluster === first ? [] : [`${cluster.name}/authority`])),
      ...others.length > 0 ? connectSteps(mesh) : [],
      ...mesh.clusters.map(cluster => applyStep(cluster, [others.length > 0 ? `${cluster.name}/connected` : `${cluster.name}/ready`])),
    ],
  };
}

/** Programs, with where to get them. */
function tools({ clusters }: LiveMesh): Tool[] {
  return [
    ...clusters.some(cluster => cluster.kind) ? [tool('kind', 'creates the clusters')] : [],
    tool('cilium', 'installs Cilium and connects the clusters'),
    tool('kubectl', 'applies the manifests'),
  ];
}

function kindDemand({ name, kind }: LiveCluster): KindDemand[] {
  return kind ? [{ cluster: name, nodes: 1, ports: [], ...kind.host, unless: kindExists(name) }] : [];
}

function kindExists(name: string): Condition {
  return { kind: 'prints-line', command: command('kind', 'get', 'clusters', '--quiet'), line: name };
}

/** A kind cluster of the same name is kept when it is the one that is meant, and left alone when it is another. */
function createSteps({ name, context, kind }: LiveCluster): Step[] {
  if (!kind) {
    return [{
      id: `${name}/exists`, title: 'reach the cluster', cluster: name, needs: [], commands: [],
      ensure: [{
        condition: { kind: 'succeeds', command: kubectl(context, 'get', '--raw', '/readyz') },
        otherwise: `the API server of the context ${context} does not answer: check the context (kubectl config get-contexts) and that the cluster is up`,
      }],
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
    commands: [command('kind', 'create', 'cluster', '--name', name, '--config', kind.file)],
    // kind writes the context when everything else is done
    intent: { what: `kind cluster ${name}`, finished: { kind: 'succeeds', command: ready }, undo: [command('kind', 'delete', 'cluster', '--name', name)] },
    ensure: [{
      condition: { kind: 'succeeds', command: ready },
      otherwise: `there is a kind cluster ${name}, but the API server of the context ${context} does not answer: its nodes are stopped (start their containers), or it was half made `
        + `by a run of kind that was killed (delete it: kind delete cluster --name ${name}, then run up again)`,
    }, ...subnet('pod', 'podSubnet', kind.podSubnet), ...subnet('service', 'serviceSubnet', kind.serviceSubnet)],
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

function installSteps({ name, context, version, values, serviceType }: LiveCluster, needs: readonly string[]): Step[] {
  const installed: Condition = {
    kind: 'prints-anything',
    command: kubectl(context, '-n', 'kube-system', 'get', 'secret', '-l', 'owner=helm,name=cilium,status=deployed', '-o', 'name'),
  };
  return [
    {
      id: `${name}/installed`, title: `install Cilium ${version}`, cluster: name, needs: [`${name}/exists`, ...needs], unless: installed,
      commands: [cilium(context, 'install', '--version', version, ...values === undefined ? [] : ['--values', values])],
    },
    { id: `${name}/ready`, title: 'wait for Cilium', cluster: name, needs: [`${name}/installed`], commands: [cilium(context, 'status', '--wait', '--wait-duration', WAIT)] },
    {
      id: `${name}/enabled`, title: 'enable Cluster Mesh', cluster: name, needs: [`${name}/ready`],
      commands: [
        cilium(context, 'clustermesh', 'enable', '--service-type', serviceType),
        cilium(context, 'clustermesh', 'status', '--wait', '--wait-duration', WAIT),
      ],
    },
  ];
}

function connectSteps({ clusters: [first, ...others] }: LiveMesh): Step[] {
  const all = [first, ...others];
  return [
    {
      id: 'mesh/connect', title: 'connect the clusters', needs: all.map(each => `${each.name}/enabled`),
      commands: [cilium(first.context, 'clustermesh', 'connect', '--destination-context', others.map(each => each.context).join(','), '--connection-mode', others.length > 1 ? 'mesh' : 'bidirectional')],
    },
    ...all.map((each): Step => ({
      id: `${each.name}/connected`, title: 'wait for the connections', cluster: each.name, needs: ['mesh/connect'],
      commands: [cilium(each.context, 'clustermesh', 'status', '--wait', '--wait-duration', WAIT)],
      ensure: [{
        condition: { kind: 'prints', command: cilium(each.context, 'clustermesh', 'status'), text: all.find(other => other !== each)!.name },
        otherwise: `${each.name} is connected to nobody: cilium clustermesh status --context ${each.context} shows why`,
      }],
    })),
  ];
}

function applyStep({ name, context, manifests }: LiveCluster, needs: readonly string[]): Step {
  return {
    id: `${name}/applied`, title: 'apply the manifests', cluster: name, needs,
    commands: [kubectl(context, 'apply', '--server-side', '--validate=strict', '--recursive', ...manifests.flatMap(file => ['-f', file]))],
  };
}

function kubectl(context: string, ...args: readonly string[]): Command {
  // a question ends by itself, with a message, before it is ended from outside
  return command('kubectl', '--context', context, ...args, ...args.includes('get') ? ['--request-timeout=20s'] : []);
}

function cilium(context: string, ...args: readonly string[]): Command {
  return command('cilium', ...args, '--context', context);
}
