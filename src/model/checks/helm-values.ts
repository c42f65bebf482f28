import * as chart from '../../../imports/crds/cilium-values.schema.json';
import * as templates from '../../../imports/crds/cilium-values.templates.json';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { isMap } from '../../diagnostics/is-map';
import { formatList, formatValue } from '../../diagnostics/texts';
import { LEGACY_OWNED_VALUES, OWNED_CONFIG, OWNED_VALUES } from '../helm-values';
import { MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, MeshModel } from '../mesh-model';
import { MeshVocabulary } from '../vocabulary';

/**
 * Paths that templates read through a helper or refuse, which the list of templates lacks: fallbacks of removed values
 * (templates/clustermesh-apiserver/_helpers.tpl, v1.20.2), and values that templates/validate.yaml fails with.
 */
const READ_BY_HELPERS = [
  'clustermesh.apiserver.tls.server.extraDnsNames',
  'clustermesh.apiserver.tls.server.extraIpAddresses',
  'clustermesh.apiserver.tls.ca.cert',
  'clustermesh.apiserver.tls.ca.key',
];

/** Paths that templates of the chart read, and their ancestors. */
const READ = new Set(
  [...templates.read, ...READ_BY_HELPERS].flatMap(path =>
    path.split('.').map((_, index, parts) => parts.slice(0, index + 1).join('.')),
  ),
);

/** Paths of values that templates copy without changes. */
const COPIED = new Set(templates.copied);

/** The part of JSON Schema that the chart's values.schema.json uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [key: string]: Schema };
}

/**
 * Finds further Helm values that the mesh sets itself, and keys and types that the chart does not know.
 *
 * Known keys are those of values.schema.json of Cilium 1.20.2, which lists the keys of values.yaml, and those that a
 * template of the chart reads. The schema allows other keys, so the chart ignores a mistyped key without a message.
 * Maps that templates copy without changes may have any keys. Keys of older versions differ, and are not checked.
 */
export function helmValuesFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  return mesh.clusters.flatMap(cluster => {
    const values = cluster.properties.helmValues;
    if (values === undefined) {
      return [];
    }
    if (!isMap(values)) {
      return [wrongType(cluster, '', values, ['object'])];
    }
    return [
      ...ownedFaults(cluster, values, '', words),
      ...extraConfigFaults(cluster, values.extraConfig, words),
      ...(cluster.version.traits.chartSchemaKnown ? schemaFaults(cluster, values, chart as Schema, '') : []),
    ];
  });
}

/** Owned values, and values that replace or remove the map of an owned value. */
function ownedFaults(
  cluster: ClusterModel,
  values: { [key: string]: unknown },
  prefix: string,
  words: MeshVocabulary,
): MeshDiagnostic[] {
  const known = cluster.version.traits.clusterMeshApiserver ? OWNED_VALUES : LEGACY_OWNED_VALUES;
  return Object.entries(values).flatMap(([key, value]) => {
    const path = prefix + key;
    const property = known.get(path);
    if (property !== undefined) {
      return [owned(cluster, path, value, [property], words)];
    }
    if (isMap(value)) {
      return ownedFaults(cluster, value, `${path}.`, words);
    }
    const below = [...known].filter(([each]) => each.startsWith(`${path}.`)).map(([, each]) => each);
    return below.length > 0 ? [owned(cluster, path, value, [...new Set(below)], words)] : [];
  });
}

/**
 * Values of extraConfig replace all others, because the template writes them last (templates/cilium-configmap.yaml,
 * v1.20.2).
 */
function extraConfigFaults(cluster: ClusterModel, config: unknown, words: MeshVocabulary): MeshDiagnostic[] {
  return Object.entries(isMap(config) ? config : {}).flatMap(([key, value]) => {
    const property = OWNED_CONFIG.get(key);
    return property === undefined ? [] : [owned(cluster, `extraConfig.${key}`, value, [property], words)];
  });
}

function owned(
  cluster: ClusterModel,
  path: string,
  value: unknown,
  properties: readonly string[],
  words: MeshVocabulary,
): MeshDiagnostic {
  const names = formatList(properties.map(property => words.setting(property)));
  return settingDiagnostic('helm-value-owned', cluster, ['helmValues', `.${path}`], {
    message: 'the mesh sets this value, and checks it against the other clusters',
    got: formatValue(value),
    allowed: `the ${properties.length > 1 ? 'properties' : 'property'} ${names} of the cluster`,
    fix: `set ${names} instead`,
  });
}

function schemaFaults(
  cluster: ClusterModel,
  values: { [key: string]: unknown },
  schema: Schema,
  prefix: string,
): MeshDiagnostic[] {
  const known = schema.properties;
  if (!known || Object.keys(known).length === 0) {
    return []; // maps with any keys: annotations, labels, resources, ...
  }
  return Object.entries(values).flatMap(([key, value]) => {
    const path = prefix + key;
    if (OWNED_VALUES.has(path)) {
      return [];
    }
    const found = Object.prototype.hasOwnProperty.call(known, key) ? known[key] : undefined;
    if (!found) {
      return READ.has(path) ? [] : [unknownKey(cluster, path, value, Object.keys(known), prefix.slice(0, -1))];
    }
    if (found.enum && !found.enum.includes(value)) {
      return [
        settingDiagnostic('helm-value-type', cluster, ['helmValues', `.${path}`], {
          message: 'the chart refuses this value',
          got: formatValue(value),
          allowed: formatList(found.enum.map(String)),
          fix: `use one of the allowed values${didYouMean(value, found.enum.map(String))}`,
        }),
      ];
    }
    const types = found.type === undefined ? [] : ([] as string[]).concat(found.type);
    if (types.length > 0 && value !== null && !types.some(type => isOfType(value, type))) {
      return [wrongType(cluster, `.${path}`, value, types)];
    }
    return isMap(value) && !COPIED.has(path) ? schemaFaults(cluster, value, found, `${path}.`) : [];
  });
}

function unknownKey(
  cluster: ClusterModel,
  path: string,
  value: unknown,
  known: readonly string[],
  parent: string,
): MeshDiagnostic {
  return settingDiagnostic('helm-value-unknown', cluster, ['helmValues', `.${path}`], {
    message: 'unknown key; the chart of Cilium 1.20.2 ignores it without a message',
    got: formatValue(value),
    allowed: `a key of the chart's values.yaml${parent === '' ? '' : ` below ${parent}`}`,
    fix: `correct the key${didYouMean(path.slice(parent === '' ? 0 : parent.length + 1), known)}`,
  });
}

function wrongType(cluster: ClusterModel, part: string, value: unknown, types: readonly string[]): MeshDiagnostic {
  return settingDiagnostic('helm-value-type', cluster, ['helmValues', part], {
    message: `must be of type ${types.join(' or ')}`,
    got: formatValue(value),
    allowed: types.join(' or '),
    fix: `write a value of type ${types.join(' or ')}`,
  });
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isMap(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
