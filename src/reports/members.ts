import type { MemberJson } from './schemas/matrix';
import { workloadJson } from './workload-json';
import { formatEndpoint } from '../evaluator/flows/endpoint';
import { formatMember, Member } from '../evaluator/queries/members';

/** A member in JSON: a workload, addresses or names as policies write them, or a reference. */
export function memberJson({ endpoint, blocks, names }: Member): MemberJson {
  return endpoint.kind === 'workload'
    ? workloadJson(endpoint.workload)
    : blocks
      ? {
        addresses: blocks.map(({ cidr, except }) => ({
          cidr: cidr.text,
          ...(except.length === 0 ? {} : { except: except.map(({ text }) => text) }),
        })),
      }
      : names
        ? { names: [...names] }
        : {
          reference: formatEndpoint(endpoint),
          ...(endpoint.kind === 'node' ? { placement: endpoint.placement } : {}),
        };
}

/** A member in a row: the fields of a workload, or one text. */
export function memberRecord(member: Member): object {
  return member.endpoint.kind === 'workload'
    ? workloadJson(member.endpoint.workload)
    : { reference: formatMember(member) };
}

/** The columns of a member in a field of a row. */
export function memberColumns(field: string): string[] {
  return ['cluster', 'namespace', 'kind', 'name', 'reference'].map(each => `${field}.${each}`);
}
