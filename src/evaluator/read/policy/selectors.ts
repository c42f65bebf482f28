import { count, FieldReader } from './field-reader';
import { labelKeyProblem, labelValueProblem } from '../../../cilium/label-syntax';
import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { Traits } from '../../../cilium/traits';
import { LabelSelectorTerms, OPERATORS, PeerSelector, RawSelector, Requirement, reservedSelector, WILDCARD, withSource } from '../../engine/selector';
import { PolicySettings } from '../../engine/settings';


/** Sources of labels that this evaluator knows. */
const SOURCES = ['any', 'k8s', 'reserved', 'cidrgroup'];

/** Reads a label selector of a CRD: keys may have a source. Source of the rules: pkg/labels/validation.go, v1.20.2. */
export function readSelector(reader: FieldReader, value: unknown, path: string, traits: Traits): RawSelector | undefined {
  const before = reader.passedOver;
  const terms = readTerms(reader, value, path, (key, at) => checkKey(reader, key, at, traits), true);
  if (reader.passedOver > before) {
    return NOBODY; // a selector of which no requirements can be made selects nothing (EndpointSelector.Matches, pkg/policy/api/selector.go, v1.15.19)
  }
  for (const [key, text] of Object.entries(terms?.matchLabels ?? {})) {
    const other = terms?.matchLabels?.[`any:${key}`];
    if (other !== undefined && other !== text) {
      reader.refuse('unmodelled', `${path}.matchLabels[${JSON.stringify(key)}]`, `${key} and any:${key} are one label to Cilium, and which of the two values counts changes from run to run`, {
        got: `${text} and ${other}`, fix: 'give one of them', reason: 'label-key-twice',
      });
    }
  }
  return terms;
}

const NOBODY: RawSelector = { matchExpressions: [{ key: 'reserved:none', operator: 'In', values: ['nobody'] }] };

/** Reads the selector of CIDR groups: its keys get their source before they are checked (CIDRRule.sanitize, pkg/policy/api/rule_validation.go, v1.20.2). */
export function readGroupSelector(reader: FieldReader, value: unknown, path: string, traits: Traits): RawSelector | undefined {
  return readTerms(reader, value, path, (key, at) => checkKey(reader, withSource(key, 'cidrgroup:'), at, traits), true);
}

/**
 * Reads the selector of Services: only the CRD says what it may hold, and Cilium checks nothing of it. Up to 1.18 one of which it can make no
 * requirements, for example one whose keys have sources, selects none (EndpointSelector.Matches, pkg/policy/api/selector.go, v1.18.8).
 */
export function readServiceSelector(reader: FieldReader, value: unknown, path: string, traits: Traits): RawSelector | undefined {
  const before = reader.passedOver;
  const check = (key: string) => labelKeyProblem(key) ? reader.refuse('cilium', path, 'not the key of a label', { got: key }) : undefined;
  const terms = reader.withoutSanitizing(() => readTerms(reader, value, path, check, true));
  return traits.invalidServiceSelectorMatchesNothing && reader.passedOver > before ? NOBODY : terms;
}

/**
 * Reads a selector of a ClusterNetworkPolicy: its CRD takes every operator, and Cilium passes over conditions whose operator it does not know
 * (LabelSelectorToRequirements, pkg/policy/types/requirements.go, v1.20.2).
 */
export function readLooseSelector(reader: FieldReader, value: unknown, path: string): RawSelector | undefined {
  return reader.withoutSanitizing(() => readTerms(reader, value, path, () => undefined, false));
}

function readTerms(reader: FieldReader, value: unknown, path: string, check: (key: string, path: string) => void, strict: boolean): RawSelector | undefined {
  const fields = reader.object(value, path, ['matchLabels', 'matchExpressions']);
  if (!fields) {
    return undefined;
  }
  const matchLabels: { [key: string]: string } = {};
  if (fields.matchLabels !== undefined && fields.matchLabels !== null) {
    for (const [key, text] of Object.entries(reader.object(fields.matchLabels, `${path}.matchLabels`, Object.keys(fields.matchLabels as object)) ?? {})) {
      const at = `${path}.matchLabels[${JSON.stringify(key)}]`;
      check(key, at);
      if (text === null) {
        continue; // the API server drops it
      }
      if (typeof text !== 'string') {
        reader.refuse('schema', at, 'must be a text', { got: JSON.stringify(text), fix: `put it in quotes: "${String(text)}"` });
      } else {
        // the CRD knows the pattern of values (CiliumNetworkPolicy, v1.20.2)
        if (strict && labelValueProblem(text)) {
          reader.refuse('schema', at, `the value ${labelValueProblem(text)}`, { got: text });
        }
        matchLabels[key] = text;
      }
    }
  }
  const matchExpressions = reader.list(fields.matchExpressions, `${path}.matchExpressions`, (item, at) => {
    const expression = reader.object(item, at, ['key', 'operator', 'values']);
    const key = reader.text(expression?.key, `${at}.key`);
    const operator = reader.text(expression?.operator, `${at}.operator`, strict ? OPERATORS : undefined);
    const values = reader.list(expression?.values, `${at}.values`, (each, where) => reader.text(each, where) ?? reader.refuse('schema', where, 'must be a text')) ?? [];
    if (!expression || key === undefined || operator === undefined) {
      return expression ? reader.refuse('schema', at, 'key and operator are required') : undefined;
    }
    check(key, `${at}.key`);
    const wants = operator === 'In' || operator === 'NotIn';
    if (wants !== count(expression.values) > 0) {
      reader.refuse('cilium', `${at}.values`, wants ? `${operator} needs values` : `${operator} must have no values`,
        wants ? { fix: 'give the values, or use Exists or DoesNotExist' } : { got: values.join(', '), fix: 'remove the values, or use In or NotIn' });
    }
    for (const each of values.filter(labelValueProblem)) {
      reader.refuse('cilium', `${at}.values`, `the value ${labelValueProblem(each)}`, { got: each });
    }
    return { key, operator: operator as 'In', values };
  });
  return { matchLabels, matchExpressions };
}

/** Before 1.20 Cilium checks the key behind its source and a dot, so that anything before the colon counts (EndpointSelector.Sanitize, v1.19.3). */
function checkKey(reader: FieldReader, key: string, path: string, traits: Traits): void {
  const colon = key.indexOf(':');
  const reserved = traits.dollarMeansReserved && key.startsWith('$');
  const source = reserved ? 'reserved' : colon < 0 ? 'any' : key.slice(0, colon);
  const rest = reserved ? key.slice(1) : key.slice(colon + 1);
  const problem = !traits.labelSourceChecked ? labelKeyProblem(`${source === '' ? 'any' : source}.${rest}`)
    : rest.includes(':') ? 'has more than one colon'
      : !/^[A-Za-z0-9]+$/.test(source) ? 'has a source (what is in front of the colon) that is not letters and digits'
        : labelKeyProblem(rest);
  if (problem) {
    reader.refuse('cilium', path, `the label key ${problem}`, { got: key });
  } else if (!SOURCES.includes(source === '' ? 'any' : source)) {
    reader.refuse('unmodelled', path, `this program does not model labels of the source ${source}: no endpoint has them here`, { got: key });
  } else if (rest.startsWith('io.cilium.k8s.named-ports')) {
    reader.refuse('unmodelled', path, 'this program does not model labels of named ports: no endpoint has them here', { got: key, fix: 'select pods by their own labels' });
  }
}

/** The keys by which a selector can name the cluster and the namespace of a peer (pkg/k8s/apis/cilium.io/utils/utils.go, v1.20.2). */
const sources = (key: string) => [`k8s:${key}`, `any:${key}`];

/**
 * The selector of peers in a policy of a namespace, or clusterwide: with the policy's namespace, unless it names one or (since 1.16) labels of
 * some, and with the local cluster, where that is the default and it names none. Selectors with reserved labels are left as they are.
 *
 * Two steps as in Cilium: keys get the source `any` before anything is looked for, as its Sanitize does.
 */
export function peerSelector(raw: RawSelector, namespace: string | undefined, matchesInit: boolean, settings: PolicySettings): PeerSelector {
  const terms = new LabelSelectorTerms().add(raw, 'any:');
  return (terms.hasKeyPrefix('reserved:') ? terms : inNamespace(terms, namespace, matchesInit, settings)).selector();
}

function inNamespace(terms: LabelSelectorTerms, namespace: string | undefined, matchesInit: boolean, settings: PolicySettings): LabelSelectorTerms {
  if (!sources(NAMESPACE_LABEL).some(key => terms.hasKey(key))) {
    if (namespace === undefined) {
      if (!matchesInit) {
        terms.addExpression(`k8s:${NAMESPACE_LABEL}`, 'Exists');
      }
    } else if (!settings.traits.namespaceLabelsReplaceNamespace || !sources(`${NAMESPACE_LABELS_PREFIX}.`).some(prefix => terms.hasKeyPrefix(prefix))) {
      terms.addMatch(`k8s:${NAMESPACE_LABEL}`, namespace);
    }
  }
  return withLocalCluster(terms, settings);
}

/** What `fromRequires` and `toRequires` want: selectors with reserved labels get namespace and cluster too (pkg/k8s/apis/cilium.io/utils/utils.go, v1.18.8). */
export function required(raw: RawSelector, namespace: string | undefined, matchesInit: boolean, settings: PolicySettings): readonly Requirement[] {
  return inNamespace(new LabelSelectorTerms().add(raw, 'any:'), namespace, matchesInit, settings).requirements();
}

/** The selector of nodes other than the local one, by their labels (pkg/k8s/apis/cilium.io/utils/utils.go, v1.20.2). */
export function nodeSelector(raw: RawSelector, settings: PolicySettings): PeerSelector {
  return withLocalCluster(new LabelSelectorTerms().add(raw, 'any:').addExpression('reserved:remote-node', 'Exists'), settings).selector();
}

function withLocalCluster(terms: LabelSelectorTerms, settings: PolicySettings): LabelSelectorTerms {
  const named = sources(CLUSTER_LABEL).some(key => terms.hasKey(key));
  return settings.defaultLocalCluster && !named ? terms.addMatch(`k8s:${CLUSTER_LABEL}`, settings.clusterName) : terms;
}

/** The selector of the endpoints that a policy is about: always in its own namespace, never limited to a cluster. */
export function subjectTerms(raw: RawSelector, namespace: string | undefined): LabelSelectorTerms {
  const terms = new LabelSelectorTerms().add(raw, 'any:');
  return namespace === undefined ? terms : terms.addMatch(`k8s:${NAMESPACE_LABEL}`, namespace);
}

const ENTITIES = ['all', 'world', 'cluster', 'host', 'init', 'ingress', 'unmanaged', 'remote-node', 'health', 'none', 'kube-apiserver'];

/** Entities of the CRD, of which each stands for the selectors of pkg/policy/api/entity.go, v1.20.2. */
export function entitiesOf(traits: Traits): readonly string[] {
  return traits.clusterMeshEntity ? [...ENTITIES, 'cluster-mesh'] : ENTITIES;
}

const CLUSTER_PARTS = ['host', 'remote-node', 'init', 'ingress', 'health', 'unmanaged', 'kube-apiserver'];

/** The aggregates are there in every version: nobody belongs to one before 1.20. */
export function entitySelectors(entity: string, settings: PolicySettings): PeerSelector[] {
  switch (entity) {
    case 'all': return [WILDCARD];
    case 'world': return ['world', 'world-ipv4', 'world-ipv6', 'aggregate-world'].map(reservedSelector);
    case 'cluster': return [
      ...[...CLUSTER_PARTS, 'aggregate-cluster'].map(reservedSelector), new LabelSelectorTerms().addMatch(`k8s:${CLUSTER_LABEL}`, settings.clusterName).selector(),
    ];
    case 'cluster-mesh': return [
      ...[...CLUSTER_PARTS, 'aggregate-cluster', 'aggregate-cluster-mesh'].map(reservedSelector), new LabelSelectorTerms().addExpression(CLUSTER_LABEL, 'Exists').selector(),
    ];
    case 'remote-node': return ['remote-node', 'aggregate-remote-node'].map(reservedSelector);
    default: return [reservedSelector(entity)];
  }
}
