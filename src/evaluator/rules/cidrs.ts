import { FindingContext } from './context';
import { Finding, found } from './finding';
import { list, rawRules } from './raw-rules';
import { Cidr } from '../../cilium/cidr';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';

/** CIDRs that select nobody: those of the mesh itself, and groups that are not there. */
export function cidrFindings(context: FindingContext): Finding[] {
  const blocks = blocksOf(context);
  return context.mesh.clusters.flatMap(cluster => cluster.policies.flatMap(policy => [
    ...writtenCidrs(policy).flatMap(({ text, path }) => inMesh(cluster, policy, text, path, blocks)),
    ...missingGroups(cluster, policy),
  ]));
}

interface Block {
  readonly cluster: string;
  readonly use: 'pod' | 'Service';
  readonly cidr: Cidr;
}

/** The addresses of the mesh, as mesh.yaml says. */
function blocksOf({ input }: FindingContext): Block[] {
  return input.clusters.flatMap(({ name, settings }) => ([['pod', settings.podCIDRs], ['Service', settings.serviceCIDRs]] as const)
    .flatMap(([use, texts]) => (texts ?? []).flatMap(text => {
      const cidr = Cidr.masked(String(text));
      return cidr ? [{ cluster: name, use, cidr }] : [];
    })));
}

function writtenCidrs(policy: EvaluatedPolicy): Array<{ text: unknown; path: string }> {
  return rawRules(policy).flatMap(({ rule, path }) => [
    ...['fromCIDR', 'toCIDR'].flatMap(field => list(rule?.[field]).map((text, index) => ({ text, path: `${path}.${field}[${index}]` }))),
    ...['fromCIDRSet', 'toCIDRSet'].flatMap(field => list(rule?.[field]).map((each, index) => ({ text: each?.cidr, path: `${path}.${field}[${index}]` }))),
    ...['from', 'to'].flatMap(field => list(rule?.[field]).map((each, index) => ({ text: each?.ipBlock?.cidr, path: `${path}.${field}[${index}].ipBlock` }))),
  ]);
}

function inMesh(cluster: EvaluatedCluster, policy: EvaluatedPolicy, text: unknown, path: string, blocks: readonly Block[]): Finding[] {
  const cidr = typeof text === 'string' ? Cidr.masked(text) : undefined;
  const block = cidr && blocks.find(each => each.cidr.covers(cidr));
  if (!block) {
    return [];
  }
  const where = `${String(text)} lies in the ${block.use} CIDR ${block.cidr.text} of ${block.cluster}`;
  return [block.use === 'pod'
    ? found('cidr-of-pods', cluster.name, policy.manifest, path, `${where}, but CIDRs never select pods: the rule matches none of them`, 'select the pods by their labels')
    : found('cidr-of-services', cluster.name, policy.manifest, path, `${where}, but policies see the pods behind a Service, never its own address: the rule matches nothing`,
      'select the pods behind the Service by their labels')];
}

function missingGroups(cluster: EvaluatedCluster, policy: EvaluatedPolicy): Finding[] {
  const known: string[] = cluster.cidrGroups.map(({ name }) => name);
  return rawRules(policy).flatMap(({ rule, path }) => ['fromCIDRSet', 'toCIDRSet'].flatMap(field => list(rule?.[field]).flatMap((each, index) => {
    const name = each?.cidrGroupRef;
    return typeof name !== 'string' || known.includes(name) ? [] : [found('cidr-group-missing', cluster.name, policy.manifest, `${path}.${field}[${index}]`,
      `${cluster.name} has no CiliumCIDRGroup ${name}${didYouMean(name, known)}: the rule selects nobody`,
      known.length > 0 ? `write one of ${known.join(', ')}, or add the group to the manifests of the cluster` : 'add the group to the manifests of the cluster')];
  })));
}
