import { Cidr } from '../../../../cilium/cidr';
import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../../../cilium/labels';
import { POLICY_KINDS } from '../../../../cilium/policy-kinds';
import { isContainerPortName } from '../../../../cilium/ports';
import { Traits } from '../../../../cilium/traits';
import { Direction, FlowProtocol, Origin, PolicyEntry, PortMatch } from '../../../engine/entry';
import { LabelSelectorTerms, RawSelector, WILDCARD } from '../../../engine/label-selector';
import { PeerSelector } from '../../../engine/selector';
import { PolicySettings } from '../../../engine/settings';
import { cidrSelectors } from '../cidrs';
import { FieldReader } from '../field-reader';
import { checkObject } from '../metadata';
import { ParsedPolicy, PolicyContext } from '../policy-context';
import { readServerSelector } from '../selectors';

/**
 * Reads a Kubernetes NetworkPolicy (networking.k8s.io/v1) as Cilium does (pkg/k8s/network_policy.go, v1.20.2).
 *
 * - Every rule allows. An empty rule allows all peers.
 * - A direction in `policyTypes` without rules is denied.
 */
export function readNetworkPolicy(object: any, { settings }: PolicyContext): ParsedPolicy {
  const reader = new FieldReader();
  const namespace: string = object.metadata?.namespace || 'default';
  const fields = reader.object(object, '', ['apiVersion', 'kind', 'metadata', 'spec', 'status']) ?? {};
  checkObject(reader, fields, POLICY_KINDS.NetworkPolicy, settings.traits);
  const spec = reader.object(fields.spec ?? {}, 'spec', ['podSelector', 'policyTypes', 'ingress', 'egress']) ?? {};
  const pods = readServerSelector(reader, spec.podSelector ?? {}, 'spec.podSelector', settings.traits) ?? {};
  const types =
    reader.list(spec.policyTypes, 'spec.policyTypes', (item, at) => reader.text(item, at, ['Ingress', 'Egress'])) ?? [];
  const common = {
    traits: settings.traits,
    node: false,
    subject: new LabelSelectorTerms().add(pods, 'k8s:').addMatch(`k8s:${NAMESPACE_LABEL}`, namespace).requirements(),
    tier: 'normal' as const,
    priority: 0,
    verdict: 'allow' as const,
    defaultDeny: true,
  };
  const name = String(object.metadata?.name);
  const origin = (path: string): Origin => ({ kind: 'NetworkPolicy', namespace, name, path });
  const rules = (direction: Direction, list: unknown, peers: string): PolicyEntry[] =>
    (
      reader.list(list, `spec.${direction}`, (rule, at) => {
        const parts = reader.object(rule, at, [peers, 'ports']);
        const selectors =
          reader.list(parts?.[peers], `${at}.${peers}`, (item, here) =>
            readPeer(reader, item, here, namespace, settings),
          ) ?? [];
        const ports =
          reader.list(parts?.ports, `${at}.ports`, (item, here) => readPort(reader, item, here, settings.traits)) ?? [];
        const entry = {
          ...common,
          origin: origin(at),
          direction,
          hasPorts: ports.length > 0,
          ports,
          ...(settings.traits.requiredPeers ? { endpoints: true } : {}),
        };
        return selectors.length > 0
          ? selectors.map(peer => ({ ...entry, peers: peer }))
          : [{ ...entry, peers: [WILDCARD] }];
      }) ?? []
    ).flat();
  const ingress = rules('ingress', spec.ingress, 'from');
  const egress = rules('egress', spec.egress, 'to');
  const denyAll = (direction: Direction): PolicyEntry => ({
    ...common,
    origin: origin('spec.policyTypes'),
    direction,
    peers: [],
    hasPorts: false,
    ports: [],
  });
  const entries = [
    ...(ingress.length === 0 && (types.includes('Ingress') || !types.includes('Egress'))
      ? [denyAll('ingress')]
      : ingress),
    ...(egress.length === 0 && types.includes('Egress') ? [denyAll('egress')] : egress),
  ];
  return reader.accepted(entries);
}

function readPeer(
  reader: FieldReader,
  value: unknown,
  path: string,
  namespace: string,
  settings: PolicySettings,
): PeerSelector[] | undefined {
  const fields = reader.object(value, path, ['podSelector', 'namespaceSelector', 'ipBlock']);
  if (!fields) {
    return undefined;
  }
  const present = ['podSelector', 'namespaceSelector', 'ipBlock'].filter(
    field => fields[field] !== undefined && fields[field] !== null,
  );
  if (present.length === 0 || (present.includes('ipBlock') && present.length > 1)) {
    return reader.refuse('schema', path, 'must have ipBlock alone, or podSelector, namespaceSelector or both');
  }
  if (present.includes('ipBlock')) {
    return readIpBlock(reader, fields.ipBlock, `${path}.ipBlock`, settings);
  }
  const pods: RawSelector =
    readServerSelector(reader, fields.podSelector ?? {}, `${path}.podSelector`, settings.traits) ?? {};
  const terms = new LabelSelectorTerms();
  if (present.includes('namespaceSelector')) {
    const raw = readServerSelector(reader, fields.namespaceSelector, `${path}.namespaceSelector`, settings.traits) ?? {};
    terms.add(namespaceLabels(raw), 'k8s:');
  }
  terms.add(pods, 'k8s:');
  if (!namesCluster(pods)) {
    terms.addLocalCluster(settings);
  }
  if (!present.includes('namespaceSelector')) {
    terms.addMatch(`k8s:${NAMESPACE_LABEL}`, namespace);
  }
  return [terms.selector()];
}

/**
 * Whether a selector of pods names the cluster. Cilium compares the key as written, without a source
 * (isPodSelectorSelectingCluster, v1.20.2).
 */
export function namesCluster(pods: RawSelector): boolean {
  return (
    Boolean(pods.matchLabels?.[CLUSTER_LABEL]) ||
    pods.matchExpressions?.some(each => each.key === CLUSTER_LABEL) === true
  );
}

/**
 * A selector of namespaces as a selector of their pods. An empty one requires a namespace (processNamespaceSelector,
 * pkg/k8s/network_policy.go, v1.20.2).
 */
export function namespaceLabels(raw: RawSelector): RawSelector {
  const prefixed: RawSelector = {
    matchLabels: Object.fromEntries(
      Object.entries(raw.matchLabels ?? {}).map(([key, text]) => [`${NAMESPACE_LABELS_PREFIX}.${key}`, text]),
    ),
    matchExpressions: raw.matchExpressions?.map(each => ({ ...each, key: `${NAMESPACE_LABELS_PREFIX}.${each.key}` })),
  };
  const empty = Object.keys(prefixed.matchLabels!).length === 0 && !prefixed.matchExpressions?.length;
  return empty ? { matchExpressions: [{ key: NAMESPACE_LABEL, operator: 'Exists' }] } : prefixed;
}

function readIpBlock(
  reader: FieldReader,
  value: unknown,
  path: string,
  settings: PolicySettings,
): PeerSelector[] | undefined {
  const fields = reader.object(value, path, ['cidr', 'except']);
  const text = reader.text(fields?.cidr, `${path}.cidr`) ?? '';
  const cidr = Cidr.masked(text);
  const except =
    reader.list(
      fields?.except,
      `${path}.except`,
      (item, here) => Cidr.masked(reader.text(item, here) ?? '') ?? reader.refuse('schema', here, 'not a CIDR'),
    ) ?? [];
  if (!cidr) {
    return reader.refuse('schema', `${path}.cidr`, 'not a CIDR');
  }
  for (const part of except.filter(each => !cidr.covers(each) || each.prefix === cidr.prefix)) {
    reader.refuse('schema', `${path}.except`, `${part.text} must be a part of ${cidr.text}`);
  }
  return cidrSelectors(text, cidr, except, settings);
}

function readPort(reader: FieldReader, value: unknown, path: string, traits: Traits): PortMatch | undefined {
  const fields = reader.object(value, path, ['port', 'endPort', 'protocol']);
  if (!fields) {
    return undefined;
  }
  const protocol = (reader.text(fields.protocol, `${path}.protocol`, ['TCP', 'UDP', 'SCTP']) ?? 'TCP') as FlowProtocol;
  const endPort = reader.integer(fields.endPort, `${path}.endPort`, 1, 65535) ?? 0;
  const { port } = fields;
  if (port === undefined || port === null) {
    return endPort > 0
      ? reader.refuse('schema', `${path}.endPort`, 'needs port')
      : { number: 0, endPort: 0, protocol, ...(traits.portsMergedAsWritten ? { text: '0' } : {}) };
  }
  if (typeof port === 'string') {
    if (endPort > 0) {
      return reader.refuse('schema', `${path}.endPort`, 'needs a port number');
    }
    return isContainerPortName(port)
      ? { number: 0, name: port, endPort: 0, protocol }
      : reader.refuse('schema', `${path}.port`, 'not the name of a port');
  }
  const number = reader.integer(port, `${path}.port`, 1, 65535);
  if (number !== undefined && endPort > 0 && endPort < number) {
    return reader.refuse('schema', `${path}.endPort`, 'must not be below port');
  }
  // 1.15 ignores endPort (pkg/k8s/network_policy.go, v1.15.19)
  return number === undefined
    ? undefined
    : {
      number,
      endPort: traits.portRanges ? endPort : 0,
      protocol,
      ...(traits.portsMergedAsWritten ? { text: String(number) } : {}),
    };
}
