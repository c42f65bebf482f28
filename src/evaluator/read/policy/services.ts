import { cidrSelectors } from './cidrs';
import { FieldReader, isPresent } from './field-reader';
import { peerSelector } from './peer-selectors';
import { PolicyContext, PolicyService } from './policy-context';
import { readServiceSelector } from './selectors';
import { Cidr } from '../../../cilium/cidr';
import { NAMESPACE_LABEL } from '../../../cilium/labels';
import { Traits } from '../../../cilium/traits';
import { LabelSelectorTerms, RawSelector, reservedSelector } from '../../engine/label-selector';
import { LabelSet } from '../../engine/label-set';
import { PeerSelector } from '../../engine/selector';

/** A reference of a rule to Services. */
export interface ServiceReference {
  /** The name; undefined for a reference by labels. */
  readonly name?: string;
  /** Undefined for all namespaces. */
  readonly namespace?: string;
  matches(service: PolicyService): boolean;
}

/**
 * Reads an item of `toServices`. Labels win over a name. Without a namespace it matches all namespaces
 * (pkg/policy/k8s/service.go, v1.20.2).
 */
export function readServiceReference(
  reader: FieldReader,
  value: unknown,
  path: string,
  traits: Traits,
): ServiceReference | undefined {
  const fields = reader.object(value, path, ['k8sService', 'k8sServiceSelector']);
  const named = isPresent(fields?.k8sService)
    ? reader.object(fields!.k8sService, `${path}.k8sService`, ['serviceName', 'namespace'])
    : undefined;
  const labelled = isPresent(fields?.k8sServiceSelector)
    ? reader.object(fields!.k8sServiceSelector, `${path}.k8sServiceSelector`, ['selector', 'namespace'])
    : undefined;
  const name = reader.text(named?.serviceName, `${path}.k8sService.serviceName`) ?? '';
  const namespace = reader.text(named?.namespace, `${path}.k8sService.namespace`) ?? '';
  const ofLabelled = reader.text(labelled?.namespace, `${path}.k8sServiceSelector.namespace`) ?? '';
  if (labelled) {
    if (!isPresent(labelled.selector)) {
      return reader.refuse('schema', `${path}.k8sServiceSelector.selector`, 'is required');
    }
    const selector = readServiceSelector(reader, labelled.selector, `${path}.k8sServiceSelector.selector`, traits);
    return (
      selector && {
        ...(ofLabelled === '' ? {} : { namespace: ofLabelled }),
        matches: service =>
          (ofLabelled === '' || ofLabelled === service.namespace) && meetsService(selector, service),
      }
    );
  }
  return (
    fields && {
      name,
      ...(namespace === '' ? {} : { namespace }),
      matches: service =>
        named !== undefined && (namespace === '' || namespace === service.namespace) && service.name === name,
    }
  );
}

/** Labels of Services have no source, so Cilium ignores the source of a key. */
function meetsService(raw: RawSelector, { labels }: PolicyService): boolean {
  const requirements = [
    ...Object.entries(raw.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
    ...(raw.matchExpressions ?? []),
  ];
  const set = new LabelSet(Object.entries(labels).map(([key, value]) => ({ source: 'k8s', key, value })));
  return requirements.every(({ key, operator, values }) => {
    const value = set.get('any', withoutSource(key));
    switch (operator) {
      case 'In':
        return value !== undefined && values?.includes(value) === true;
      case 'NotIn':
        return value === undefined || values?.includes(value) !== true;
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
    }
  });
}

function withoutSource(key: string): string {
  return key.startsWith('$') ? key.slice(1) : key.slice(key.indexOf(':') + 1);
}

/** The peers of a rule behind Services. */
export interface ServicePeers {
  /** The pods of Services with a selector. */
  readonly endpoints: readonly PeerSelector[];
  /** The addresses of the backends of other Services. */
  readonly cidrs: readonly PeerSelector[];
}

/**
 * The peers that Cilium derives from `toServices` before it reads the rule (pkg/policy/k8s/service.go, v1.20.2).
 *
 * - For a Service with a selector: its pods, then narrowed to the local cluster if that is the default. Up to 1.16
 *   Cilium ignores such Services (pkg/policy/k8s/service.go, v1.16.19).
 * - For other Services: the addresses of their backends.
 * - For Services that exist without a manifest, or may exist: no peer that manifests name.
 */
export function servicePeers(
  references: readonly ServiceReference[],
  namespace: string | undefined,
  matchesInit: boolean,
  { services, settings, hasNamespace }: PolicyContext,
): ServicePeers {
  const endpoints: PeerSelector[] = [];
  const cidrs: PeerSelector[] = [];
  const unwritten = references.flatMap(reference =>
    services.some(each => reference.matches(each)) ? [] : (unwrittenService(reference, hasNamespace) ?? []),
  );
  if (unwritten.some(({ service }) => service?.selector === undefined)) {
    cidrs.push(reservedSelector('none'));
  }
  for (const service of [...services, ...unwritten.flatMap(each => (each.kind === 'always' ? each.service : []))]) {
    for (const _ of references.filter(reference => reference.matches(service))) {
      if (service.selector === undefined || Object.keys(service.selector).length === 0) {
        cidrs.push(...service.addresses.flatMap(address => addressSelector(address, settings)));
      } else if (settings.traits.servicesWithSelector) {
        const terms = new LabelSelectorTerms().add(
          { matchLabels: { ...service.selector, [NAMESPACE_LABEL]: service.namespace } },
          'k8s:',
        );
        endpoints.push(peerSelector(terms.raw(), namespace, matchesInit, settings));
      }
    }
  }
  return { endpoints, cidrs };
}

/** A Service without a manifest: one that every cluster has, or one of a namespace that the manifests do not know. */
export type UnwrittenService =
  | { readonly kind: 'always'; readonly service: PolicyService }
  | { readonly kind: 'unknown'; readonly service?: undefined };

/** The Service that a reference may mean, though the manifests have none that matches. */
export function unwrittenService(
  reference: ServiceReference,
  hasNamespace: PolicyContext['hasNamespace'] = () => true,
): UnwrittenService | undefined {
  const service = reference.name === undefined ? undefined : ALWAYS_PRESENT.find(each => reference.matches(each));
  return service
    ? { kind: 'always', service }
    : reference.namespace !== undefined && !hasNamespace(reference.namespace)
      ? { kind: 'unknown' }
      : undefined;
}

/**
 * The Services that a cluster has without manifests. The API server makes `default/kubernetes`, whose addresses are its
 * own (pkg/controlplane of Kubernetes, v1.36.3); kubeadm and others install `kube-system/kube-dns`.
 */
const ALWAYS_PRESENT: readonly PolicyService[] = [
  {
    namespace: 'default',
    name: 'kubernetes',
    labels: { component: 'apiserver', provider: 'kubernetes' },
    addresses: [],
  },
  {
    namespace: 'kube-system',
    name: 'kube-dns',
    labels: { 'k8s-app': 'kube-dns' },
    selector: { 'k8s-app': 'kube-dns' },
    addresses: [],
  },
];

function addressSelector(address: string, settings: PolicyContext['settings']): PeerSelector[] {
  const text = `${address}/${address.includes(':') ? 128 : 32}`;
  const cidr = Cidr.masked(text);
  return cidr ? cidrSelectors(text, cidr, [], settings) : [];
}
