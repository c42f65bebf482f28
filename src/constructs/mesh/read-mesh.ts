import { withFaultsOfDefaults } from './default-faults';
import { layoutRefusals } from './output-layout';
import { isDnsLabel } from '../../cilium/kubernetes-names';
import { Diagnostic } from '../../diagnostics/diagnostic';
import { Fault } from '../../diagnostics/fault';
import { isMap } from '../../diagnostics/is-map';
import { formatValue } from '../../diagnostics/texts';
import { ClusterProps, ClusterSettings } from '../../model/cluster-settings';
import { meshFaults } from '../../model/mesh-faults';
import { MeshModel, resolveMesh } from '../../model/mesh-model';
import { dataRefusals, slotRefusals } from '../checks/check-shape';
import { CALLS } from '../checks/shapes';
import { Refusal, refusal } from '../refusal';

interface ReadMesh {
  readonly model: MeshModel;
  readonly refusals: ReadonlyArray<Diagnostic & Fault>;
}

/** The mesh that properties describe, and all refusals of the properties, which may be of any shape. */
export function readMesh(props: unknown, call: 'new ClusterMesh' | 'new Mesh'): ReadMesh {
  const { clusters, defaults } = isMap(props) ? props : ({} as { [key: string]: unknown });
  // a hole in a list is an item that is missing, which functions on lists skip
  const entries: readonly unknown[] = Array.isArray(clusters) ? Array.from(clusters) : [];
  const model = resolveMesh(
    // a value of a class has a fault of its shape, and its fields are no settings
    entries.map(each => (isMap(each) ? withDataOnly(each) : {})) as ClusterProps[],
    (isMap(defaults) ? withDataOnly(defaults) : {}) as ClusterSettings,
  );
  const ofShape = slotRefusals('', { props: CALLS[call].props }, { props }).map(each => ({
    ...each,
    path: each.path.replace(/^props\./, ''),
  }));
  if (!isMap(props)) {
    return { model, refusals: ofShape };
  }
  const refusals = [
    ...ofShape,
    ...namespaceRefusals(props.defaultNamespace),
    ...helmRefusals('defaults', defaults),
    ...entries.flatMap((cluster, index) => helmRefusals(model.clusters[index].path, cluster)),
  ];
  // the model knows nothing of values that it cannot read
  const ofModel = withFaultsOfDefaults(meshFaults(model), entries, defaults).filter(
    ({ path }) => !refusals.some(each => isWithin(path, each.path)),
  );
  const ofOutput =
    refusals.length > 0
      ? []
      : layoutRefusals(
        typeof props.outdir === 'string' ? props.outdir : 'dist',
        props,
        model.clusters.map(({ name }) => name),
      );
  return { model, refusals: [...refusals, ...ofModel, ...ofOutput] };
}

function namespaceRefusals(namespace: unknown): Refusal[] {
  return typeof namespace !== 'string' || isDnsLabel(namespace)
    ? []
    : [
      refusal('namespace-invalid', {
        path: 'defaultNamespace',
        message: 'invalid namespace',
        got: formatValue(namespace),
        allowed: 'at most 63 lower-case letters, digits and dashes',
        fix: 'correct the name',
      }),
    ];
}

/** Helm values that no file can hold. */
function helmRefusals(path: string, settings: unknown): Refusal[] {
  const values = isMap(settings) ? settings.helmValues : undefined;
  return isMap(values) ? dataRefusals(`${path}.helmValues`, values) : [];
}

/** Settings without Helm values that no file can hold: some contain themselves. */
function withDataOnly(settings: unknown): unknown {
  return isMap(settings) && helmRefusals('', settings).length > 0 ? { ...settings, helmValues: undefined } : settings;
}

function isWithin(path: string, whole: string): boolean {
  return path.startsWith(whole) && /^($|[.[])/.test(path.slice(whole.length));
}
