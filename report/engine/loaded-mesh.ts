import { CiliumVersion } from '../../src/cilium/version';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { MeshInput } from '../../src/manifests/input';

/** One mesh of a report. */
export interface LoadedMesh {
  readonly input: MeshInput;
  readonly mesh: EvaluatedMesh;
  /** The version that all clusters are evaluated with instead of their own. */
  readonly version?: CiliumVersion;
}
