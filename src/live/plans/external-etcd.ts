import { Command } from './command';
import { patchSteps } from './install';
import { kubectl, kubeSystem } from './kube';
import { LiveCluster, LiveEtcd, LiveMesh } from './live-mesh';
import { Step } from './plan';
import { restartCilium, WAIT } from './rollout';

/** A cluster of a mesh that was built before the clustermesh-apiserver. */
type EtcdCluster = LiveCluster & { readonly etcd: LiveEtcd };

/** Where Cilium's agents find the certificates of their own etcd, and those of the others'. */
const OWN = 'cilium-etcd-secrets';
const MESH = 'cilium-clustermesh';
const SERVICE = 'cilium-etcd-external';

/**
 * Connects clusters that keep Cilium's state in an etcd each. The last steps are `<cluster>/connected`.
 *
 * The certificates and keys with which an etcd is read are in the Secret `cilium-etcd-secrets` of its cluster; the agents of every cluster
 * look for them in `cilium-clustermesh`, under the cluster's name. They go from one API server to the other, and nowhere else: what the blog
 * makes with extract-etcd-secrets.sh and generate-secret-yaml.sh, without files. Each cluster's part has a field manager of its own, so that
 * none takes away what another wrote.
 *
 * Sources: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers Blog, 2021, steps 8 to 12;
 * github.com/cilium/clustermesh-tools.
 */
export function externalEtcdSteps({ clusters }: LiveMesh): Step[] {
  const meshed = clusters.filter((each): each is EtcdCluster => each.etcd !== undefined);
  return [
    ...meshed.map(etcdStep),
    ...meshed.map(exposeStep),
    ...meshed.flatMap(cluster => sources(cluster, meshed).map(from => certificatesStep(from, cluster))),
    ...meshed.flatMap(cluster => connectSteps(cluster, meshed)),
  ];
}

/** Clusters whose certificates are copied. Agents ignore what the Secret says of their own cluster. */
function sources(cluster: EtcdCluster, all: readonly EtcdCluster[]): EtcdCluster[] {
  return all.filter(each => each !== cluster && cluster.etcd.others.includes(each.name) && !cluster.etcd.supplied.includes(each.name));
}

/** The agents are ready only with an etcd: it runs already, and may still lack members. */
function etcdStep({ name, context, upgradeValues, etcd }: EtcdCluster): Step {
  const missing = `${name} has no Secret kube-system/${OWN} with the certificates of its etcd, etcd-client-ca.crt, etcd-client.crt and etcd-client.key`;
  const created = ['etcd-client-ca.crt', 'etcd-client.crt', 'etcd-client.key'].map(file => ` --from-file=${file}=FILE`).join('');
  return {
    id: `${name}/etcd`, title: 'wait for the etcd', cluster: name, needs: [upgradeValues ? `${name}/upgraded` : `${name}/ready`],
    commands: etcd.managed ? [kubeSystem(context, 'wait', '--for=condition=Ready', 'pod', '-l', 'etcd_cluster=cilium-etcd', `--timeout=${WAIT}`)] : [],
    ensure: [{
      condition: { kind: 'prints-anything', command: ownCertificate(context) },
      otherwise: etcd.managed
        ? `${missing}: Cilium's etcd operator makes it; kubectl --context ${context} -n kube-system logs deployment/cilium-etcd-operator shows why it did not`
        : `${missing}: make it from your files (kubectl --context ${context} -n kube-system create secret generic ${OWN}${created}), then run up again`,
    }],
  };
}

function exposeStep({ name, context, etcd }: EtcdCluster): Step {
  return {
    id: `${name}/exposed`, title: 'offer the etcd to the other clusters, and say where theirs are', cluster: name, needs: [`${name}/etcd`],
    commands: [
      { ...kubectl(context, 'apply', '--server-side', '-f', '-'), stdin: etcd.objects },
      ...etcd.loadBalancer ? [kubeSystem(context, 'wait', '--for=jsonpath={.status.loadBalancer.ingress}', `service/${SERVICE}`, `--timeout=${WAIT}`)] : [],
    ],
  };
}

function certificatesStep(from: EtcdCluster, to: EtcdCluster): Step {
  const template = [
    'apiVersion: v1', 'kind: Secret', `metadata: {name: ${MESH}, namespace: kube-system}`, 'data:',
    `{{range $file, $value := .data}}  "${from.name}.{{$file}}": "{{$value}}"`, '{{end}}',
  ].join('\n');
  return {
    id: `${to.name}/certificates-of-${from.name}`,
    title: `copy the certificates of the etcd of ${from.name}`,
    cluster: to.name,
    needs: [`${from.name}/etcd`, `${to.name}/exposed`],
    unless: {
      kind: 'same-output',
      commands: [ownCertificate(from.context), kubeSystem(to.context, 'get', 'secret', MESH, '--ignore-not-found', '-o', `jsonpath={.data.${from.name}\\.etcd-client\\.crt}`)],
    },
    commands: [{
      ...kubectl(to.context, 'apply', '--server-side', '--field-manager', `cilium-mesh-etcd-${from.name}`, '-f', '-'),
      input: kubeSystem(from.context, 'get', 'secret', OWN, '-o', `go-template=${template}`),
    }],
  };
}

/** The agents read the names of the etcds when they start. */
function connectSteps(cluster: EtcdCluster, all: readonly EtcdCluster[]): Step[] {
  const { name, context, etcd } = cluster;
  const known = [...all.map(each => `${each.name}/exposed`), ...sources(cluster, all).map(each => `${name}/certificates-of-${each.name}`)];
  const patches = patchSteps(cluster, 'connect', known);
  const others = etcd.others.length;
  return [
    ...patches,
    {
      id: `${name}/connected`, title: 'restart Cilium, and wait for the connections', cluster: name, needs: patches.length > 0 ? patches.map(each => each.id) : known,
      unless: { kind: 'succeeds', command: connected(context, others, 1) },
      commands: restartCilium(context),
      ensure: [{
        condition: { kind: 'succeeds', command: connected(context, others, 60) },
        otherwise: `the agents of ${name} do not reach the etcd of ${etcd.others.join(', ')}: `
          + `kubectl --context ${context} -n kube-system exec daemonset/cilium -- cilium status --all-clusters shows why. `
          + 'The addresses in hostAliases must be those of the load balancers: kubectl -n kube-system get service cilium-etcd-external shows the name of each, '
          + 'host NAME its addresses; correct etcdAddresses, write the files anew, and run up again',
      }],
    },
  ];
}

/** Succeeds when an agent has a connection to every other cluster; asks so often, with five seconds between. */
function connected(context: string, others: number, tries: number): Command {
  const ready = `cilium status | grep -Eq '${others}/${others} (remote )?clusters ready'`;
  const asked = tries === 1 ? ready : `for try in $(seq ${tries}); do ${ready} && exit 0; sleep 5; done; exit 1`;
  return { ...kubeSystem(context, 'exec', 'daemonset/cilium', '-c', 'cilium-agent', '--', 'sh', '-c', asked), seconds: 30 + tries * 10 };
}

function ownCertificate(context: string): Command {
  return kubeSystem(context, 'get', 'secret', OWN, '--ignore-not-found', '-o', 'jsonpath={.data.etcd-client\\.crt}');
}
