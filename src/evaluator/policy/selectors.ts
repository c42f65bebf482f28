import { FieldReader } from './field-reader';
import { labelKeyProblem, labelValueProblem, CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../model/labels';
import { LabelSelectorTerms, PeerSelector, RawSelector, reservedSelector, WILDCARD, labelSelector } from '../selector';
import { PolicySettings } from '../settings';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** Reads a label selector of a CRD: keys may have a source. Source of the rules: pkg/labels/validation.go, v1.20.2. */
export function readSelector(reader: FieldReader, value: unknown, path: string): RawSelector | undefined {
  const fields = reader.object(value, path, ['matchLabels', 'matchExpressions']);
  if (!fields) {
    return undefined;
  }
  const matchLabels: { [key: string]: string } = {};
  if (fields.matchLabels !== undefined && fields.matchLabels !== null) {
    for (const [key, text] of Object.entries(reader.object(fields.matchLabels, `${path}.matchLabels`, Object.keys(fields.matchLabels as object)) ?? {})) {
      const at = `${path}.matchLabels[${JSON.stringify(key)}]`;
      checkKey(reader, key, at);
      if (typeof text !== 'string') {
        reader.refuse('schema', at, 'must be a string');
      } else {
        // the CRD knows the pattern of values (CiliumNetworkPolicy, v1.20.2)
        if (labelValueProblem(text)) {
          reader.refuse('schema', at, `the value ${labelValueProblem(text)}`);
        }
        matchLabels[key] = text;
      }
    }
  }
  const matchExpressions = reader.list(fields.matchExpressions, `${path}.matchExpressions`, (item, at) => {
    const expression = reader.object(item, at, ['key', 'operator', 'values']);
    const key = reader.text(expression?.key, `${at}.key`);
    const operator = reader.text(expression?.operator, `${at}.operator`, OPERATORS);
    const values = reader.list(expression?.values, `${at}.values`, (each, where) => reader.text(each, where)) ?? [];
    if (!expression || key === undefined || operator === undefined) {
      return expression ? reader.refuse('schema', at, 'key and operator are required') : undefined;
    }
    checkKey(reader, key, `${at}.key`);
    const wants = operator === 'In' || operator === 'NotIn';
    if (wants !== values.length > 0) {
      reader.refuse('cilium', `${at}.values`, wants ? `${operator} needs values` : `${operator} takes no values`);
    }
    for (const each of values.filter(labelValueProblem)) {
      reader.refuse('cilium', `${at}.values`, `${JSON.stringify(each)} ${labelValueProblem(each)}`);
    }
    return { key, operator: operator as 'In', values };
  });
  return { matchLabels, matchExpressions };
}

function checkKey(reader: FieldReader, key: string, path: string): void {
  const parts = key.split(':');
  const problem = parts.length > 2 ? 'has more than one source' : labelKeyProblem(parts[parts.length - 1]);
  if (problem) {
    reader.refuse('cilium', path, `the label key ${problem}`);
  }
}

/** The keys by which a selector can name the cluster and the namespace of a peer (pkg/k8s/apis/cilium.io/utils/utils.go, v1.20.2). */
const sources = (key: string) => [`k8s:${key}`, `any:${key}`];

/**
 * The selector of peers in a policy of a namespace, or clusterwide: with the policy's namespace, unless it names one or labels of some, and
 * with the local cluster, where that is the default and it names none. Selectors with reserved labels are left as they are.
 *
 * Two steps as in Cilium: keys get the source `any` before anything is looked for, as its Sanitize does.
 */
export function peerSelector(raw: RawSelector, namespace: string | undefined, matchesInit: boolean, settings: PolicySettings): PeerSelector {
  const terms = new LabelSelectorTerms().add(raw, 'any:');
  if (terms.hasKeyPrefix('reserved:')) {
    return terms.selector();
  }
  if (!sources(NAMESPACE_LABEL).some(key => terms.hasKey(key))) {
    if (namespace === undefined) {
      if (!matchesInit) {
        terms.addExists(`k8s:${NAMESPACE_LABEL}`);
      }
    } else if (!sources(`${NAMESPACE_LABELS_PREFIX}.`).some(prefix => terms.hasKeyPrefix(prefix))) {
      terms.addMatch(`k8s:${NAMESPACE_LABEL}`, namespace);
    }
  }
  if (settings.defaultLocalCluster && !sources(CLUSTER_LABEL).some(key => terms.hasKey(key))) {
    terms.addMatch(`k8s:${CLUSTER_LABEL}`, settings.clusterName);
  }
  return terms.selector();
}

/** The selector of the endpoints that a policy is about: always in its own namespace, never limited to a cluster. */
export function subjectTerms(raw: RawSelector, namespace: string | undefined): LabelSelectorTerms {
  const terms = new LabelSelectorTerms().add(raw, 'any:');
  return namespace === undefined ? terms : terms.addMatch(`k8s:${NAMESPACE_LABEL}`, namespace);
}

/** Entities of the CRD, of which each stands for the selectors of pkg/policy/api/entity.go, v1.20.2. */
export const ENTITIES = ['all', 'world', 'cluster', 'cluster-mesh', 'host', 'init', 'ingress', 'unmanaged', 'remote-node', 'health', 'none', 'kube-apiserver'];

const CLUSTER_PARTS = ['host', 'remote-node', 'init', 'ingress', 'health', 'unmanaged', 'kube-apiserver'];

export function entitySelectors(entity: string, settings: PolicySettings): PeerSelector[] {
  switch (entity) {
    case 'all': return [WILDCARD];
    case 'world': return ['world', 'world-ipv4', 'world-ipv6', 'aggregate-world'].map(reservedSelector);
    case 'cluster': return [
      ...[...CLUSTER_PARTS, 'aggregate-cluster'].map(reservedSelector),
      labelSelector([{ source: 'k8s', key: CLUSTER_LABEL, operator: 'In', values: [settings.clusterName] }]),
    ];
    case 'cluster-mesh': return [
      ...[...CLUSTER_PARTS, 'aggregate-cluster', 'aggregate-cluster-mesh'].map(reservedSelector),
      labelSelector([{ source: 'any', key: CLUSTER_LABEL, operator: 'Exists', values: [] }]),
    ];
    case 'remote-node': return ['remote-node', 'aggregate-remote-node'].map(reservedSelector);
    default: return [reservedSelector(entity)];
  }
}
