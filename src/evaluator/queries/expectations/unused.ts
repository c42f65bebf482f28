import { Claim, ClaimedPorts } from './claims';
import { ExpectedEndpoints } from './endpoints';
import { ExpectationProblem, ExpectedFlow } from './expectations';
import { ALL_PORTS } from './schema';
import { isService } from './service-pattern';

/** An entry that decides no flow: policies decide none of its flows, or later entries are about all of them. */
export function unusedEntry(entry: ExpectedFlow, claims: readonly Claim[]): ExpectationProblem {
  const own = claims.filter(claim => claim.entry === entry);
  const topics = new Set(own.map(({ topic }) => topic));
  const [from, to] = (['from', 'to'] as const).map(side => new Set(own.flatMap(claim => claim[side])));
  const later = claims
    .slice(claims.lastIndexOf(own.at(-1)!) + 1)
    .filter(
      claim =>
        topics.has(claim.topic) && claim.from.some(each => from.has(each)) && claim.to.some(each => to.has(each)),
    );
  const paths = [...new Set(later.map(claim => claim.entry.path))];
  const isReplaced = paths.length > 0 || entry.to.some(isService);
  const about =
    paths.length === 1 ? `${paths[0]} is` : paths.length > 1 ? `${paths.join(', ')} are` : 'later entries are';
  return {
    code: 'expectation-unused',
    path: entry.path,
    message: isReplaced
      ? `${entry.path} has no effect: ${about} about all of its flows, and the last entry counts`
      : `${entry.path} has no effect: no policy of the mesh decides a flow from ${entry.from.join(', ')} to ` +
        entry.to.join(', '),
    fix: isReplaced
      ? 'move it behind the entries that are more general, or remove it'
      : 'name other endpoints, or remove it',
  };
}

/** A default that no flow can fall under. */
export function unusedDefault(
  { all }: ExpectedEndpoints,
  ports: ClaimedPorts,
  claims: readonly Claim[],
): ExpectationProblem[] {
  const workloads = new Set(all.flatMap(({ endpoint }) => (endpoint.kind === 'workload' ? [endpoint.workload] : [])));
  if (all.every(each => each.endpoint.kind !== 'workload' || ports.ofDestination(each).length === 0)) {
    return [unused('no workload declares a port', 'add the ports of containers to the manifests, or remove default')];
  }
  const general = claims.find(claim => isAboutEverything(claim, workloads.size));
  return general
    ? [unused(`${general.entry.path} is about every flow between workloads`, 'remove default, or narrow the entry')]
    : [];
}

function unused(reason: string, fix: string): ExpectationProblem {
  return { code: 'expectation-unused', path: 'default', message: `default has no effect: ${reason}`, fix };
}

/** Whether patterns of a claim select all workloads at both ends; references leave out those to come. */
function isAboutEverything({ entry, from, to, ports, withinCluster, compared, topic }: Claim, count: number): boolean {
  const isAll = (side: Claim['from'], texts: readonly string[]) =>
    side.filter(({ endpoint }) => endpoint.kind === 'workload').length === count && texts.some(isPattern);
  return (
    compared &&
    !withinCluster &&
    entry.placement === undefined &&
    topic === 'verdict' &&
    (ports === undefined || ports === ALL_PORTS) &&
    isAll(from, entry.from) &&
    isAll(to, entry.to)
  );
}

function isPattern(text: string): boolean {
  return /[*=!]|^@|^label:/.test(text);
}
