import { outsideId, workloadIds } from './endpoints';
import { Sides } from './sides';
import { EndpointClass, isPods } from '../../src/evaluator/flows/endpoint-classes';
import { diffSpaces, MeshDiff } from '../../src/evaluator/queries/diff/diff';
import { formatWorkload, Workload } from '../../src/evaluator/read/workload';
import { bySeverity, severityOf } from '../../src/reports/change-severity';
import { classesOf, flowChangeJson, serviceChangeJson } from '../../src/reports/diff';
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
      },
      from: [...new Set(classesOf(change.sources).flatMap(each => idsOf(each, ids)))],
      to: [...new Set(classesOf(change.destinations).flatMap(each => idsOf(each, ids)))],
      severity: severityOf(change),
    })),
    left: Math.max(0, ranked.length - most),
    services: diff.services.map(serviceChangeJson),
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
