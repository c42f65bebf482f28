import { policyKindOf } from '../cilium/policy-kinds';
import { workloadKindOf } from '../cilium/workload-kinds';

/**
 * Why an object is unknown as it is written: a program replaces parts of it before they are applied.
 *
 * Only fields that verdicts depend on matter: a variable in the image of a container changes nothing.
 */
export function unrenderedCode(object: any): 'flux-variables' | 'sops-encrypted' | 'placeholder' | undefined {
  const matters = relevantFields(object);
  if (object.sops !== undefined && contains(matters, text => text.startsWith('ENC['))) {
    return 'sops-encrypted';
  }
  const { annotations } = object.metadata;
  return annotations?.['kustomize.toolkit.fluxcd.io/substitute'] !== 'disabled' &&
    contains(matters, text => VARIABLE.test(text))
    ? 'flux-variables'
    : hasNamePlaceholder(object) || (policyKindOf(object) && hasCidrPlaceholder([object.spec, object.specs]))
      ? 'placeholder'
      : undefined;
}

// of the envsubst that Flux uses (github.com/drone/envsubst): `${NAME}`, `${NAME:=default}`, `${NAME/a/b}` and so on
const VARIABLE = /\$\{[_A-Za-z#][^}\n]*\}/;

// what scripts replace: `POD_CIDR`, `__POD_CIDR__`, `%POD_CIDR%`, `<pod-cidr>`, `$CIDR`, `YOUR-IP/32`
const PLACEHOLDER =
  /^(<[^<>]+>|\$\(?\w+\)?|\W{0,2}_{0,2}(?=[\w-]{4})[A-Z]*[G-Z][A-Z]*([_-][A-Z0-9]+)*_{0,2}\W{0,2})(\/\w+)?$/;

/** Only CIDRs: a name or the value of a label may look like a placeholder. */
const CIDR_FIELDS = new Set(['cidr', 'except', 'fromCIDR', 'toCIDR', 'externalCIDRs']);

function hasCidrPlaceholder(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).some(
      ([key, each]) =>
        (CIDR_FIELDS.has(key) && contains(each, text => PLACEHOLDER.test(text))) || hasCidrPlaceholder(each),
    )
  );
}

// people replace `<app>` in a scaffold; no name and no label has angle brackets
const BRACKETED = /<[A-Za-z][\w. -]*>/;

/** Whether a namespace is there for a kustomization to replace it, such as `_`: no API server accepts it. */
export function isNamespacePlaceholder(namespace: unknown): boolean {
  return typeof namespace === 'string' && /^[^A-Za-z0-9]+$/.test(namespace);
}

/**
 * Whether a name or a label of an object with pods, policies or Services has a placeholder in angle brackets, or its
 * namespace is one.
 */
function hasNamePlaceholder(object: any): boolean {
  const { apiVersion, kind, metadata, spec } = object;
  const paths = workloadKindOf(object);
  const isNamespace = apiVersion === 'v1' && kind === 'Namespace';
  if (!paths && !isNamespace && !policyKindOf(object) && !(apiVersion === 'v1' && kind === 'Service')) {
    return false;
  }
  if (isNamespacePlaceholder(metadata.namespace)) {
    return true;
  }
  const labels = paths
    ? [valueAt(object, paths.template)?.metadata?.labels, paths.matchLabels && valueAt(object, paths.matchLabels)]
    : isNamespace
      ? [metadata.labels]
      : policyKindOf(object)
        ? selectorsIn([spec, object.specs])
        : [spec?.selector];
  return contains([metadata.name, metadata.namespace, labels], text => BRACKETED.test(text));
}

/** The selectors by labels in the spec of a policy. */
function selectorsIn(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) =>
      key === 'matchLabels' || key === 'matchExpressions' ? [each] : selectorsIn(each),
    )
    : [];
}

function relevantFields(object: any): unknown {
  const { metadata, spec } = object;
  const own = [metadata.name, metadata.namespace];
  if (policyKindOf(object)) {
    // descriptions decide nothing
    return [own, withoutDescription(spec), Array.isArray(object.specs) ? object.specs.map(withoutDescription) : []];
  }
  const paths = workloadKindOf(object);
  if (paths) {
    const { metadata: podMetadata, spec: podSpec } = valueAt(object, paths.template) ?? {};
    const containers = [podSpec?.containers, podSpec?.initContainers].flatMap(each =>
      Array.isArray(each) ? each : [],
    );
    return [
      own,
      podMetadata?.labels,
      podSpec?.hostNetwork,
      podSpec?.serviceAccountName,
      containers.map(each => each?.ports),
      paths.replicas && valueAt(object, paths.replicas),
      paths.matchLabels && valueAt(object, paths.matchLabels),
    ];
  }
  switch (`${object.apiVersion} ${object.kind}`) {
    case 'v1 Service':
      return [own, metadata.annotations, spec];
    case 'v1 Namespace':
      return [own, metadata.labels, metadata.annotations];
    default:
      return [];
  }
}

function withoutDescription(spec: any): unknown {
  return typeof spec === 'object' && spec !== null ? { ...spec, description: undefined } : spec;
}

function valueAt(object: any, path: string): any {
  return path === '' ? object : path.split('.').reduce((value, key) => value?.[key], object);
}

function contains(value: unknown, isFound: (text: string) => boolean): boolean {
  return typeof value === 'string'
    ? isFound(value)
    : typeof value === 'object' &&
        value !== null &&
        Object.entries(value).some(([key, each]) => (!Array.isArray(value) && isFound(key)) || contains(each, isFound));
}
