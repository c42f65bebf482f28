import { cidrFindings } from './cidrs';
import { FindingContext } from './context';
import { dnsFindings } from './dns';
import { Finding, sortedFindings } from './finding';
import { halfOpenFindings } from './half-open';
import { valuesFindings } from './helm-values';
import { localClusterFindings } from './local-cluster';
import { modelFindings } from './mesh-model';
import { namespaceFindings } from './namespaces';
import { objectFindings } from './objects';
import { oneClusterFindings } from './one-cluster';
import { policyFindings } from './policies';
import { ruleFindings } from './rules';
import { selectorFindings } from './selectors';
import { serviceAnnotationFindings } from './service-annotations';
import { partialServiceFindings } from './service-partial';
import { serviceFindings } from './services';
import { toServicesFindings } from './to-services';
import { CiliumVersion } from '../../cilium/version';
import { MeshInput } from '../../manifests/input';
import { EvaluatedMesh } from '../read/mesh';

const CHECKS = [
  modelFindings, valuesFindings, objectFindings,
  policyFindings, selectorFindings, ruleFindings, cidrFindings, dnsFindings, toServicesFindings,
  halfOpenFindings, localClusterFindings, oneClusterFindings, namespaceFindings,
  serviceAnnotationFindings, serviceFindings, partialServiceFindings,
];

/** Everything that is wrong or surprising in a mesh, in the order of files and lines; `version` is that of all clusters, if the mesh was read so. */
export function checkMesh(mesh: EvaluatedMesh, input: MeshInput, version?: CiliumVersion): Finding[] {
  const context = new FindingContext(mesh, input, version);
  return sortedFindings(CHECKS.flatMap(check => check(context)));
}
