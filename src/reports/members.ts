import type { MemberJson } from './schemas/matrix';
import { workloadJson } from './workload-json';
import { Cidr } from '../cilium/cidr';
import { formatEndpoint } from '../evaluator/flows/endpoint';
import { FlowSpace } from '../evaluator/flows/flow-space';
import { addressesOfMesh } from '../evaluator/flows/mesh-addresses';
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

/** How many blocks a name lists as exceptions. */
const MOST_EXCEPTIONS = 4;

/**
 * The members as a row of text shows them: all addresses and names by `world`, blocks without the addresses of the
 * mesh itself, which are never outside of it.
 */
export function formatMembers(members: readonly Member[], { classes, mesh }: FlowSpace): string {
  const isWorld = classes.every(
    ({ blocks }, number) => !blocks || members.some(member => member.number === number && member.blocks === blocks),
  );
  const ofMesh = mesh.clusters.flatMap(addressesOfMesh);
  const isOfMesh = (block: Cidr) => ofMesh.some(({ cidr }) => cidr.first <= block.first && block.last <= cidr.last);
  const names = members.flatMap(member => {
    if (!member.blocks) {
      return [formatMember(member)];
    }
    return isWorld
      ? []
      : member.blocks.map(({ cidr, except }) => blockName(cidr, except.filter(block => !isOfMesh(block))));
  });
  return [...new Set([...(isWorld && members.length > 0 ? ['world'] : []), ...names])].join(', ');
}

function blockName({ text }: Cidr, except: readonly Cidr[]): string {
  const shown = except.slice(0, except.length > MOST_EXCEPTIONS ? MOST_EXCEPTIONS - 1 : MOST_EXCEPTIONS);
  const more = except.length > shown.length ? ` and ${except.length - shown.length} more` : '';
  return except.length === 0 ? text : `${text} except ${shown.map(each => each.text).join(', ')}${more}`;
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
