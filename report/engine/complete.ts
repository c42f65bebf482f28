import { Sides } from './sides';
import { Vocabulary, vocabularyOf } from './vocabulary';
import { POLICY_KINDS, policyKindOf } from '../../src/cilium/policy-kinds';
import { OPERATORS } from '../../src/evaluator/engine/label-selector';
import { EvaluatedCluster, readPolicies } from '../../src/evaluator/read/cluster';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { Refusal } from '../../src/evaluator/read/policy/field-reader';
import { readManifests } from '../../src/manifests/documents';
import { Manifest } from '../../src/manifests/manifest';
import { CompletionOption, Completions, Protocol } from '../protocol';

/** Takes the place of the word at the cursor. No policy contains it. */
const PROBE = 'x-word-at-the-cursor';

/** What a word consists of: labels have dots, slashes and dashes in their keys. */
const WORD = /[\w./-]*$/;
const WORD_REST = /^[\w./-]*/;

/**
 * What may be written at a place of a policy.
 *
 * The reader of the cluster's version of Cilium answers it: it reads the text with an unknown word at the place, and
 * says which fields or values it knows there. Names come from the mesh.
 */
export function complete(sides: Sides, { side, cluster: name, text, at }: Protocol['complete']['ask']): Completions {
  const { mesh } = sides.at(side);
  const from = at - WORD.exec(text.slice(0, at))![0].length;
  const to = at + WORD_REST.exec(text.slice(at))![0].length;
  const cluster = mesh.cluster(name);
  const [before, after] = [text.slice(0, from), text.slice(to)];
  const isQuoted = /["']$/.test(before);
  const found = [
    // a key, unless one stands there already
    ...(isQuoted ? [] : [`${PROBE}${/^\s*:/.test(after) ? '' : ': null'}`]),
    PROBE,
  ].flatMap(word => {
    const texts = [before + word + after, before + word + closing(before) + after.replace(/^[^\n]*/, '')];
    return cluster ? firstOf(texts, each => optionsOf(each, cluster, vocabulary(mesh))) : [];
  });
  const options = new Map(found.map(option => [option.text, option]));
  return {
    from,
    to,
    options: [...options.values()].map(({ text: shown, kind }) => ({
      text: isQuoted || kind === 'field' ? shown : scalar(shown),
      kind,
    })),
  };
}

/** The first answer that is not empty. */
function firstOf<T, U>(items: readonly T[], answer: (item: T) => readonly U[]): readonly U[] {
  return items.map(answer).find(each => each.length > 0) ?? [];
}

/** What closes the quotes, lists and maps that the line of the cursor opens: they are still being written. */
function closing(before: string): string {
  const open: string[] = [];
  for (const character of before.slice(before.lastIndexOf('\n') + 1)) {
    const last = open[open.length - 1];
    if (last === '"' || last === "'") {
      if (character === last) {
        open.pop();
      }
    } else if (character in CLOSING) {
      open.push(CLOSING[character]);
    } else if (character === last) {
      open.pop();
    }
  }
  return open.reverse().join('');
}

const CLOSING: { readonly [character: string]: string } = { '[': ']', '{': '}', '"': '"', "'": "'" };

const vocabularies = new WeakMap<EvaluatedMesh, Vocabulary>();

function vocabulary(mesh: EvaluatedMesh): Vocabulary {
  const known = vocabularies.get(mesh) ?? vocabularyOf(mesh);
  vocabularies.set(mesh, known);
  return known;
}

function optionsOf(text: string, cluster: EvaluatedCluster, names: Vocabulary): CompletionOption[] {
  const place = readManifests(text, 'text')
    .manifests.map(manifest => ({ manifest, path: pathOf(manifest.object, []) }))
    .find(({ path }) => path !== undefined);
  if (!place) {
    return [];
  }
  const { manifest, path } = place;
  return [...namedOptions(manifest.object, path!, names), ...readerOptions(manifest, path!, cluster)];
}

type Path = ReadonlyArray<string | number>;

/** Where the word is: the last segment is the word itself if it is a key. */
function pathOf(value: unknown, path: Path): Path | undefined {
  if (typeof value === 'string') {
    return value.includes(PROBE) ? path : undefined;
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  for (const [key, each] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    const inside = key.includes(PROBE) ? here : pathOf(each, here);
    if (inside) {
      return inside;
    }
  }
  return undefined;
}

/** The fields or values that the reader of policies knows at the word. */
function readerOptions({ object, ...manifest }: Manifest, path: Path, cluster: EvaluatedCluster): CompletionOption[] {
  if (path.length === 1 && path[0] === 'kind') {
    return policyKinds().map(text => ({ text, kind: 'value' }));
  }
  if (!policyKindOf(object)) {
    return path.length === 1 && isKey(path) ? without(FIRST_FIELDS, object).map(text => ({ text, kind: 'field' })) : [];
  }
  const refusals = readPolicies([{ object, ...manifest }], cluster).flatMap(policy => policy.refusals);
  const written = path.reduce<string>(
    (all, segment) => (typeof segment === 'number' ? `${all}[${segment}]` : all === '' ? segment : `${all}.${segment}`),
    '',
  );
  return refusals
    .filter((refusal): refusal is Refusal & { allowed: readonly string[] } => refusal.allowed !== undefined)
    .filter(refusal => refusal.path === written && Boolean(refusal.isUnknownField) === isKey(path))
    .flatMap(({ allowed }): CompletionOption[] =>
      isKey(path)
        ? without(allowed, parentOf(object, path)).map(text => ({ text, kind: 'field' }))
        : allowed.map(text => ({ text, kind: 'value' })),
    );
}

const FIRST_FIELDS = ['apiVersion', 'kind', 'metadata', 'spec'];

function policyKinds(): string[] {
  return Object.keys(POLICY_KINDS).sort();
}

function isKey(path: Path): boolean {
  return String(path[path.length - 1]).includes(PROBE);
}

function parentOf(object: unknown, path: Path): unknown {
  return path.slice(0, -1).reduce<any>((value, segment) => value?.[segment], object);
}

/** The fields that an object does not have yet. */
function without(fields: readonly string[], object: unknown): string[] {
  return fields.filter(field => !Object.hasOwn(Object(object), field));
}

const CLUSTER_LABEL = 'io.cilium.k8s.policy.cluster';
const NAMESPACE_LABEL = 'io.kubernetes.pod.namespace';
const ACCOUNT_LABEL = 'io.cilium.k8s.policy.serviceaccount';
/** Selectors name the labels of the pod's namespace with this prefix (Cilium, pkg/k8s/apis/cilium.io/const.go). */
const NAMESPACE_PREFIX = 'io.cilium.k8s.namespace.labels.';

/** Names of the mesh that may be at the word. */
function namedOptions(object: unknown, path: Path, names: Vocabulary): CompletionOption[] {
  const keys = path.filter((segment): segment is string => typeof segment === 'string');
  const [field, above] = [keys[keys.length - 1], keys[keys.length - 2]];
  const isNamespaced = keys.some(key => key === 'namespaceSelector' || key === 'namespaces');
  const labels = isNamespaced ? names.namespaceLabels : names.labels;
  if (isKey(path)) {
    return above === 'matchLabels' || above === 'podSelector' ? labelKeys(labels, isNamespaced, names) : [];
  }
  if (above === 'matchLabels') {
    return labelValues(field, labels, names);
  }
  switch (field) {
    case 'key':
      return above === 'matchExpressions' ? labelKeys(labels, isNamespaced, names) : [];
    case 'operator':
      return above === 'matchExpressions' ? OPERATORS.map(text => ({ text, kind: 'value' })) : [];
    case 'values': {
      const { key } = Object(parentOf(object, path.slice(0, -1)));
      return typeof key === 'string' ? labelValues(key, labels, names) : [];
    }
    case 'namespace':
      return names.namespaces.map(text => ({ text, kind: 'namespace' }));
    case 'serviceName':
      return names.services.map(text => ({ text, kind: 'service' }));
    case 'cidrGroupRef':
      return names.cidrGroups.map(text => ({ text, kind: 'group' }));
    case 'port':
      return names.namedPorts.map(text => ({ text, kind: 'port' }));
    default:
      return [];
  }
}

function labelKeys(labels: Vocabulary['labels'], ofNamespaces: boolean, names: Vocabulary): CompletionOption[] {
  const cilium = ofNamespaces
    ? []
    : [
      CLUSTER_LABEL,
      NAMESPACE_LABEL,
      ACCOUNT_LABEL,
      ...[...names.namespaceLabels.keys()].map(key => NAMESPACE_PREFIX + key),
    ];
  return [...[...labels.keys()].sort(), ...cilium.sort()].map(text => ({ text, kind: 'label' }));
}

function labelValues(written: string, labels: Vocabulary['labels'], names: Vocabulary): CompletionOption[] {
  const key = written.replace(/^(k8s|any)[:.]/, '');
  switch (key) {
    case CLUSTER_LABEL:
      return names.clusters.map(text => ({ text, kind: 'cluster' }));
    case NAMESPACE_LABEL:
      return names.namespaces.map(text => ({ text, kind: 'namespace' }));
    case ACCOUNT_LABEL:
      return names.serviceAccounts.map(text => ({ text, kind: 'account' }));
    default: {
      const values = key.startsWith(NAMESPACE_PREFIX)
        ? names.namespaceLabels.get(key.slice(NAMESPACE_PREFIX.length))
        : labels.get(key);
      return (values ?? []).map(text => ({ text, kind: 'label' }));
    }
  }
}

/** A text that YAML reads as a text: in quotes if it would be something else. */
function scalar(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
