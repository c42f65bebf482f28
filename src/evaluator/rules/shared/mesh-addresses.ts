import { listNames } from './names';
import { Cidr } from '../../../cilium/cidr';
import { addressesOfMesh, AddressUse } from '../../flows/mesh-addresses';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleSyntax } from '../../read/policy/syntax';
import { PolicyOf, RuleContext } from '../context';
import { inManifest, Place } from '../rule';

/** CIDRs of one rule that are about one block of addresses of the mesh. */
export interface CidrOfMesh {
  readonly at: Place;
  readonly use: AddressUse;
  readonly owner: EvaluatedCluster;
  readonly rule: RuleSyntax;
  /** Whether the CIDRs lie in the block. Others cover the block, and more. */
  readonly isInside: boolean;
  /** `10.2.0.0/24 lies in the pod CIDR 10.2.0.0/16 of lyon`. */
  readonly problem: string;
}

/** Addresses of the mesh. */
interface Block {
  readonly use: AddressUse;
  readonly cidrs: readonly Cidr[];
  /** `the pod CIDR 10.2.0.0/16 of lyon`. */
  readonly name: string;
  /** `lies in the pod CIDR 10.2.0.0/16 of lyon`, of one CIDR or of several. */
  readonly contains: readonly [one: string, several: string];
}

/** A CIDR of a rule, also one of a group. */
interface WrittenCidr {
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
  readonly path: string;
  /** `10.2.0.0/24`, or `10.2.0.0/24 of group pods`. */
  readonly name: string;
}

/** The CIDRs of rules that lie in or cover the addresses of pods, Services and nodes, as far as these are known. */
export function cidrsOfMesh(context: RuleContext): readonly CidrOfMesh[] {
  const known = KNOWN.get(context) ?? findCidrs(context);
  KNOWN.set(context, known);
  return known;
}

/** Several rules of `check` ask for them. */
const KNOWN = new WeakMap<RuleContext, readonly CidrOfMesh[]>();

function findCidrs(context: RuleContext): CidrOfMesh[] {
  const blocks = context.mesh.clusters.flatMap(blocksOf);
  const found: CidrOfMesh[] = [];
  for (const each of blocks.length === 0 ? [] : context.policies) {
    for (const rule of context.syntaxOf(each.policy).rules) {
      if (rule.cidrs.length > 0 || rule.cidrGroups.length > 0) {
        found.push(...ofRule(each, rule, blocks));
      }
    }
  }
  return found;
}

function ofRule({ cluster, policy }: PolicyOf, rule: RuleSyntax, blocks: readonly Block[]): CidrOfMesh[] {
  const cidrs = writtenCidrs(cluster, rule);
  const used = new Set<WrittenCidr>();
  const shared = { owner: cluster, rule };
  const inside = blocks.flatMap((block): CidrOfMesh[] => {
    const within = cidrs.filter(
      each => !used.has(each) && block.cidrs.some(addresses => addresses.covers(each.cidr)),
    );
    within.forEach(each => used.add(each));
    return within.length === 0
      ? []
      : [
        {
          ...shared,
          at: inManifest(cluster.name, policy.manifest, within[0].path),
          use: block.use,
          isInside: true,
          problem: `${listNames(within.map(({ name }) => name))} ${block.contains[within.length > 1 ? 1 : 0]}`,
        },
      ];
  });
  const covering = cidrs.flatMap((each): CidrOfMesh[] => {
    const { cidr, except, path, name } = each;
    // /0 means everything outside of the mesh, as the entity world does
    const covered =
      used.has(each) || cidr.prefix === 0
        ? []
        : blocks.filter(
          ({ use, cidrs: [block] }) => use === 'pod' && cidr.covers(block) && !block.isCoveredBy(except),
        );
    return covered.length === 0
      ? []
      : [
        {
          ...shared,
          at: inManifest(cluster.name, policy.manifest, path),
          use: 'pod',
          isInside: false,
          problem: `${name} covers ${listNames(covered.map(block => block.name))}`,
        },
      ];
  });
  return [...inside, ...covering];
}

function blocksOf(cluster: EvaluatedCluster): Block[] {
  const named = addressesOfMesh(cluster).map(({ use, cidr, cluster: owner }): Block => {
    const name = `the ${use} CIDR ${cidr.text} of ${owner}`;
    return { use, cidrs: [cidr], name, contains: [`lies in ${name}`, `lie in ${name}`] };
  });
  const ofNodes: Block = {
    use: 'node',
    cidrs: cluster.nodes.flatMap(({ addresses }) => addresses),
    name: `the nodes of ${cluster.name}`,
    contains: [`is the address of a node of ${cluster.name}`, `are addresses of nodes of ${cluster.name}`],
  };
  return [...named, ofNodes];
}

function writtenCidrs({ cidrGroups }: EvaluatedCluster, { cidrs, cidrGroups: names }: RuleSyntax): WrittenCidr[] {
  const written = [
    ...cidrs.map(each => ({ ...each, name: each.text })),
    ...names.flatMap(({ text: group, path }) =>
      cidrGroups
        .filter(({ name }) => name === group)
        .flatMap(each => each.cidrs)
        .map(text => ({ text, path, except: [], name: `${text} of group ${group}` })),
    ),
  ];
  return written.flatMap(({ text, except, path, name }) => {
    const cidr = Cidr.masked(text);
    return cidr ? [{ cidr, path, name, except: except.flatMap(each => Cidr.masked(each) ?? []) }] : [];
  });
}
