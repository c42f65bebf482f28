import { EvaluatedMesh, readMesh } from './read/mesh';
import { withPatch } from '../cilium/minor-version';
import { CiliumVersion } from '../cilium/version';
import { formatValue } from '../diagnostics/texts';
import { MeshInput } from '../manifests/input';
import { MeshSource, readMeshSource } from '../manifests/memory-input';
import { ReadingDiagnostic } from '../manifests/reading-diagnostic';

/** What every cluster is evaluated with, in place of what it says. */
export interface EvaluationOptions {
  /**
   * A version of Cilium for all clusters, such as `1.18.0`; 1.14 to 1.20 are modelled.
   * @default - the `ciliumVersion` of each cluster
   */
  readonly ciliumVersion?: string;
  /**
   * How many pods a workload has, by `cluster/namespace/name`.
   * @default - what the manifests say
   */
  readonly replicas?: ReadonlyMap<string, number>;
}

/** A mesh that was read, for the queries below. */
export interface Evaluation {
  readonly mesh: EvaluatedMesh;
  readonly input: MeshInput;
  /**
   * Why parts of the sources could not be read, in their order. Where there are any, those parts are missing in `mesh`,
   * and its verdicts are about the rest.
   */
  readonly problems: readonly ReadingDiagnostic[];
  /** The version in `EvaluationOptions`. */
  readonly version?: CiliumVersion;
}

/**
 * Reads a mesh. Throws a RangeError for an unknown `ciliumVersion`, and a TypeError for a source of another shape or
 * for objects that JSON cannot hold.
 */
export function evaluate(source: MeshSource, { ciliumVersion, replicas }: EvaluationOptions = {}): Evaluation {
  const version = ciliumVersion === undefined ? undefined : CiliumVersion.parse(withPatch(ciliumVersion));
  if (ciliumVersion !== undefined && !version?.traits.clusterMeshApiserver) {
    throw new RangeError(`ciliumVersion must be 1.14.0 to 1.20.2, got ${formatValue(ciliumVersion)}`);
  }
  const { input, problems } = readMeshSource(source);
  return { input, problems, mesh: readMesh(input, { version, replicas }), version };
}
