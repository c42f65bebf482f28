import { outsideId, workloadIds } from './endpoints';
import { Sides } from './sides';
import { EndpointClass, isPods } from '../../src/evaluator/flows/endpoint-classes';
import { isAllowed } from '../../src/evaluator/flows/flow';
import { diffSpaces, ExampleSide, MeshDiff } from '../../src/evaluator/queries/diff/diff';
import { formatWorkload, Workload } from '../../src/evaluator/read/workload';
import { bySeverity, severityOf } from '../../src/reports/change-severity';
import { reasonText } from '../../src/reports/decision-reason';
import { classesOf, flowChangeJson } from '../../src/reports/diff';
import { serviceChangeJson, serviceReasons } from '../../src/reports/diff-service';
import { formatEndpoints } from '../../src/reports/endpoint-names';
import { formatRanges } from '../../src/reports/port-ranges';
import { CommandText, Diff, Protocol, Side } from '../protocol';

/** How many changes an answer has if the question does not say. */
const MOST_CHANGES = 500;

/** What changes from one side to another: new ways from and to outside of the mesh first. */
export function diffAnswer(sides: Sides, { from, to, most = MOST_CHANGES }: Protocol['diff']['ask']): Diff {
  const diff = diffSpaces(sides.space(from), sides.space(to));
  const all = diff.endpoints.map(({ endpoints }) => endpoints);
  const ids = workloadIds(sides.names.map(name => sides.at(name)));
  const ranked = bySeverity(diff.flows);
  const count = (kinds: readonly string[]) => diff.flows.filter(({ change }) => kinds.includes(change)).length;
  return {
    flows: ranked.slice(0, most).map(change => ({
      ...flowChangeJson(change),
      text: {
        sources: formatEndpoints(classesOf(change.sources), all, diff.meshAddresses),
        destinations: formatEndpoints(classesOf(change.destinations), all, diff.meshAddresses),
        ports: formatRanges(change.ranges),
        before: unruledText(change.example.before),
        after: unruledText(change.example.after),
      },
      from: [...new Set(classesOf(change.sources).flatMap(each => idsOf(each, ids)))],
      to: [...new Set(classesOf(change.destinations).flatMap(each => idsOf(each, ids)))],
      severity: severityOf(change),
    })),
    left: Math.max(0, ranked.length - most),
    services: diff.services.map(change => ({ ...serviceChangeJson(change), why: serviceReasons(change) })),
    ...workloadsOf(diff),
    unknown: diff.unknown,
    counts: {
      gained: count(['gained']),
      lost: count(['lost']),
      otherwise: count(['possibly-gained', 'widened', 'changed', 'narrowed', 'possibly-lost']),
    },
    command: diffCommand(sides, from, to),
  };
}

/** What decides a flow on one side, where no rule does: of the end that denies it, else of both. */
function unruledText(side: ExampleSide | undefined): string {
  if (!side) {
    return 'does not exist';
  }
  const { decision, reasons } = side;
  const directions = (['egress', 'ingress'] as const).filter(direction => decision[direction].verdict !== 'outside');
  const denying = directions.filter(direction => !isAllowed(decision[direction].verdict));
  return (denying.length > 0 ? denying : directions)
    .map(direction => {
      const reason = reasons[direction];
      return `${direction} ${decision[direction].verdict}${reason ? `: ${reasonText(reason, direction)}` : ''}`;
    })
    .join('; ');
}

/** The command that prints the same. No command names what is supposed. */
function diffCommand({ page, isSupposing }: Sides, from: Side, to: Side): CommandText {
  const { old, new: current } = page.arguments;
  if (from === 'old' && !(to === 'supposed' && isSupposing)) {
    if (old === undefined) {
      // the mesh names what runs as its base
      return { line: `cilium-mesh diff ${current}`.trim() };
    }
    const [one, other] = [old, current].map(words => /^--mesh ([^\s']+|'[^']*')$/.exec(words)?.[1]);
    if (one !== undefined && other !== undefined) {
      return { line: `cilium-mesh diff ${one} ${other}` };
    }
  }
  return { line: 'cilium-mesh diff OLD NEW' };
}

function workloadsOf({ addedWorkloads, removedWorkloads, renamedWorkloads }: MeshDiff) {
  return {
    addedWorkloads: addedWorkloads.map(formatWorkload),
    removedWorkloads: removedWorkloads.map(formatWorkload),
    renamedWorkloads: renamedWorkloads.map(({ before, after }) => ({
      before: formatWorkload(before),
      after: formatWorkload(after),
    })),
  };
}

function idsOf(each: EndpointClass, ids: ReadonlyMap<Workload, string>): string[] {
  return isPods(each) ? (each.placed ?? each.workloads).map(workload => ids.get(workload)!) : [outsideId(each)];
}
