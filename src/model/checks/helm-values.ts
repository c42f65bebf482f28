import * as chart from '../../../imports/crds/cilium-values.schema.json';
import * as templates from '../../../imports/crds/cilium-values.templates.json';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { formatValue } from '../../diagnostics/texts';
import { LEGACY_OWNED_VALUES, OWNED_CONFIG, OWNED_VALUES } from '../helm-values';
import { MeshDiagnostic, meshDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, MeshModel } from '../mesh-model';
import { isMap } from '../setting-values';

/** Paths that templates of the chart read, and what these lie in. */
const READ = new Set(templates.read.flatMap(path => path.split('.').map((_, index, parts) => parts.slice(0, index + 1).join('.'))));

/** Paths of what templates copy as it is. */
const COPIED = new Set(templates.copied);

/** The part of JSON Schema that the chart's values.schema.json uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [key: string]: Schema };
}

/**
 * Further Helm values: keys that the mesh sets itself, and keys and types that the chart does not know.
 *
 * The keys are those of Cilium 1.20.2's own values.schema.json, which lists what values.yaml holds, and those that a template of the chart
 * reads. Other keys are not forbidden by the schema, so that the chart takes a mistyped key silently. Maps that templates copy as they are may
 * hold anything. Clusters of older versions have other keys; theirs are not judged.
 */
export function helmValuesFaults(mesh: MeshModel): MeshDiagnostic[] {
  return mesh.clusters.flatMap(cluster => {
    const values = cluster.given.helmValues;
    if (values === undefined) {
      return [];
    }
    if (!isMap(values)) {
      return [wrongType(`${cluster.path}.helmValues`, values, ['object'])];
    }
    return [...ownedFaults(cluster, values, ''), ...extraConfigFaults(cluster, values.extraConfig), ...(cluster.version.traits.chartSchemaKnown ? schemaFaults(cluster, values, chart as Schema, '') : [])];
  });
}

/** Owned values, and what replaces or removes the map that an owned value lies in. */
function ownedFaults(cluster: ClusterModel, values: { [key: string]: unknown }, prefix: string): MeshDiagnostic[] {
  const known = cluster.version.traits.clusterMeshApiserver ? OWNED_VALUES : LEGACY_OWNED_VALUES;
  return Object.entries(values).flatMap(([key, value]) => {
    const path = prefix + key;
    const property = known.get(path);
    if (property !== undefined) {
      return [owned(cluster, path, value, [property])];
    }
    if (isMap(value)) {
      return ownedFaults(cluster, value, `${path}.`);
    }
    const below = [...known].filter(([each]) => each.startsWith(`${path}.`)).map(([, each]) => each);
    return below.length > 0 ? [owned(cluster, path, value, [...new Set(below)])] : [];
  });
}

/** What stands in extraConfig is written behind everything else, and so replaces it (templates/cilium-configmap.yaml, v1.20.2). */
function extraConfigFaults(cluster: ClusterModel, config: unknown): MeshDiagnostic[] {
  return Object.entries(isMap(config) ? config : {}).flatMap(([key, value]) => {
    const property = OWNED_CONFIG.get(key);
    return property === undefined ? [] : [owned(cluster, `extraConfig.${key}`, value, [property])];
  });
}

function owned(cluster: ClusterModel, path: string, value: unknown, properties: readonly string[]): MeshDiagnostic {
  return meshDiagnostic('helm-value-owned', {
    path: `${cluster.path}.helmValues.${path}`,
    message: 'the mesh sets this value itself, and checks it against the other clusters',
    got: formatValue(value),
    allowed: properties.length > 1 ? `the properties ${properties.join(', ')} of the cluster` : `the property ${properties[0]} of the cluster`,
    fix: `set ${properties.join(', ')} instead`,
  });
}

function schemaFaults(cluster: ClusterModel, values: { [key: string]: unknown }, schema: Schema, prefix: string): MeshDiagnostic[] {
  const known = schema.properties;
  if (!known || Object.keys(known).length === 0) {
    return []; // free-form in the chart: annotations, labels, resources, ...
  }
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${cluster.path}.helmValues.${prefix}${key}`;
    if (OWNED_VALUES.has(prefix + key)) {
      return [];
    }
    const found = Object.prototype.hasOwnProperty.call(known, key) ? known[key] : undefined;
    if (!found && READ.has(prefix + key)) {
      return [];
    }
    if (!found) {
      return [meshDiagnostic('helm-value-unknown', {
        path,
        message: 'the chart of Cilium 1.20.2 does not know this key, and would ignore it silently',
        got: formatValue(value),
        allowed: `a key of the chart's values.yaml${prefix ? ` below ${prefix.slice(0, -1)}` : ''}`,
        fix: `correct the key${didYouMean(key, Object.keys(known))}`,
      })];
    }
    if (found.enum && !found.enum.includes(value)) {
      return [meshDiagnostic('helm-value-type', {
        path,
        message: 'the chart refuses this value',
        got: formatValue(value),
        allowed: found.enum.map(each => String(each)).join(', '),
        fix: `use one of the allowed values${didYouMean(value, found.enum.map(String))}`,
      })];
    }
    const types = found.type === undefined ? [] : ([] as string[]).concat(found.type);
    if (types.length > 0 && value !== null && !types.some(type => isOfType(value, type))) {
      return [wrongType(path, value, types)];
    }
    return isMap(value) && !COPIED.has(prefix + key) ? schemaFaults(cluster, value, found, `${prefix}${key}.`) : [];
  });
}

function wrongType(path: string, value: unknown, types: readonly string[]): MeshDiagnostic {
  return meshDiagnostic('helm-value-type', {
    path,
    message: 'the chart expects another type here',
    got: formatValue(value),
    allowed: types.join(' or '),
    fix: 'give a value of that type',
  });
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object': return isMap(value);
    case 'array': return Array.isArray(value);
    case 'integer': return Number.isInteger(value);
    default: return typeof value === type;
  }
}
