import { FieldReader, isPresent } from './field-reader';
import { PolicyContext } from './policy-context';
import { LabelSelectorTerms } from '../../engine/label-selector';
import { PeerSelector } from '../../engine/selector';

/**
 * Selects groups of a cloud. Only the cloud knows their members: Cilium's operator asks it, and writes the addresses
 * into CiliumCIDRGroups.
 *
 * Up to 1.19 the operator writes derived policies instead, and the agents ignore this one (RequiresDerivative,
 * pkg/policy/k8s/cilium_network_policy.go, v1.19.3).
 */
export function readCloudGroup(
  reader: FieldReader,
  value: unknown,
  path: string,
  { settings: { traits } }: PolicyContext,
): PeerSelector | undefined {
  const fields = reader.object(value, path, ['aws']);
  const aws = isPresent(fields?.aws)
    ? reader.object(fields!.aws, `${path}.aws`, ['labels', 'securityGroupsIds', 'securityGroupsNames', 'region'])
    : undefined;
  reader.text(aws?.region, `${path}.aws.region`);
  for (const list of ['securityGroupsIds', 'securityGroupsNames']) {
    reader.list(aws?.[list], `${path}.aws.${list}`, (item, here) => reader.text(item, here));
  }
  if (isPresent(aws?.labels)) {
    for (const [key, text] of Object.entries(
      reader.object(aws!.labels, `${path}.aws.labels`, Object.keys(aws!.labels as object)) ?? {},
    )) {
      reader.text(text, `${path}.aws.labels[${JSON.stringify(key)}]`);
    }
  }
  if (traits.groupPoliciesDerived) {
    reader.refuseUnread(
      path,
      'the agents ignore this policy: the operator writes another one with the addresses of the cloud groups',
    );
  } else {
    reader.refuse(
      'unmodelled',
      path,
      'the manifests do not hold the addresses of cloud groups, so the rule selects no addresses here',
    );
  }
  return (
    fields &&
    new LabelSelectorTerms().addMatch(`cidrgroup:extgrp.cilium.io/${JSON.stringify(fields.aws ?? {})}`, '').selector()
  );
}
