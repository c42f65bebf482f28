import { DefaultDenyPolicyProps, DenyDirection, DnsAccess } from './default-deny-props';
import { MAX_SPECS } from './default-deny-spec';
import { selectorRefusals } from './selector';
import { isDnsLabel } from '../../cilium/kubernetes-names';
import { checkNamespace, checkObjectName } from '../kubernetes/names';
import { PropertyRefusals } from '../property-refusals';

/** Refuses properties without effect or with too much of it; `specs` is the number of selectors of the policy. */
export function checkDefaultDeny(
  name: string,
  props: DefaultDenyPolicyProps,
  specs: number,
  refusals: PropertyRefusals,
): void {
  checkObjectName(name, 'name', refusals);
  checkNamespace(props.namespace, refusals);
  if (props.clusterwide && props.namespace !== undefined) {
    refusals.add(
      'namespace-twice',
      'namespace',
      'a clusterwide policy has no namespace',
      props.namespace,
      'namespace or clusterwide',
      'remove one of the two',
    );
  }
  if (!props.clusterwide && props.exceptNamespaces) {
    refusals.add(
      'except-namespaces',
      'exceptNamespaces',
      'has no effect without clusterwide: true',
      props.exceptNamespaces,
      'clusterwide: true with exceptNamespaces',
      'remove exceptNamespaces',
    );
  }
  if (props.direction === DenyDirection.INGRESS && props.dns !== undefined && props.dns !== DnsAccess.NONE) {
    refusals.add(
      'dns-without-egress',
      'dns',
      'has no effect, because the policy does not deny egress',
      props.dns,
      'direction EGRESS or BOTH with dns',
      'remove dns',
    );
  }
  const access = props.dns ?? DnsAccess.UDP_AND_TCP;
  if (props.direction === DenyDirection.INGRESS || access === DnsAccess.NONE) {
    for (const property of ['dnsLabels', 'dnsNamespace', 'dnsClusterLabel'] as const) {
      if (props[property] !== undefined) {
        refusals.add(
          'dns-without-egress',
          property,
          'has no effect, because the policy has no rule for DNS',
          props[property],
          'direction EGRESS or BOTH, and dns UDP or UDP_AND_TCP',
          `remove ${property}`,
        );
      }
    }
  }
  if (props.dnsNamespace !== undefined && props.dnsNamespace !== null && !isDnsLabel(props.dnsNamespace)) {
    refusals.add(
      'namespace-invalid',
      'dnsNamespace',
      'invalid namespace',
      props.dnsNamespace,
      'at most 63 lower-case letters, digits and dashes',
      'correct the name',
    );
  }
  (props.exceptNamespaces ?? []).forEach((namespace, index) => {
    if (!isDnsLabel(namespace)) {
      refusals.add(
        'namespace-invalid',
        `exceptNamespaces[${index}]`,
        'invalid namespace, so the policy would deny flows of all namespaces',
        namespace,
        'at most 63 lower-case letters, digits and dashes',
        'correct the name',
      );
    }
  });
  for (const property of ['exceptNamespaces', 'exceptions'] as const) {
    if (props[property]?.length === 0) {
      refusals.add(
        'list-empty',
        property,
        'an empty list of exceptions means nothing',
        [],
        property === 'exceptions' ? 'at least one selector' : 'at least one namespace',
        property === 'exceptions'
          ? 'remove exceptions'
          : 'name the namespaces; a second policy in kube-system denies its flows too',
      );
    }
  }
  refusals.include(
    selectorRefusals({ labels: props.dnsLabels }).map(each => ({
      ...each,
      path: refusals.pathOf('dnsLabels'),
    })),
  );
  if (props.dnsLabels && Object.keys(props.dnsLabels).length === 0) {
    refusals.add(
      'selector-missing',
      'dnsLabels',
      'without labels all pods of the namespace are meant',
      {},
      'at least one label',
      'name the labels',
    );
  }
  if (specs === 0) {
    refusals.add(
      'exceptions-all',
      'exceptions',
      'the exceptions leave no pods whose flows would be denied',
      props.exceptions?.map(each => each._terms),
      'exceptions that leave some of the pods',
      'correct the exceptions or the selector, or remove the policy',
    );
  }
  if (specs > MAX_SPECS) {
    refusals.add(
      'exceptions-too-many',
      'exceptions',
      'the exceptions need too many selectors, one for each combination of labels that they leave',
      specs,
      `at most ${MAX_SPECS} selectors`,
      'set one label on all pods that the policy leaves alone, and except that label',
    );
  }
}
