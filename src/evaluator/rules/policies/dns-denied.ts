import { Cidr } from '../../../cilium/cidr';
import { isMap } from '../../../diagnostics/is-map';
import { DirectionPolicy, policyOf } from '../../engine/direction-policy';
import { PolicyEntry } from '../../engine/entry';
import { DnsServers, dnsServers } from '../../flows/dns-servers';
import { EvaluatedCluster } from '../../read/cluster';
import { formatWorkload, Workload } from '../../read/workload';
import { RuleContext } from '../context';
import { inManifest, Place, Rule } from '../rule';
import { allowsDns, allowsNameServer, allowsPeersByName } from '../shared/dns-access';
import { inValues } from '../shared/helm-values';
import { listNames } from '../shared/names';

/**
 * Pods that may call no peer by name need no DNS, so it is silent about them: a database without any allowed egress,
 * or pods that call addresses alone. Under enforcement `always` no policy denied on purpose, so it reports pods that
 * none selects.
 */
export const dnsDenied: Rule<'dns-denied'> = {
  codes: {
    'dns-denied': {
      severity: 'warning',
      title: 'Egress policies deny DNS',
      documentation:
        'Policies, or enforcement `always`, turn on default deny for egress of workloads, and no rule allows DNS. ' +
        'Names do not resolve, so calls by name fail before any other rule counts.',
      fix: 'Allow egress to k8s-app=kube-dns in namespace kube-system on UDP/53 and TCP/53.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters) {
      const servers = dnsServers(context.mesh, cluster);
      const ofServers = servers.pods.map(({ workload }) => workload!.namespace);
      for (const { at, workloads, server, subject = '', rule } of denials(context, cluster, servers)) {
        const names = listNames(workloads.map(formatWorkload));
        report('dns-denied', {
          at,
          message:
            `${subject}egress of ${names} to ${server} is denied, ` +
            'so names do not resolve and calls by name fail',
          namespaces: [...new Set([...workloads.map(({ namespace }) => namespace), ...ofServers])],
          fix: `add an egress rule: ${rule}`,
        });
      }
    }
  },
};

/** Workloads that may not ask for names, for one reason. */
interface Denial {
  readonly at: Place;
  readonly workloads: Workload[];
  /** What they may not reach. */
  readonly server: string;
  /** Words before the message. */
  readonly subject?: string;
  /** The missing rule. */
  readonly rule: string;
}

function denials(context: RuleContext, cluster: EvaluatedCluster, servers: DnsServers): Iterable<Denial> {
  const byReason = new Map<string, Denial>();
  context.ownClasses(cluster).forEach(number => {
    const own = context.index.classes[number];
    const policy = policyOf(own, 'egress', context.mergedRulesOf(cluster, 'egress', number), cluster.settings.policy);
    if (policy.settings.enforcement === 'never' || !policy.defaultDeny) {
      return;
    }
    for (const workload of own.workloads) {
      const denial = denialOf(context, cluster, servers, policy, workload);
      if (denial) {
        const key = JSON.stringify([denial.at.file, denial.at.object, denial.at.path, denial.server]);
        const known = byReason.get(key) ?? denial;
        byReason.set(key, known);
        if (known !== denial) {
          known.workloads.push(workload);
        }
      }
    }
  });
  return byReason.values();
}

function denialOf(
  context: RuleContext,
  cluster: EvaluatedCluster,
  servers: DnsServers,
  policy: DirectionPolicy,
  workload: Workload,
): Denial | undefined {
  const { entries } = policy;
  const unselected = entries.length === 0;
  const own = nameServersOf(workload, cluster);
  if (own === 'unknown' || servers.pods.some(each => each.workload === workload)) {
    return undefined;
  }
  if (!unselected && !entries.some(allowsPeersByName)) {
    return undefined;
  }
  if (own ? allowsNameServer(policy, own, cluster, context.mesh) : allowsDns(policy, servers, cluster)) {
    return undefined;
  }
  const at = placeOf(cluster, entries);
  return (
    at && {
      at,
      workloads: [workload],
      ...(own ? nameServerTexts(own) : clusterDnsTexts(servers)),
      ...(unselected ? { subject: 'under enforcement always, ' } : {}),
    }
  );
}

/** The first rule that turns default deny on; without any, the setting that does. */
function placeOf(cluster: EvaluatedCluster, entries: readonly PolicyEntry[]): Place | undefined {
  const [entry] = [...entries.filter(({ defaultDeny }) => defaultDeny), ...entries];
  if (!entry) {
    return inValues(cluster.input, 'policyEnforcementMode');
  }
  const manifest = cluster.manifestOf(entry.origin);
  return manifest && inManifest(cluster.name, manifest, entry.origin.path);
}

/** The label of OpenShift's servers counts only where its namespace is among the manifests. */
function clusterDnsTexts({ pods }: DnsServers): Pick<Denial, 'server' | 'rule'> {
  const openShift = pods.find(({ workload }) => workload!.namespace === 'openshift-dns');
  if (openShift) {
    const [port] = openShift.ports;
    return {
      server: `openshift-dns on UDP/${port}`,
      rule:
        'toEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: openshift-dns}}], ' +
        `toPorts: [{ports: [{port: "${port}", protocol: ANY}]}]`,
    };
  }
  const own = pods.find(({ workload }) => workload!.podLabels['k8s-app'] !== 'node-local-dns');
  const [port] = own?.ports ?? [53];
  const label = own?.workload && !own.workload.podLabels['k8s-app'] ? firstLabel(own.workload) : 'k8s-app: kube-dns';
  return {
    server: `kube-dns on UDP/${port}`,
    rule:
      `toEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: kube-system, ${label}}}], ` +
      `toPorts: [{ports: [{port: "${port}", protocol: ANY}]}]`,
  };
}

function firstLabel({ podLabels }: Workload): string {
  const [[key, value]] = [...Object.entries(podLabels), ['k8s-app', 'kube-dns']];
  return `${key}: ${value}`;
}

function nameServerTexts([first]: readonly Cidr[]): Pick<Denial, 'server' | 'rule'> {
  const address = first.text.replace(/\/\d+$/, '');
  return {
    server: `its name server ${address} on UDP/53`,
    rule: `toCIDR: [${first.text}], toPorts: [{ports: [{port: "53", protocol: ANY}]}]`,
  };
}

/**
 * The name servers of pods with `dnsPolicy: None`. Unknown are those of the node (`Default`), and the pods behind an
 * address of the mesh. Undefined for pods that ask the DNS server of the cluster.
 */
function nameServersOf(
  { manifest, labelsPath }: Workload,
  { input: { settings }, services }: EvaluatedCluster,
): readonly Cidr[] | 'unknown' | undefined {
  const path = labelsPath.replace(/metadata\.labels$/, 'spec').split('.');
  const spec = path.reduce<unknown>((each, key) => (isMap(each) ? each[key] : undefined), manifest.object);
  if (!isMap(spec) || (spec.dnsPolicy !== 'None' && spec.dnsPolicy !== 'Default')) {
    return undefined;
  }
  const servers = spec.dnsPolicy === 'None' && isMap(spec.dnsConfig) ? spec.dnsConfig.nameservers : undefined;
  const addresses = (Array.isArray(servers) ? servers : []).flatMap(
    (text: unknown) => Cidr.masked(`${String(text)}/${String(text).includes(':') ? 128 : 32}`) ?? [],
  );
  const { podCIDRs = [], serviceCIDRs = [] } = settings;
  const blocks = [...podCIDRs, ...serviceCIDRs].flatMap(each => Cidr.masked(each) ?? []);
  const isOfMesh = (address: Cidr) =>
    blocks.some(block => block.covers(address)) ||
    services.some(({ manifest: { object } }) => address.text === `${object.spec?.clusterIP}/${address.prefix}`);
  return addresses.length === 0 || addresses.some(isOfMesh) ? 'unknown' : addresses;
}
