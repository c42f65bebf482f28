import { POLICY_KINDS } from '../../../../cilium/policy-kinds';
import { Traits } from '../../../../cilium/traits';
import { readCidr } from '../cidrs';
import { FieldReader, isPresent, Refusal } from '../field-reader';
import { checkObject } from '../metadata';
import { CidrGroup } from '../policy-context';

/** A CIDR group, or why it is refused. */
export interface ParsedCidrGroup {
  readonly group?: CidrGroup;
  readonly refusals: readonly Refusal[];
}

/** Reads a CiliumCIDRGroup (pkg/k8s/apis/cilium.io/client/crds, v1.20.2). */
export function readCidrGroup(object: any, traits: Traits): ParsedCidrGroup {
  const reader = new FieldReader();
  const fields = reader.object(object, '', ['apiVersion', 'kind', 'metadata', 'spec']) ?? {};
  checkObject(reader, fields, POLICY_KINDS.CiliumCIDRGroup, traits);
  const spec = isPresent(fields.spec) ? reader.object(fields.spec, 'spec', ['externalCIDRs']) : reader.refuse('schema', 'spec', 'is required');
  const cidrs = reader.list(spec?.externalCIDRs, 'spec.externalCIDRs', (item, path) => {
    // what only Cilium cannot read it passes over
    const member = new FieldReader();
    readCidr(member, item, path, traits);
    member.refusals.filter(({ stage }) => stage === 'schema').forEach(each => reader.refusals.push(each));
    return typeof item === 'string' ? item : undefined;
  });
  if (spec && !isPresent(spec.externalCIDRs)) {
    reader.refuse('schema', 'spec.externalCIDRs', 'is required');
  }
  return reader.refusals.length > 0 ? { refusals: reader.refusals }
    : { group: { name: String(object.metadata?.name), labels: { ...object.metadata?.labels }, cidrs: cidrs ?? [] }, refusals: [] };
}
