import { FieldReader, Fields } from './field-reader';
import { isDnsLabel, isDnsSubdomain } from '../../../cilium/kubernetes-names';
import { labelKeyProblem, labelValueProblem } from '../../../cilium/label-syntax';
import { PolicyKind, servedVersions } from '../../../cilium/policy-kinds';
import { Traits } from '../../../cilium/traits';
import { isTime, TIME_FIELDS, TIME_RULE } from '../object-times';

/** Fields of an object's metadata (k8s.io/apimachinery, ObjectMeta). */
const FIELDS = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/**
 * Checks what the API server requires of every object: a served API version, a valid name, and valid labels and
 * annotations.
 */
export function checkObject(reader: FieldReader, fields: Fields, kind: PolicyKind, traits: Traits): void {
  const served = servedVersions(kind, traits);
  const version = reader.text(fields.apiVersion, 'apiVersion');
  if (version === undefined || !served.includes(version)) {
    reader.refuse('schema', 'apiVersion', `${String(fields.kind)} is served as ${served.join(' or ')}`, {
      got: String(version),
      fix: `write apiVersion: ${served[0]}`,
    });
  }
  const metadata =
    fields.metadata === undefined || fields.metadata === null
      ? {}
      : (reader.object(fields.metadata, 'metadata', FIELDS) ?? {});
  const name = reader.text(metadata.name, 'metadata.name');
  if (name === undefined || name === '') {
    reader.refuse('schema', 'metadata.name', 'an object needs a name');
  } else if (!isDnsSubdomain(name)) {
    reader.refuse('schema', 'metadata.name', 'must be lower-case letters, digits, dashes and dots, at most 253', {
      got: name,
    });
  }
  const namespace = reader.text(metadata.namespace, 'metadata.namespace');
  // the API server drops the namespace of cluster-scoped objects
  if (kind.namespaced && namespace !== undefined && namespace !== '' && !isDnsLabel(namespace)) {
    reader.refuse('schema', 'metadata.namespace', 'must be lower-case letters, digits and dashes, at most 63', {
      got: namespace,
    });
  }
  for (const field of TIME_FIELDS) {
    const at = `metadata.${field}`;
    const time = reader.text(metadata[field], at);
    if (time !== undefined && !isTime(time)) {
      reader.refuse('schema', at, TIME_RULE, { got: time, fix: 'remove it' });
    }
  }
  for (const field of ['labels', 'annotations']) {
    const texts = metadata[field] ?? {};
    for (const [key, value] of Object.entries(
      reader.object(texts, `metadata.${field}`, typeof texts === 'object' ? Object.keys(texts as object) : []) ?? {},
    )) {
      const at = `metadata.${field}[${JSON.stringify(key)}]`;
      const problem = labelKeyProblem(field === 'labels' ? key : key.toLowerCase());
      if (problem) {
        reader.refuse('schema', at, `the key ${problem}`, { got: key });
      }
      if (typeof value !== 'string') {
        reader.refuse('schema', at, 'must be a text', { got: JSON.stringify(value), fix: 'put it in quotes' });
      } else if (field === 'labels' && labelValueProblem(value)) {
        reader.refuse('schema', at, `the value ${labelValueProblem(value)}`, { got: value });
      }
    }
  }
}
