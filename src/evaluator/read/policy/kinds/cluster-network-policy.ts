import { Cidr } from '../../../../cilium/cidr';
import { POLICY_KINDS } from '../../../../cilium/policy-kinds';
import { isPortName } from '../../../../cilium/ports';
import { Direction, FlowProtocol, PolicyEntry, PortMatch } from '../../../engine/entry';
import { Fqdn, fqdnSelector } from '../../../engine/fqdn';
import { LabelSelectorTerms } from '../../../engine/label-selector';
import { PeerSelector } from '../../../engine/selector';
import { PolicySettings } from '../../../engine/settings';
import { cidrSelectors } from '../cidrs';
import { count, FieldReader, Fields, isPresent } from '../field-reader';
import { checkObject } from '../metadata';
import { namesCluster, namespaceLabels } from './network-policy';
import { checkNodesKnown } from '../nodes';
import { ParsedPolicy, PolicyContext } from '../policy-context';
import { goInteger } from '../ports';
import { readLooseSelector } from '../selectors';

const VERDICTS: { readonly [action: string]: PolicyEntry['verdict'] } = { Accept: 'allow', Deny: 'deny', Pass: 'pass' };

/** The maximal number of rules, peers and ports in the CRD. */
const MOST = 25;

/**
 * Reads a Kubernetes ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2) as Cilium does
 * (pkg/k8s/cluster_network_policy.go, v1.20.2).
 *
 * - The API server refuses `nodes` and `domainNames` with the CRD of the standard channel. Where the channel is
 *   unknown, the CRD of the experimental channel is assumed, and reported.
 * - It turns no default deny on.
 * - Its rules apply in their written order.
 * - Peers by namespace match all clusters, whatever the default is.
 */
export function readClusterNetworkPolicy(object: any, context: PolicyContext): ParsedPolicy {
  const { settings } = context;
  const reader = new FieldReader();
  if (!settings.clusterNetworkPolicy || !settings.traits.clusterNetworkPolicies) {
    reader.refuse(
      !settings.traits.clusterNetworkPolicies ? 'schema' : 'cilium',
      'kind',
      'ClusterNetworkPolicies are not read in this cluster',
      { fix: 'use Cilium 1.20 with k8sClusterNetworkPolicy.enabled: true in the Helm values' },
    );
    return reader.accepted([]);
  }
  const fields = reader.object(object, '', ['apiVersion', 'kind', 'metadata', 'spec', 'status']) ?? {};
  checkObject(reader, fields, POLICY_KINDS.ClusterNetworkPolicy, settings.traits);
  const spec = reader.object(fields.spec ?? {}, 'spec', ['tier', 'priority', 'subject', 'ingress', 'egress']) ?? {};
  const tier = required(reader, reader.text(spec.tier, 'spec.tier', ['Admin', 'Baseline']), spec.tier, 'spec.tier');
  const priority =
    required(reader, reader.integer(spec.priority, 'spec.priority', 0, 1000), spec.priority, 'spec.priority') ?? 0;
  const subject = isPresent(spec.subject)
    ? readPods(reader, spec.subject, 'spec.subject', undefined)
    : required<LabelSelectorTerms>(reader, undefined, undefined, 'spec.subject');
  const rules = (direction: Direction, list: unknown): PolicyEntry[] =>
    (
      reader.list(
        list,
        `spec.${direction}`,
        (item, path) => {
          const rule = readRule(reader, item, path, direction, context);
          const index = Number(/\[(\d+)\]$/.exec(path)![1]);
          return rule?.peers.map(({ selectors, ports }): PolicyEntry => ({
            origin: { kind: 'ClusterNetworkPolicy', name: String(object.metadata?.name), path },
            traits: settings.traits,
            node: false,
            subject: subject?.requirements() ?? [],
            direction,
            tier: tier === 'Baseline' ? 'baseline' : 'admin',
            priority: priority + index / 100,
            verdict: rule.verdict,
            defaultDeny: false,
            peers: selectors,
            hasPorts: rule.hasPorts || ports !== undefined,
            ports: ports ?? rule.ports,
          }));
        },
        MOST,
      ) ?? []
    ).flat();
  return reader.accepted([...rules('ingress', spec.ingress), ...rules('egress', spec.egress)]);
}

interface Rule {
  readonly verdict: PolicyEntry['verdict'];
  readonly peers: readonly RulePeer[];
  readonly hasPorts: boolean;
  readonly ports: readonly PortMatch[];
}

/** The selectors of a peer, with the ports where they are not those of the rule. */
interface RulePeer {
  readonly selectors: readonly PeerSelector[];
  readonly ports?: readonly PortMatch[];
}

function readRule(
  reader: FieldReader,
  value: unknown,
  path: string,
  direction: Direction,
  context: PolicyContext,
): Rule | undefined {
  const side = direction === 'ingress' ? 'from' : 'to';
  const fields = reader.object(value, path, ['name', 'action', side, 'protocols']);
  if (!fields) {
    return undefined;
  }
  const name = reader.text(fields.name, `${path}.name`);
  if (name !== undefined && [...name].length > 100) {
    reader.refuse('schema', `${path}.name`, 'must have at most 100 characters', { got: name });
  }
  const action = required(
    reader,
    reader.text(fields.action, `${path}.action`, Object.keys(VERDICTS)),
    fields.action,
    `${path}.action`,
  );
  const peers = reader.list(
    fields[side],
    `${path}.${side}`,
    (item, here) => readPeer(reader, item, here, direction, VERDICTS[action ?? 'Deny'], context),
    MOST,
  );
  required(reader, peers, fields[side], `${path}.${side}`);
  for (const field of [side, 'protocols'].filter(each => Array.isArray(fields[each]) && count(fields[each]) === 0)) {
    reader.refuse('schema', `${path}.${field}`, 'must have at least one item');
  }
  const ports = reader
    .list(fields.protocols, `${path}.protocols`, (item, here) => readProtocol(reader, item, here), MOST)
    ?.flat();
  return {
    verdict: VERDICTS[action ?? 'Deny'],
    peers: peers?.flat() ?? [],
    hasPorts: count(fields.protocols) > 0,
    ports: ports ?? [],
  };
}

function required<T>(reader: FieldReader, parsed: T | undefined, value: unknown, path: string): T | undefined {
  return isPresent(value) ? parsed : reader.refuse('schema', path, 'is required');
}

/** Reads an object with exactly one of several fields. */
function oneOf(
  reader: FieldReader,
  value: unknown,
  path: string,
  known: readonly string[],
): { readonly field: string; readonly fields: Fields } | undefined {
  const fields = reader.object(value, path, known);
  const present = known.filter(field => isPresent(fields?.[field]));
  if (fields && present.length !== 1) {
    return reader.refuse('schema', path, `must have exactly one of ${known.join(', ')}`, {
      got: present.join(' and ') || 'none',
    });
  }
  return fields && { field: present[0], fields };
}

function readPeer(
  reader: FieldReader,
  value: unknown,
  path: string,
  direction: Direction,
  verdict: PolicyEntry['verdict'],
  context: PolicyContext,
): RulePeer[] | undefined {
  const { settings, channel = 'standard' } = context;
  const experimental = channel === 'standard' ? [] : ['nodes', 'domainNames'];
  const kinds = ['namespaces', 'pods', ...(direction === 'egress' ? ['networks', ...experimental] : [])];
  const choice = oneOf(reader, value, path, kinds);
  if (!choice) {
    return undefined;
  }
  if (experimental.includes(choice.field)) {
    const at = `${path}.${choice.field}`;
    if (channel === 'unknown') {
      reader.refuse(
        'unmodelled',
        at,
        'the CRD of the standard channel has no such field',
        { reason: 'policy-channel-unknown' },
      );
    }
    return choice.field === 'nodes'
      ? readNodePeer(reader, choice.fields.nodes, at, context)
      : readDomainNames(reader, choice.fields.domainNames, at, verdict, settings);
  }
  if (choice.field === 'networks') {
    const texts =
      reader.list(choice.fields.networks, `${path}.networks`, (item, here) => readNetwork(reader, item, here), MOST) ??
      [];
    if (texts.length === 0 && count(choice.fields.networks) === 0) {
      reader.refuse('schema', `${path}.networks`, 'must have at least one item');
    }
    if (new Set(texts).size < texts.length) {
      reader.refuse('schema', `${path}.networks`, 'must not have a network twice', { got: texts.join(', ') });
    }
    return [{ selectors: texts.flatMap(text => cidrSelectors(text, Cidr.masked(text)!, [], settings)) }];
  }
  const terms = readPods(reader, { [choice.field]: choice.fields[choice.field] }, path, settings);
  return terms && [{ selectors: [terms.selector()] }];
}

/** The local host, and remote nodes, by their labels (kcnpProcessNodeSelector). */
function readNodePeer(
  reader: FieldReader,
  value: unknown,
  path: string,
  context: PolicyContext,
): RulePeer[] | undefined {
  const { settings } = context;
  const raw = readLooseSelector(reader, value, path);
  if (!settings.nodeSelectorLabels) {
    return reader.refuse('cilium', path, 'selecting nodes by labels is off in this cluster', {
      fix: 'set nodeSelectorLabels: true in the Helm values',
    });
  }
  checkNodesKnown(reader, raw, path, context);
  const selectors = (raw ? ['host', 'remote-node'] : []).map(name => {
    const terms = new LabelSelectorTerms().add(raw!, 'node:').addExpression(`reserved:${name}`, 'Exists');
    return (namesCluster(raw!) ? terms : terms.addLocalCluster(settings)).selector();
  });
  return raw && [{ selectors }];
}

/**
 * DNS names. Cilium adds a rule that lets queries for them pass its DNS proxy to pods with `k8s-app=kube-dns`. A star
 * stands for one label or more (kcnpParseFQDNSelectors).
 */
function readDomainNames(
  reader: FieldReader,
  value: unknown,
  path: string,
  verdict: PolicyEntry['verdict'],
  settings: PolicySettings,
): RulePeer[] | undefined {
  const names = reader.list(value, path, (item, here) => readDomainName(reader, item, here), MOST) ?? [];
  if (count(value) === 0) {
    return reader.refuse('schema', path, 'must have at least one item');
  }
  if (verdict !== 'allow') {
    return reader.refuse('schema', path, 'must be in a rule with action Accept');
  }
  if (!settings.l7Proxy) {
    return reader.refuse('cilium', path, 'the layer 7 proxy is off in this cluster', {
      fix: 'set l7Proxy: true in the Helm values',
    });
  }
  const dns = names.map((name): Fqdn => (name.startsWith('*') ? { matchPattern: `*${name}` } : { matchName: name }));
  const l7 = { parser: 'dns', dns, serverNames: [] };
  return [
    {
      selectors: [new LabelSelectorTerms().addMatch('any:k8s-app', 'kube-dns').selector()],
      ports: ['dns', 'dns-tcp'].flatMap(name => namedPort(name).map(port => ({ ...port, l7 }))),
    },
    { selectors: dns.map(fqdn => fqdnSelector(fqdn, settings.traits)) },
  ];
}

/** The pattern of the CRD. */
const DOMAIN_NAME = /^(\*\.)?([a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.)+[a-zA-z0-9]([-a-zA-Z0-9_]*[a-zA-Z0-9])?\.?$/;

function readDomainName(reader: FieldReader, value: unknown, path: string): string | undefined {
  const text = reader.text(value, path);
  return text === undefined || DOMAIN_NAME.test(text)
    ? text
    : reader.refuse('schema', path, 'must be a domain name, with *. in front for its subdomains', { got: text });
}

/** A CIDR as the API server's CEL parses it, without IPv4-mapped IPv6. */
function readNetwork(reader: FieldReader, value: unknown, path: string): string | undefined {
  const text = reader.text(value, path);
  if (text === undefined) {
    return undefined;
  }
  return Cidr.masked(text) && text.length <= 43 && !/^::ffff:\d+\.|^::ffff:0*[\da-f]{1,4}:[\da-f]{1,4}\//i.test(text)
    ? text
    : reader.refuse('schema', path, 'must be a CIDR: an address with the length of its prefix', { got: text });
}

/**
 * Selects pods by their namespaces' labels and their own. With a default local cluster, only those of the local
 * cluster, unless the selector names one.
 */
function readPods(
  reader: FieldReader,
  value: unknown,
  path: string,
  settings: PolicySettings | undefined,
): LabelSelectorTerms | undefined {
  const choice = oneOf(reader, value, path, ['namespaces', 'pods']);
  if (choice?.field === 'namespaces') {
    const raw = readLooseSelector(reader, choice.fields.namespaces, `${path}.namespaces`);
    return raw && new LabelSelectorTerms().add(namespaceLabels(raw), 'k8s:');
  }
  const fields = choice && reader.object(choice.fields.pods, `${path}.pods`, ['namespaceSelector', 'podSelector']);
  if (!fields) {
    return undefined;
  }
  const namespaces = isPresent(fields.namespaceSelector)
    ? readLooseSelector(reader, fields.namespaceSelector, `${path}.pods.namespaceSelector`)
    : {};
  const pods = isPresent(fields.podSelector)
    ? readLooseSelector(reader, fields.podSelector, `${path}.pods.podSelector`)
    : reader.refuse('schema', `${path}.pods.podSelector`, 'is required', {
      fix: 'write podSelector: {} for every pod',
    });
  if (!namespaces || !pods) {
    return undefined;
  }
  const terms = new LabelSelectorTerms().add(namespaceLabels(namespaces), 'k8s:').add(pods, 'k8s:');
  return settings && !namesCluster(pods) ? terms.addLocalCluster(settings) : terms;
}

function readProtocol(reader: FieldReader, value: unknown, path: string): PortMatch[] | undefined {
  const choice = oneOf(reader, value, path, ['tcp', 'udp', 'sctp', 'destinationNamedPort']);
  if (!choice) {
    return undefined;
  }
  if (choice.field === 'destinationNamedPort') {
    const name = reader.text(choice.fields.destinationNamedPort, `${path}.destinationNamedPort`);
    return name === undefined ? undefined : namedPort(name);
  }
  const protocol = choice.field.toUpperCase() as FlowProtocol;
  const transport = oneOf(reader, choice.fields[choice.field], `${path}.${choice.field}`, ['destinationPort']);
  const at = `${path}.${choice.field}.destinationPort`;
  const port = transport && oneOf(reader, transport.fields.destinationPort, at, ['number', 'range']);
  if (port?.field === 'number') {
    const number = reader.integer(port.fields.number, `${at}.number`, 1, 65535);
    return number === undefined ? undefined : [{ number, endPort: 0, protocol }];
  }
  const range = port && reader.object(port.fields.range, `${at}.range`, ['start', 'end']);
  const start =
    range &&
    required(reader, reader.integer(range.start, `${at}.range.start`, 1, 65535), range.start, `${at}.range.start`);
  const end =
    range && required(reader, reader.integer(range.end, `${at}.range.end`, 1, 65535), range.end, `${at}.range.end`);
  if (start === undefined || end === undefined) {
    return undefined;
  }
  return start < end
    ? [{ number: start, endPort: end, protocol }]
    : reader.refuse('schema', `${at}.range`, 'must end above its start', { got: `${start} to ${end}` });
}

/**
 * Cilium takes names as written. It reads an invalid name as a number, and an invalid number as every port
 * (createL4Filter, v1.20.2).
 */
function namedPort(name: string): PortMatch[] {
  const protocols: FlowProtocol[] = ['TCP', 'UDP', 'SCTP'];
  return protocols.map(protocol =>
    isPortName(name) ? { number: 0, name, endPort: 0, protocol } : { number: parsedPort(name), endPort: 0, protocol },
  );
}

function parsedPort(text: string): number {
  const number = goInteger(text);
  return number === undefined ? 0 : Math.min(65535, number);
}
