import { acrossClustersFindings } from './across-clusters';
import { FindingContext } from './context';
import { compareFindings, Finding } from './finding';
import { meshFindings } from './mesh';
import { policyFindings } from './policies';
import { selectorFindings } from './selectors';
import { serviceFindings } from './services';
import { MeshInput } from '../../manifests/input';
import { CiliumVersion } from '../../model/cilium-version';
import { EvaluatedMesh } from '../mesh/mesh';

/** Everything that is wrong or surprising in a mesh, in the order of files and lines. */
export function checkMesh(mesh: EvaluatedMesh, input: MeshInput, version?: CiliumVersion): Finding[] {
  const context = new FindingContext(mesh, input, version);
  return [
    ...meshFindings(context),
    ...policyFindings(context),
    ...selectorFindings(context),
    ...acrossClustersFindings(context),
    ...serviceFindings(context),
  ].sort(compareFindings);
}
