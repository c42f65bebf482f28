import { Direction, PolicyEntry } from '../../engine/entry';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';

export const policyConflict: Rule<'policy-conflict'> = {
  codes: {
    'policy-conflict': {
      severity: 'error',
      title: 'Rules on one port contradict each other',
      documentation:
        'Rules about the same pods, peers and port cannot be merged, for example HTTP rules and Kafka ' +
        'rules, or two modes of authentication. ' +
        'Cilium cannot compute the policy of these pods: new pods do not start, and running pods keep their old ' +
        'policy.',
      fix: 'Use one kind of layer 7 rules and one authentication mode for a peer and port.',
    },
  },
  check(context, report) {
    for (const cluster of context.mesh.clusters.filter(({ settings }) => settings.policy.enforcement !== 'never')) {
      for (const { direction, reason, classes, entries } of conflictsOf(context, cluster)) {
        const entry =
          entries.find(each => each.ports.some(port => port.l7) || each.authentication !== undefined) ?? entries[0];
        const manifest = entry && cluster.manifestOf(entry.origin);
        if (manifest) {
          report('policy-conflict', {
            at: inManifest(cluster.name, manifest, entry.origin.path),
            message:
              `rules on ${direction} of ${listNames(context.namesOf(classes))} contradict each other: ` +
              `${reason}. ` +
              'Cilium cannot compute the policy, so new pods do not start, and running pods keep their old policy',
            fix: 'use one kind of layer 7 rules and one authentication mode for each peer and port',
          });
        }
      }
    }
  },
};

interface Conflict {
  readonly direction: Direction;
  readonly reason: string;
  readonly classes: number[];
  readonly entries: readonly PolicyEntry[];
}

/** The conflicts of a cluster, with the classes of pods that have them. */
function conflictsOf(context: RuleContext, cluster: EvaluatedCluster): Iterable<Conflict> {
  const conflicts = new Map<string, Conflict>();
  context.ownClasses(cluster).forEach(number => {
    for (const direction of ['ingress', 'egress'] as const) {
      const reason = context.mergedRulesOf(cluster, direction, number).conflict;
      if (reason !== undefined) {
        const { entries } = context.rulesOf(cluster, direction, number);
        const known = conflicts.get(`${direction} ${reason}`) ?? { direction, reason, classes: [], entries };
        conflicts.set(`${direction} ${reason}`, known);
        known.classes.push(number);
      }
    }
  });
  return conflicts.values();
}
