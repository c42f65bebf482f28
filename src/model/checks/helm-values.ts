import * as chart from '../../../imports/crds/cilium-values.schema.json';
import { Fault, shown } from '../fault';
import { OWNED_VALUES } from '../helm-values';
import { ClusterModel, isMap, MeshModel } from '../mesh-model';
import { didYouMean } from '../suggest';

/** The part of JSON Schema that the chart's values.schema.json uses. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [key: string]: Schema };
}

/**
 * Further Helm values: keys that the mesh sets itself, and keys and types that the chart does not know.
 *
 * The keys are those of Cilium 1.20.2's own values.schema.json. It lists what values.yaml holds but does not forbid other keys,
 * so that the chart takes a mistyped key silently. Clusters of older versions have other keys; theirs are not judged.
 */
export function helmValuesFaults(mesh: MeshModel): Fault[] {
  return mesh.clusters.flatMap(cluster => {
    const values: unknown = cluster.helmValues;
    if (values === undefined) {
      return [];
    }
    if (!isMap(values)) {
      return [wrongType(`${cluster.path}.helmValues`, values, ['object'])];
    }
    return [...ownedFaults(cluster, values, ''), ...(cluster.version.minor === 20 ? schemaFaults(cluster, values, chart as Schema, '') : [])];
  });
}

function ownedFaults(cluster: ClusterModel, values: { [key: string]: unknown }, prefix: string): Fault[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = prefix + key;
    const property = OWNED_VALUES.get(path);
    if (property !== undefined) {
      return [{
        code: 'helm-value-owned',
        path: `${cluster.path}.helmValues.${path}`,
        message: 'the mesh sets this value itself, and checks it against the other clusters',
        got: shown(value),
        allowed: `the property ${property} of the cluster`,
        fix: `set ${property} instead`,
      }];
    }
    return isMap(value) ? ownedFaults(cluster, value, `${path}.`) : [];
  });
}

function schemaFaults(cluster: ClusterModel, values: { [key: string]: unknown }, schema: Schema, prefix: string): Fault[] {
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
    if (!found) {
      return [{
        code: 'helm-value-unknown',
        path,
        message: 'the chart of Cilium 1.20.2 does not know this key, and would ignore it silently',
        got: shown(value),
        allowed: `a key of the chart's values.yaml${prefix ? ` below ${prefix.slice(0, -1)}` : ''}`,
        fix: `correct the key${didYouMean(key, Object.keys(known))}`,
      }];
    }
    if (found.enum && !found.enum.includes(value)) {
      return [{
        code: 'helm-value-type',
        path,
        message: 'the chart refuses this value',
        got: shown(value),
        allowed: found.enum.map(each => String(each)).join(', '),
        fix: `use one of the allowed values${didYouMean(String(value), found.enum.map(String))}`,
      }];
    }
    const types = found.type === undefined ? [] : ([] as string[]).concat(found.type);
    if (types.length > 0 && value !== null && !types.some(type => isOfType(value, type))) {
      return [wrongType(path, value, types)];
    }
    return isMap(value) ? schemaFaults(cluster, value, found, `${prefix}${key}.`) : [];
  });
}

function wrongType(path: string, value: unknown, types: readonly string[]): Fault {
  return {
    code: 'helm-value-type',
    path,
    message: 'the chart expects another type here',
    got: shown(value),
    allowed: types.join(' or '),
    fix: 'give a value of that type',
  };
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object': return isMap(value);
    case 'array': return Array.isArray(value);
    case 'integer': return Number.isInteger(value);
    default: return typeof value === type;
  }
}
