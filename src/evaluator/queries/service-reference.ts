import { nearestText } from './nearest-text';
import { ReferenceProblem } from './reference-problem';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { formatValue, shorten } from '../../diagnostics/texts';
import { EvaluatedMesh } from '../read/mesh';
import { formatService, ServiceName, serviceNames } from '../services/service-name';

/**
 * Finds a service by `name`, `namespace/name`, either with the prefix `svc/`, or by its DNS name:
 * `name.namespace.svc.cluster.local`, or `name.namespace.svc.clusterset.local` for one of the Multi-Cluster Services
 * API. A problem quotes the whole reference that the name comes from.
 */
export function findService(
  mesh: EvaluatedMesh,
  text: string,
  reference: string = text,
): ServiceName | ReferenceProblem {
  const all = serviceNames(mesh);
  const dns = /^([^./]+)\.([^./]+)(?:\.svc(\.cluster\.local|\.clusterset\.local)?)?$/.exec(text);
  const [name, namespace = 'default'] = dns
    ? [dns[1], dns[2]]
    : text
      .replace(/^svc\//, '')
      .split('/')
      .reverse();
  const service = all.find(
    each => each.name === name && each.namespace === namespace && each.clusterset === (dns?.[3] === '.clusterset.local'),
  );
  if (service) {
    return service;
  }
  const references = all.map(each => (each.clusterset ? formatService(each) : `${each.namespace}/${each.name}`));
  const suggestion = didYouMean(`${namespace}/${name}`, references);
  return {
    problem:
      `${formatValue(reference)}: unknown service ${shorten(name)} in namespace ${shorten(namespace)}` + suggestion,
    fix:
      references.length > 0
        ? nearestText('services', `${namespace}/${name}`, references)
        : 'add a Service to the manifests: they have none',
  };
}
