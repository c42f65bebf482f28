import { Command } from './command';
import { patchSteps } from './install';
import { kubectl, kubeSystem } from './kube';
import { WAIT, WaitLimit, withLimit } from './limits';
import { LiveCluster, LiveEtcd, LiveMesh } from './live-mesh';
import { Step } from './plan';
import { restartCilium } from './rollout';

/** A cluster whose version of Cilium has no clustermesh-apiserver. */
type EtcdCluster = LiveCluster & { readonly etcd: LiveEtcd };

/** Where Cilium's agents find the certificates of their own etcd, and those of the other clusters. */
const OWN = 'cilium-etcd-secrets';
const MESH = 'cilium-clustermesh';
const SERVICE = 'cilium-etcd-external';

/**
 * Connects clusters that keep Cilium's state in an etcd each. The last steps are `<cluster>/connected`.
 *
 * The certificates and keys of an etcd are in the Secret `cilium-etcd-secrets` of its cluster; the agents of every
 * cluster look for them in `cilium-clustermesh`, under the cluster's name. They go from one API server to the other,
 * and nowhere else: the result of extract-etcd-secrets.sh and generate-secret-yaml.sh of the blog, without files. Each
 * cluster's part has its own field manager, so no part removes another one.
 *
 * Sources: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers
 * Blog, 2021, steps 8 to 12; github.com/cilium/clustermesh-tools.
 */
export function externalEtcdSteps({ clusters }: LiveMesh, wait: WaitLimit = WAIT): Step[] {
  const meshed = clusters.filter((each): each is EtcdCluster => each.etcd !== undefined);
  return [
    ...meshed.map(each => etcdStep(each, wait)),
    ...meshed.map(each => exposeStep(each, wait)),
    ...meshed.flatMap(cluster => sources(cluster, meshed).map(from => certificatesStep(from, cluster))),
    ...meshed.flatMap(cluster => connectSteps(cluster, meshed, wait)),
  ];
}

/** Clusters whose certificates the plan copies. Agents ignore the entry of their own cluster. */
function sources(cluster: EtcdCluster, all: readonly EtcdCluster[]): EtcdCluster[] {
  const { otherClusters, certificatesInManifests } = cluster.etcd;
  return all.filter(
    ({ name }) => name !== cluster.name && otherClusters.includes(name) && !certificatesInManifests.includes(name),
  );
}

/** The agents are ready only with an etcd, so it runs already. Members may still be missing. */
function etcdStep({ name, context, upgradeValues, etcd }: EtcdCluster, wait: WaitLimit): Step {
  const files = ['etcd-client-ca.crt', 'etcd-client.crt', 'etcd-client.key'];
  const missing = `missing Secret kube-system/${OWN} in ${name} with the certificates of its etcd: ${files.join(', ')}`;
  const create = ['kubectl', '--context', context, '-n', 'kube-system', 'create', 'secret', 'generic', OWN]
    .concat(files.map(file => `--from-file=${file}=FILE`))
    .join(' ');
  return {
    id: `${name}/etcd`,
    title: 'wait for the etcd',
    cluster: name,
    needs: [upgradeValues ? `${name}/upgraded` : `${name}/ready`],
    commands: etcd.managed
      ? [waitInSystem(context, wait, '--for=condition=Ready', 'pod', '-l', 'etcd_cluster=cilium-etcd')]
      : [],
    ensure: [
      {
        condition: { kind: 'prints-anything', command: ownCertificate(context) },
        message: etcd.managed
          ? `${missing}. Cilium's etcd operator creates it; ` +
            `kubectl --context ${context} -n kube-system logs deployment/cilium-etcd-operator shows why it did not`
          : `${missing}. Create it from your files (${create}), then run up again`,
      },
    ],
  };
}

function exposeStep({ name, context, etcd }: EtcdCluster, wait: WaitLimit): Step {
  return {
    id: `${name}/exposed`,
    title: 'expose the etcd, and write the addresses of the others',
    change: 'connect',
    cluster: name,
    needs: [`${name}/etcd`],
    commands: [
      { ...kubectl(context).apply(), stdin: etcd.objects },
      ...(etcd.loadBalancer
        ? [waitInSystem(context, wait, '--for=jsonpath={.status.loadBalancer.ingress}', `service/${SERVICE}`)]
        : []),
    ],
  };
}

function certificatesStep(from: EtcdCluster, to: EtcdCluster): Step {
  const copied = `jsonpath={.data.${from.name}\\.etcd-client\\.crt}`;
  const template = [
    'apiVersion: v1',
    'kind: Secret',
    `metadata: {name: ${MESH}, namespace: kube-system}`,
    'data:',
    `{{range $file, $value := .data}}  "${from.name}.{{$file}}": "{{$value}}"`,
    '{{end}}',
  ].join('\n');
  return {
    id: `${to.name}/certificates-of-${from.name}`,
    title: `copy the certificates of the etcd of ${from.name}`,
    change: 'copy',
    cluster: to.name,
    needs: [`${from.name}/etcd`, `${to.name}/exposed`],
    unless: {
      kind: 'same-output',
      commands: [
        ownCertificate(from.context),
        kubeSystem(to.context).get('secret', MESH, '--ignore-not-found', '-o', copied),
      ],
    },
    commands: [
      {
        ...kubectl(to.context).apply('--field-manager', `cilium-mesh-etcd-${from.name}`),
        input: kubeSystem(from.context).get('secret', OWN, '-o', `go-template=${template}`),
      },
    ],
  };
}

/** The agents read the names of the etcds only at their start. */
function connectSteps(cluster: EtcdCluster, all: readonly EtcdCluster[], wait: WaitLimit): Step[] {
  const { name, context, etcd } = cluster;
  const known = [
    ...all.map(each => `${each.name}/exposed`),
    ...sources(cluster, all).map(each => `${name}/certificates-of-${each.name}`),
  ];
  const patches = patchSteps(cluster, 'connect', known, wait);
  return [
    ...patches,
    {
      id: `${name}/connected`,
      title: 'restart Cilium, and wait for the connections',
      change: 'connect',
      restarts: 'Cilium',
      cluster: name,
      needs: patches.length > 0 ? patches.map(each => each.id) : known,
      unless: { kind: 'succeeds', command: connectionCheck(cluster, 1) },
      commands: restartCilium(context, wait),
      ensure: [
        {
          condition: { kind: 'succeeds', command: connectionCheck(cluster, 60) },
          message:
            `the agents of ${name} do not reach the etcd of ${etcd.otherClusters.join(', ')}: ` +
            `kubectl --context ${context} -n kube-system exec daemonset/cilium -- cilium status --all-clusters ` +
            'shows why. ' +
            'The addresses in hostAliases must be those of the load balancers: ' +
            'kubectl -n kube-system get service cilium-etcd-external shows the name of each, host NAME its ' +
            'addresses. Correct etcdAddresses, write the files again, and run up again',
        },
      ],
    },
  ];
}

/** Succeeds when an agent has a connection to every other cluster; tries several times, with five seconds between. */
function connectionCheck({ context, etcd }: EtcdCluster, tries: number): Command {
  const others = etcd.otherClusters.length;
  const ready = `cilium status | grep -Eq '${others}/${others} (remote )?clusters ready'`;
  const loop = tries === 1 ? ready : `for try in $(seq ${tries}); do ${ready} && exit 0; sleep 5; done; exit 1`;
  const exec = kubeSystem(context).exec('daemonset/cilium', '-c', 'cilium-agent', '--', 'sh', '-c', loop);
  return { ...exec, seconds: 30 + tries * 10 };
}

function ownCertificate(context: string): Command {
  return kubeSystem(context).get('secret', OWN, '--ignore-not-found', '-o', 'jsonpath={.data.etcd-client\\.crt}');
}

function waitInSystem(context: string, wait: WaitLimit, ...args: readonly string[]): Command {
  return withLimit(wait, kubeSystem(context).run('wait', ...args, `--timeout=${wait.text}`));
}
