import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { labelSelector, oneOf, Selector, SelectorTerms } from './selector';
import * as cilium from '../../../imports/cilium.io';
import { isDnsLabel, isDnsSubdomain } from '../../cilium/kubernetes-names';
import { CLUSTER_LABEL, NAMESPACE_LABEL } from '../../cilium/labels';
import { ConstructCode } from '../../diagnostics/codes/constructs';
import { MeshError } from '../../diagnostics/fault';
import { closedSetRefusals } from '../closed-set';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { propertyRefusal, Refusal } from '../refusal';

/** The directions of a default deny. */
export enum DenyDirection {
  INGRESS = 'ingress',
  EGRESS = 'egress',
  BOTH = 'both',
}

/** DNS requests that a default deny for egress still allows. */
export enum DnsAccess {
  /** None. Pods cannot resolve names until another policy allows it. */
  NONE = 'none',
  /** UDP 53. */
  UDP = 'udp',
  /** UDP 53, and TCP 53, which clients use for long answers. */
  UDP_AND_TCP = 'udp-and-tcp',
}

/** Properties of `DefaultDenyPolicy`. */
export interface DefaultDenyPolicyProps {
  /**
   * Name of the policies.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of the pods whose flows are denied.
   * @default - not written: kubectl uses the namespace of its context
   */
  readonly namespace?: string;

  /**
   * Denies flows of the pods of all namespaces except `exceptNamespaces`, with a CiliumClusterwideNetworkPolicy. It
   * does not select endpoints other than pods (health, ingress).
   * @default false
   */
  readonly clusterwide?: boolean;

  /**
   * Namespaces whose pods a clusterwide default deny does not select.
   * @default - kube-system, where DNS runs
   */
  readonly exceptNamespaces?: string[];

  /**
   * Directions that are denied.
   * @default DenyDirection.BOTH
   */
  readonly direction?: DenyDirection;

  /**
   * DNS requests that a default deny for egress still allows. They pass the DNS proxy of Cilium, which policies with
   * `Peer.fqdn` need.
   * @default DnsAccess.UDP
   */
  readonly dns?: DnsAccess;

  /**
   * Labels of the pods of the DNS servers.
   * @default - `k8s-app: kube-dns`, which CoreDNS has too
   */
  readonly dnsLabels?: { [key: string]: string };

  /**
   * Namespace of the DNS servers.
   * @default 'kube-system'
   */
  readonly dnsNamespace?: string;

  /**
   * Whether the policy names the cluster of the DNS servers. With `false` it matches DNS servers of the local cluster
   * since Cilium 1.19, and of all clusters before.
   * @default true
   */
  readonly dnsClusterLabel?: boolean;

  /**
   * Pods that the default deny does not select.
   * @default - none
   */
  readonly exceptions?: Selector[];

  /**
   * Description of the policy.
   * @default 'Default Deny'
   */
  readonly description?: string;

  /**
   * The clusters in which flows are denied.
   * @default - the cluster in which the policy is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/** The maximum number of selectors that exceptions can lead to. */
const MAX_SPECS = 64;

/**
 * Denies all flows to and from pods that no other policy allows, except DNS.
 *
 * The policy has an empty rule (`ingress: [{}]`), which allows nothing and enables default deny for the pods that it
 * selects. Nodes can still reach the pods that run on them.
 */
export class DefaultDenyPolicy extends Construct {
  /** The policies, in the order of the clusters. */
  public readonly policies: ApiObject[];

  /**
   * @throws with all faults of the properties at once
   */
  constructor(scope: Construct, id: string, props: DefaultDenyPolicyProps = {}) {
    super(scope, id);
    const clusters = placement(this, props.clusters);
    const selectors = endpointSelectors(props);
    const faults = this.faults(props, selectors.length);
    if (faults.length > 0) {
      throw new MeshError(faults, DefaultDenyPolicy);
    }
    const type = props.clusterwide ? cilium.CiliumClusterwideNetworkPolicy : cilium.CiliumNetworkPolicy;
    this.policies = clusters.map(cluster => {
      const specs = selectors.map(endpointSelector => ({
        description: props.description ?? 'Default Deny',
        endpointSelector,
        ...rules(props, cluster),
      }));
      return new ApiObject(
        cluster.scopeFor(this),
        'policy',
        type.manifest({
          metadata: { name: props.name ?? id, namespace: props.namespace },
          ...(specs.length === 1 ? { spec: specs[0] } : { specs }),
        }),
      );
    });
  }

  private faults(props: DefaultDenyPolicyProps, specs: number): Refusal[] {
    const faults: Refusal[] = [];
    const fault = (
      code: ConstructCode,
      property: string,
      message: string,
      got: unknown,
      allowed: string,
      fix: string,
    ) => faults.push(propertyRefusal(this, code, property, message, got, allowed, fix));
    const name = props.name ?? this.node.id;
    faults.push(
      ...closedSetRefusals(`${this.node.path}.direction`, props.direction, DenyDirection),
      ...closedSetRefusals(`${this.node.path}.dns`, props.dns, DnsAccess),
    );
    if (!isDnsSubdomain(name)) {
      fault(
        'object-name-invalid',
        'name',
        'invalid object name',
        name,
        'lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
        'set name, or rename the construct',
      );
    }
    if (props.namespace !== undefined && !isDnsLabel(props.namespace)) {
      fault(
        'namespace-invalid',
        'namespace',
        'invalid namespace',
        props.namespace,
        'at most 63 lower-case letters, digits and dashes',
        'correct the name',
      );
    }
    if (props.clusterwide && props.namespace !== undefined) {
      fault(
        'namespace-twice',
        'namespace',
        'a clusterwide policy has no namespace',
        props.namespace,
        'namespace or clusterwide',
        'remove one of the two',
      );
    }
    if (!props.clusterwide && props.exceptNamespaces) {
      fault(
        'except-namespaces',
        'exceptNamespaces',
        'has no effect without clusterwide: true',
        props.exceptNamespaces,
        'clusterwide: true with exceptNamespaces',
        'remove exceptNamespaces',
      );
    }
    if (props.direction === DenyDirection.INGRESS && props.dns !== undefined && props.dns !== DnsAccess.NONE) {
      fault(
        'dns-without-egress',
        'dns',
        'has no effect, because the policy does not deny egress',
        props.dns,
        'direction EGRESS or BOTH with dns',
        'remove dns',
      );
    }
    if (props.dnsLabels && Object.keys(props.dnsLabels).length === 0) {
      fault(
        'selector-missing',
        'dnsLabels',
        'without labels all pods of the namespace are meant',
        {},
        'at least one label',
        'name the labels',
      );
    }
    if (specs === 0) {
      fault(
        'exceptions-all',
        'exceptions',
        'an exception of all pods leaves nothing to deny',
        props.exceptions?.map(each => each._terms),
        'selectors with labels',
        'remove the policy',
      );
    }
    if (specs > MAX_SPECS) {
      fault(
        'exceptions-too-many',
        'exceptions',
        'the exceptions need too many selectors, one for each way to miss all exceptions',
        specs,
        `at most ${MAX_SPECS} selectors`,
        'set one label on all pods that the policy leaves alone, and except that label',
      );
    }
    return faults;
  }
}

/**
 * Selects the pods that match no exception.
 *
 * A pod matches an exception if it matches all of its terms. So the policy selects a pod that fails one term of each
 * exception: it has one selector for each choice of these terms.
 */
function endpointSelectors(props: DefaultDenyPolicyProps): any[] {
  const pods: SelectorTerms = !props.clusterwide
    ? { matchLabels: {}, matchExpressions: [] }
    : {
      matchLabels: {},
      matchExpressions: [
        { key: NAMESPACE_LABEL, operator: 'Exists' },
        ...excepted(props.exceptNamespaces ?? ['kube-system']),
      ],
    };
  const ways = (props.exceptions ?? []).reduce<Array<SelectorTerms['matchExpressions']>>(
    (found, exception) =>
      found.length > MAX_SPECS
        ? found
        : found.flatMap(terms => negations(exception._terms).map(term => [...terms, term])),
    [[]],
  );
  return ways.map(matchExpressions => labelSelector(pods, { matchLabels: {}, matchExpressions }));
}

function excepted(namespaces: readonly string[]): SelectorTerms['matchExpressions'] {
  return namespaces.length === 0 ? [] : [{ key: NAMESPACE_LABEL, operator: 'NotIn', values: [...namespaces].sort() }];
}

const NEGATED: { readonly [operator: string]: string } = {
  In: 'NotIn',
  NotIn: 'In',
  Exists: 'DoesNotExist',
  DoesNotExist: 'Exists',
};

function negations(terms: SelectorTerms): Array<SelectorTerms['matchExpressions'][number]> {
  return [
    ...Object.entries(terms.matchLabels).map(([key, value]) => ({ key, operator: 'NotIn', values: [value] })),
    ...terms.matchExpressions.map(({ key, operator, values }) => ({
      key,
      operator: NEGATED[operator],
      ...(values ? { values } : {}),
    })),
  ];
}

function rules(props: DefaultDenyPolicyProps, cluster: Cluster): any {
  const direction = props.direction ?? DenyDirection.BOTH;
  return {
    ...(direction === DenyDirection.EGRESS ? {} : { ingress: [{}] }),
    ...(direction === DenyDirection.INGRESS ? {} : { egress: [dnsRule(props, cluster)] }),
  };
}

function dnsRule(props: DefaultDenyPolicyProps, cluster: Cluster): any {
  const dns = props.dns ?? DnsAccess.UDP;
  if (dns === DnsAccess.NONE) {
    return {};
  }
  const servers = labelSelector(
    { matchLabels: props.dnsLabels ?? { 'k8s-app': 'kube-dns' }, matchExpressions: [] },
    oneOf(NAMESPACE_LABEL, [props.dnsNamespace ?? 'kube-system']),
    ...(props.dnsClusterLabel === false ? [] : [oneOf(CLUSTER_LABEL, [cluster.name])]),
  );
  const ports = [
    { port: '53', protocol: 'UDP' },
    ...(dns === DnsAccess.UDP_AND_TCP ? [{ port: '53', protocol: 'TCP' }] : []),
  ];
  return { toEndpoints: [servers], toPorts: [{ ports, rules: { dns: [{ matchPattern: '*' }] } }] };
}
