import { isDnsLabel, isDnsSubdomain } from '../../cilium/kubernetes-names';
import { formatValue } from '../../diagnostics/texts';
import { Refusal, refusal } from '../refusal';

/**
 * API groups whose names are all DNS subdomains. Others have names such as `system:node` (rbac.authorization.k8s.io,
 * pkg/apis/rbac/validation/validation.go, Kubernetes v1.34). The evaluator reads those of cilium.io.
 */
const SUBDOMAINS = ['', 'apps', 'autoscaling', 'batch', 'networking.k8s.io', 'policy'];

/**
 * Refuses an object that no API server takes: one without a name, or with one that is no segment of a path
 * (apimachinery, pkg/api/validation/path/name.go), and one in an invalid namespace. `path` is its construct.
 */
export function nameRefusals(path: string, { apiVersion, metadata }: any): Refusal[] {
  const { name, namespace } = metadata ?? {};
  const group = typeof apiVersion === 'string' && apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const isSubdomain = SUBDOMAINS.includes(group);
  const isName = isSubdomain ? isDnsSubdomain(name) : isPathSegment(name);
  return [
    ...(isName
      ? []
      : [
        refusal('object-name-invalid', {
          path,
          message: 'the API server refuses the name of the object',
          got: formatValue(name),
          allowed: isSubdomain
            ? 'lower-case letters, digits, dashes and dots, with a letter or digit at both ends'
            : 'text without / and %',
          fix: 'correct metadata.name',
        }),
      ]),
    // the API server takes an empty namespace for a missing one
    ...(namespace === undefined || namespace === null || namespace === '' || isDnsLabel(namespace)
      ? []
      : [
        refusal('namespace-invalid', {
          path,
          message: 'no namespace can have this name, so the API server refuses the object',
          got: formatValue(namespace),
          allowed: 'at most 63 lower-case letters, digits and dashes',
          fix: 'correct metadata.namespace',
        }),
      ]),
  ];
}

function isPathSegment(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !/[/%]/.test(name);
}
