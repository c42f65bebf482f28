import { CLUSTER_LABEL } from '../../../cilium/labels';
import { PolicyEntry } from '../../engine/entry';
import { PeerSelector } from '../../engine/selector';
import { BitSet } from '../../flows/bit-set';
import { FlowPort } from '../../flows/flow';
import { EvaluatedCluster, EvaluatedPolicy } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Reported, Rule } from '../rule';
import { listNames } from '../shared/names';
import { portsOfRule } from '../shared/rule-ports';

export const localClusterDefault: Rule<'local-cluster-default'> = {
  codes: {
    'local-cluster-default': {
      severity: 'warning',
      title: 'Verdicts depend on the default cluster of a selector',
      documentation:
        'Up to Cilium 1.18 a selector that names no cluster selects pods of every cluster. ' +
        "Since 1.19 it selects pods of the policy's own cluster only (`clustermesh.policyDefaultLocalCluster`). " +
        'Verdicts of this rule change with that setting.',
      fix: `Name the clusters in the selector with \`${CLUSTER_LABEL}\`.`,
    },
  },
  check(context, report) {
    if (context.mesh.clusters.length > 1) {
      dependingRules(context).forEach(finding => report('local-cluster-default', finding));
    }
  },
};

/** Rules that allow or deny other flows with `policy-default-local-cluster` inverted. */
function dependingRules(context: RuleContext): Reported[] {
  return context.policies.flatMap(({ cluster, policy }) => {
    const changing = new Map<string, { entry: PolicyEntry; peers: BitSet }>();
    for (const entry of policy.entries.filter(({ node }) => !node)) {
      const peers = changingPeers(context, cluster, entry);
      if (peers && !peers.isEmpty) {
        const { path } = entry.origin;
        changing.set(path, { entry, peers: changing.get(path)?.peers.or(peers) ?? peers });
      }
    }
    return [...changing.values()].map(({ entry, peers }) => dependingRule(context, cluster, policy, entry, peers));
  });
}

/** The classes that an entry selects only with one of the defaults; undefined if no selector depends on it. */
function differingPeers(
  context: RuleContext,
  cluster: EvaluatedCluster,
  { direction, peers }: PolicyEntry,
): BitSet | undefined {
  const selectors = peers === 'none' ? [] : peers;
  const others = selectors.map(each => (each.kind === 'labels' ? (each.withOtherDefault?.() ?? each) : each));
  if (others.every((other, which) => other === selectors[which])) {
    return undefined;
  }
  const selected = (all: readonly PeerSelector[]) =>
    all.reduce(
      (union, selector) => union.or(context.peersOf(cluster, direction).selecting(selector)),
      new BitSet(context.index.size),
    );
  const [mine, theirs] = [selected(selectors), selected(others)];
  return mine.copy().andNot(theirs).or(theirs.andNot(mine));
}

/** The classes whose flows with the subjects of a rule change with the default; undefined if none can. */
function changingPeers(context: RuleContext, cluster: EvaluatedCluster, entry: PolicyEntry): BitSet | undefined {
  const differing = differingPeers(context, cluster, entry);
  if (!differing || differing.isEmpty) {
    return undefined;
  }
  const changing = new BitSet(context.index.size);
  const portsFor = portsOfRule(context, entry);
  context.subjectsOf(cluster, entry).forEach(subject => {
    const changes = (port: FlowPort, peer: number) =>
      context.on(port).row(subject, entry.direction).verdict(peer) !==
      context.withOtherDefaultOn(port).row(subject, entry.direction).verdict(peer);
    differing
      .copy()
      .andNot(changing)
      .forEach(peer => {
        if (
          portsFor(entry.direction === 'egress' ? peer : subject).some(ports => ports.some(port => changes(port, peer)))
        ) {
          changing.add(peer);
        }
      });
  });
  return changing;
}

function dependingRule(
  context: RuleContext,
  cluster: EvaluatedCluster,
  policy: EvaluatedPolicy,
  entry: PolicyEntry,
  peers: BitSet,
): Reported {
  const names = listNames(context.namesOf(peers.toArray()));
  const subjects = context.subjectsOf(cluster, entry);
  const flows = `connections ${entry.direction === 'ingress' ? 'from' : 'to'} ${names}`;
  const verb = entry.verdict === 'deny' ? 'denies' : 'allows';
  const clusters = [
    ...new Set([cluster.name, ...peers.toArray().map(number => context.index.classes[number].cluster)]),
  ];
  return {
    at: inManifest(cluster.name, policy.manifest, entry.origin.path),
    namespaces: context.namespacesOf([...subjects.toArray(), ...peers.toArray()]),
    message: cluster.settings.policy.defaultLocalCluster
      ? `since Cilium 1.19 a selector without a cluster matches only pods of ${cluster.name}, so this rule no longer ` +
        `${verb} ${flows}`
      : `a selector without a cluster matches pods of every cluster here, so this rule ${verb} ${flows}. ` +
        `With the default of Cilium 1.19 it matches only pods of ${cluster.name}`,
    fix:
      `name the clusters in matchExpressions: {key: ${CLUSTER_LABEL}, operator: In, values: ` +
      `[${clusters.join(', ')}]}, ` +
      `or only [${cluster.name}]`,
  };
}
