import { EndpointPattern } from './endpoint-pattern';
import { matchesGlob } from './glob';
import { ReferenceProblem } from './reference-problem';
import { Cidr } from '../../cilium/cidr';
import { grouped } from '../../diagnostics/grouped';
import { AddressBlock } from '../flows/address-classes';
import { Endpoint, formatEndpoint } from '../flows/endpoint';
import { EndpointClass, formatMembers } from '../flows/endpoint-classes';
import { FlowSpace } from '../flows/flow-space';
import { EvaluatedMesh } from '../read/mesh';
import { compareWorkloads, Workload } from '../read/workload';

/** A workload, or endpoints of another kind that no policy can distinguish. */
export interface Member {
  /** The number of its class in the flow space. */
  readonly number: number;
  /** The workload, or one of the endpoints. */
  readonly endpoint: Endpoint;
  /** The addresses, as policies write their blocks. */
  readonly blocks?: readonly AddressBlock[];
  /** The names and patterns, as policies write them. */
  readonly names?: readonly string[];
}

/** The flow space of a mesh in which every pattern has classes, and the members that the patterns select. */
export function selectMembers(
  mesh: EvaluatedMesh,
  patterns: { readonly from: readonly EndpointPattern[]; readonly to: readonly EndpointPattern[] },
): { readonly space: FlowSpace; readonly from: readonly Member[]; readonly to: readonly Member[] } | ReferenceProblem {
  const all = [...patterns.from, ...patterns.to].flatMap(each => (each.kind === 'single' ? each.endpoints : []));
  // a source and a destination may be one endpoint
  const single = [...grouped(all, singleKey).values()];
  const [space] = FlowSpace.of([mesh], single.map(([endpoint]) => endpoint));
  const first = space.classes.length - single.length;
  const numbers = new Map(
    single.flatMap((equal, index) => equal.map((endpoint): [Endpoint, number] => [endpoint, first + index])),
  );
  const select = (some: readonly EndpointPattern[], asSources: boolean): Member[] =>
    unique(some.flatMap(pattern => membersOf(space, numbers, pattern, asSources)));
  const [from, to] = [select(patterns.from, true), select(patterns.to, false)];
  const empty = [...patterns.from, ...patterns.to].find(
    pattern => membersOf(space, numbers, pattern, false).length === 0,
  );
  return empty && empty.kind !== 'workloads' ? emptyPattern(empty) : { space, from, to };
}

/** Equal for equal endpoints. */
function singleKey(endpoint: Endpoint): string {
  return JSON.stringify([formatEndpoint(endpoint), 'placement' in endpoint ? endpoint.placement : undefined]);
}

/** Why a pattern selects nothing. */
export function emptyPattern(pattern: EndpointPattern): ReferenceProblem {
  switch (pattern.kind) {
    case 'block':
      return {
        problem: `world:${pattern.cidr.text} has no address outside of the mesh`,
        fix: 'name the workloads, entity:host@cluster or svc/namespace/name instead',
      };
    case 'names':
      return {
        problem: `fqdn:${pattern.glob} matches no name that a policy writes`,
        fix: 'write one name, for example fqdn:example.org',
      };
    default:
      return { problem: 'the mesh has no addresses outside of it', fix: 'enable IPv4 or IPv6 in the Helm values' };
  }
}

function membersOf(
  space: FlowSpace,
  numbers: ReadonlyMap<Endpoint, number>,
  pattern: EndpointPattern,
  asSources: boolean,
): Member[] {
  const classes = (select: (each: EndpointClass) => Partial<Member> | undefined): Member[] =>
    space.classes.flatMap(({ endpoint, ...each }, number) => {
      const selected = endpoint && select({ endpoint, ...each });
      return selected ? [{ number, endpoint, ...selected }] : [];
    });
  switch (pattern.kind) {
    case 'workloads':
      return pattern.workloads.map(workload => memberOf(space, workload));
    case 'single':
      return pattern.endpoints.map(endpoint => ({ number: numbers.get(endpoint)!, endpoint }));
    case 'world':
      // no rule tells sources apart by their names
      return classes(({ blocks, names }) => (blocks ? { blocks } : names && !asSources ? { names } : undefined));
    case 'block':
      return classes(({ blocks = [] }) => {
        const parts = blocks.flatMap(block => commonBlock(block, pattern.cidr) ?? []);
        const address = parts[0]?.borders[0][0];
        return address && { blocks: parts, endpoint: { kind: 'address', address, names: [] } };
      });
    case 'names':
      return classes(({ names = [] }) => {
        const selected = names.filter(name => matchesGlob(pattern.glob, name));
        return selected.length > 0 ? { names: selected } : undefined;
      });
  }
}

/** The workload as a member. */
export function memberOf(space: FlowSpace, workload: Workload): Member {
  return { number: space.index.classOf(workload), endpoint: { kind: 'workload', workload } };
}

/** What a block has of another one, named by the block that a policy names. */
function commonBlock(block: AddressBlock, cidr: Cidr): AddressBlock | undefined {
  if (block.cidr.family !== cidr.family) {
    return undefined;
  }
  const { first, last } = cidr;
  if (first <= block.cidr.first && block.cidr.last <= last) {
    return block;
  }
  const borders = block.borders.flatMap(([low, high]): AddressBlock['borders'] => {
    const [start, end] = [low.first > first ? low.first : first, high.last < last ? high.last : last];
    return start <= end ? [[Cidr.ofAddress(cidr.family, start), Cidr.ofAddress(cidr.family, end)]] : [];
  });
  const except = block.except.filter(each => first <= each.first && each.last <= last);
  return borders.length === 0 ? undefined : { cidr, except, borders };
}

/** Without members that two patterns select; workloads first and sorted, then the others in the order of classes. */
function unique(members: readonly Member[]): Member[] {
  const byKey = new Map(members.map(member => [keyOf(member), member]));
  return [...byKey.values()].sort((one, other) => {
    const [first, second] = [one.endpoint, other.endpoint];
    return first.kind === 'workload' && second.kind === 'workload'
      ? compareWorkloads(first.workload, second.workload)
      : first.kind === 'workload'
        ? -1
        : second.kind === 'workload'
          ? 1
          : one.number - other.number;
  });
}

/** Equal for equal members. */
export function keyOf({ number, endpoint, blocks, names }: Member): Workload | string {
  return endpoint.kind === 'workload'
    ? endpoint.workload
    : JSON.stringify([number, blocks?.map(each => each.cidr.text), names]);
}

/** The member as output shows it. */
export function formatMember({ endpoint, blocks, names }: Member): string {
  return formatMembers({ endpoint, blocks, names, workloads: [] }).join(', ');
}
