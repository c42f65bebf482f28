import { DefaultDenyPolicyProps, DenyDirection, DnsAccess } from './default-deny-props';
import { labelSelector, labelsFor, oneOf, SelectorTerms } from './selector';
import { CLUSTER_LABEL, NAMESPACE_LABEL } from '../../cilium/labels';
import { Cluster } from '../mesh/cluster';

/** The labels of DNS servers; CoreDNS has them too. */
export const DNS_LABELS = { 'k8s-app': 'kube-dns' };

/** The maximum number of selectors that exceptions can lead to. */
export const MAX_SPECS = 64;

/**
 * Selects the pods of the selector that match no exception.
 *
 * A pod matches an exception if it matches all of its terms. So the policy selects a pod that fails one term of each
 * exception: it has one selector for each choice of these terms that some pod meets.
 */
export function endpointSelectors(props: DefaultDenyPolicyProps): any[] {
  const pods: SelectorTerms = !props.clusterwide
    ? { matchLabels: {}, matchExpressions: [] }
    : {
      matchLabels: {},
      matchExpressions: [
        { key: NAMESPACE_LABEL, operator: 'Exists' },
        ...excepted(props.exceptNamespaces ?? ['kube-system']),
      ],
    };
  const selected: SelectorTerms = props.selector?._terms ?? { matchLabels: {}, matchExpressions: [] };
  const meetsSome = (terms: SelectorTerms['matchExpressions']) =>
    labelsFor({ ...selected, matchExpressions: [...selected.matchExpressions, ...terms] }) !== undefined;
  const ways = (props.exceptions ?? []).reduce<Array<SelectorTerms['matchExpressions']>>(
    (found, exception) =>
      found.length > MAX_SPECS
        ? found
        : found.flatMap(terms => negations(exception._terms).map(term => [...terms, term])).filter(meetsSome),
    [[]],
  );
  return ways.map(matchExpressions => labelSelector(selected, pods, { matchLabels: {}, matchExpressions }));
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

/** The rules of the policy in one cluster: an empty one for ingress, and DNS for egress. */
export function denyingRules(props: DefaultDenyPolicyProps, cluster: Cluster): any {
  const direction = props.direction ?? DenyDirection.BOTH;
  return {
    ...(direction === DenyDirection.EGRESS ? {} : { ingress: [{}] }),
    ...(direction === DenyDirection.INGRESS ? {} : { egress: [dnsRule(props, cluster)] }),
  };
}

function dnsRule(props: DefaultDenyPolicyProps, cluster: Cluster): any {
  const dns = props.dns ?? DnsAccess.UDP_AND_TCP;
  if (dns === DnsAccess.NONE) {
    return {};
  }
  const servers = labelSelector(
    { matchLabels: props.dnsLabels ?? DNS_LABELS, matchExpressions: [] },
    oneOf(NAMESPACE_LABEL, [props.dnsNamespace ?? 'kube-system']),
    ...(props.dnsClusterLabel === false ? [] : [oneOf(CLUSTER_LABEL, [cluster.name])]),
  );
  const ports = [
    { port: '53', protocol: 'UDP' },
    ...(dns === DnsAccess.UDP_AND_TCP ? [{ port: '53', protocol: 'TCP' }] : []),
  ];
  return { toEndpoints: [servers], toPorts: [{ ports, rules: { dns: [{ matchPattern: '*' }] } }] };
}
