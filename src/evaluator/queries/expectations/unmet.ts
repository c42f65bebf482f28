import { Claim, ClaimedPorts, claimsOf } from './claims';
import { backendDifference, differenceOf } from './difference';
import { ExpectedEndpoint, ExpectedEndpoints } from './endpoints';
import { ExpectationProblem, Expectations, ExpectedFlow } from './expectations';
import { DifferentFlow, FlowComparison, UnclaimedFlow } from './flow-comparison';
import { withPlaces } from './place-texts';
import { ALL_PORTS } from './schema';
import { isEveryService, isService, servicePatterns } from './service-pattern';
import { ServiceVerdicts } from './service-verdicts';
import { ImpliedClaim, serviceExpectations, ServiceOutcome } from './services';
import { unusedDefault, unusedEntry } from './unused';
import { isProblem } from '../../../diagnostics/problem';
import { compareRanges, formatRange } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';

/** How many findings one entry has at most; the rest is counted. */
const MOST_FINDINGS = 100;

/** The expectations that do not hold, and those without effect, in the order of the file; the default is last. */
export function unmetExpectations(mesh: EvaluatedMesh, expectations: Expectations): ExpectationProblem[] {
  const { flows } = expectations;
  const { patterns, blocks } = servicePatterns(mesh, flows.flatMap(({ to }) => to));
  const endpoints = new ExpectedEndpoints(
    mesh,
    [...flows.flatMap(({ from, to }) => [...from, ...to.filter(text => !isService(text))]), ...patterns],
    flows.flatMap(({ ports }) => (ports === undefined || ports === ALL_PORTS ? [] : ports.map(each => each.protocol))),
    blocks,
  );
  const ports = new ClaimedPorts(mesh, endpoints);
  const verdicts = new ServiceVerdicts(endpoints.space);
  const faults = new Map<ExpectedFlow, readonly ExpectationProblem[]>();
  const groups: Array<readonly Claim[] | readonly ImpliedClaim[]> = [];
  const services = new Map<string, ServiceOutcome>();
  for (const entry of flows) {
    const own = claimsOf(endpoints, entry);
    if (isProblem(own)) {
      faults.set(entry, [{ code: 'expectation-unused', path: entry.path, message: own.problem, fix: own.fix }]);
      continue;
    }
    groups.push(own.claims);
    const named = entry.to
      .filter(isService)
      .map(text => serviceExpectations(mesh, endpoints, entry, own.sources, text, verdicts));
    for (const service of named) {
      groups.push(service.implied);
      service.outcomes.forEach(outcome => services.set(outcome.name, outcome));
    }
    faults.set(entry, [...portProblems(entry, own.claims, ports), ...named.flatMap(({ problems }) => problems)]);
  }
  const claims = groups.flatMap(group => group.map(claim => withoutReplaced(claim, services)));
  const comparison = new FlowComparison(endpoints, ports, claims, expectations.default);
  const outcomes = [...services.values()];
  const different = withPlaces(endpoints, comparison.unmet, ({ entry, flow, difference }) =>
    JSON.stringify([entry.path, flow, difference]),
  );
  const unmet = groupByEntry([...different.map(unmetFlow), ...outcomes.flatMap(unmetService)]);
  const used = new Set([
    ...comparison.used,
    ...outcomes.map(({ entry }) => entry),
    // it is about services to come
    ...flows.filter(({ to }) => to.some(isEveryService)),
  ]);
  return [
    ...flows.flatMap(entry => [
      ...faults.get(entry)!,
      ...findingsOf(entry, unmet.get(entry) ?? []),
      ...(used.has(entry) || faults.get(entry)!.length > 0 ? [] : [unusedEntry(entry, claims)]),
    ]),
    ...(expectations.default === undefined
      ? []
      : [...unusedDefault(endpoints, ports, claims), ...defaultFindings(expectations.default, endpoints, comparison)]),
  ];
}

/** A claim without the sources for which a later entry about the same service counts. */
function withoutReplaced(claim: Claim | ImpliedClaim, services: ReadonlyMap<string, ServiceOutcome>): Claim {
  return 'outcomes' in claim
    ? {
      ...claim,
      from: claim.from.filter((_, index) => services.get(claim.outcomes[index])?.entry === claim.entry),
    }
    : claim;
}

/** The destinations of an entry without ports that declare none. */
function portProblems(entry: ExpectedFlow, claims: readonly Claim[], ports: ClaimedPorts): ExpectationProblem[] {
  const destinations = entry.ports === undefined ? new Set(claims.flatMap(({ to }) => to)) : [];
  return [...destinations]
    .filter(each => ports.ofDestination(each).length === 0)
    .map(({ name }) => ({
      code: 'expectation-unused',
      path: entry.path,
      message: `${name} declares no port`,
      fix: 'add ports to the entry',
    }));
}

/** What is not as an entry expects. */
interface Unmet {
  readonly entry: ExpectedFlow;
  readonly source: ExpectedEndpoint;
  readonly destination?: ExpectedEndpoint;
  readonly message: string;
}

function unmetFlow(different: DifferentFlow & { readonly places: string }): Unmet {
  const { entry, source, destination, flow, places, difference } = different;
  const message = `${source.name} -> ${destination.name} ${flow}${places}: ${difference}`;
  return { entry, source, destination, message };
}

function unmetService({ entry, source, name, text = name, verdict, backends }: ServiceOutcome): Unmet[] {
  const difference = backends
    ? backendDifference(entry, backends)
    : verdict === undefined
      ? undefined
      : differenceOf(entry, { verdict });
  return difference === undefined ? [] : [{ entry, source, message: `${text}: ${difference}` }];
}

function groupByEntry(unmet: readonly Unmet[]): Map<ExpectedFlow, Unmet[]> {
  const groups = new Map<ExpectedFlow, Unmet[]>();
  for (const each of unmet) {
    const known = groups.get(each.entry);
    if (known) {
      known.push(each);
    } else {
      groups.set(each.entry, [each]);
    }
  }
  return groups;
}

function findingsOf(entry: ExpectedFlow, unmet: readonly Unmet[]): ExpectationProblem[] {
  const place = (each: ExpectedEndpoint | undefined) => each?.place ?? -1;
  const sorted = [...unmet].sort(
    (one, other) =>
      place(one.source) - place(other.source) || place(one.destination) - place(other.destination),
  );
  const fix = entry.backends
    ? 'correct the Services or the entry; cilium-mesh backends shows where connections go'
    : entry.verdict === 'allowed'
      ? 'cilium-mesh explain shows the rules, and the smallest addition'
      : 'cilium-mesh explain shows the rules';
  return limited(
    sorted.map(({ message }) => message),
    entry.path,
  ).map(message => ({ code: 'expectation-unmet', path: entry.path, message, fix }));
}

/** Keeps the findings of one entry readable. */
function limited(messages: readonly string[], path: string): readonly string[] {
  const more = messages.length - MOST_FINDINGS;
  return more <= 0
    ? messages
    : [
      ...messages.slice(0, MOST_FINDINGS),
      `${more} more ${more === 1 ? 'flow is' : 'flows are'} not as ${path} expects`,
    ];
}

/** The findings of the flows that only the default is about. */
function defaultFindings(
  verdict: string,
  endpoints: ExpectedEndpoints,
  { unclaimed }: FlowComparison,
): ExpectationProblem[] {
  const flows = withPlaces(endpoints, unclaimed, each => JSON.stringify([formatRange(each.range), each.verdict]));
  const messages = flows.sort(compareUnclaimed).map(
    ({ source, destination, range, verdict: got, places }) =>
      `${source.name} -> ${destination.name} ${formatRange(range)}${places} is ${got}, and no entry is about it: ` +
      `the default is ${verdict}`,
  );
  return limited(messages, 'default').map(message => ({
    code: 'expectation-unmet',
    path: 'default',
    message,
    fix: 'add an entry, or correct the policies; cilium-mesh explain shows the rules',
  }));
}

function compareUnclaimed(one: UnclaimedFlow, other: UnclaimedFlow): number {
  return (
    one.source.place - other.source.place ||
    one.destination.place - other.destination.place ||
    compareRanges(one.range, other.range)
  );
}
