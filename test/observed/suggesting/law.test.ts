/**
 * Laws of suggestions on random meshes. Flows that the mesh lets pass are recorded, some of them, and after the
 * suggestion is applied:
 *
 * 1. Everything that was seen is allowed, also each request, unless the suggestion names it with the reason.
 * 2. Nothing else is allowed among the chosen workloads and with the outside, on any port, unless the mesh allows it by
 *    rules of its own, or the suggestion names it: pods that the same labels select, addresses with the same DNS name.
 *    Of a flow whose requests were all recorded no other request is, if that was asked for.
 * 3. Nothing changes for pods that were not chosen, but what was seen.
 * 4. Its own output adds nothing, and the order of the records does not matter.
 */
import * as fc from 'fast-check';
import { nameOf as answeredName, passingFlows, pickedFlows, Plan, plan, PORTS, record, scopeOf } from './random-suggestion';
import { Cidr } from '../../../src/cilium/cidr';
import { Endpoint, formatEndpoint } from '../../../src/evaluator/flows/endpoint';
import { decideFlow, FlowPort, formatPort } from '../../../src/evaluator/flows/flow';
import { holdsFlow } from '../../../src/evaluator/flows/port-range';
import { decideFlowRequest, Request } from '../../../src/evaluator/flows/request';
import { EvaluatedMesh, withPolicies } from '../../../src/evaluator/read/mesh';
import { Workload } from '../../../src/evaluator/read/workload';
import { isAssumed } from '../../../src/observed/flows/assumed-dns';
import { Ends } from '../../../src/observed/flows/ends';
import { Recording } from '../../../src/observed/flows/recording';
import { requestOf } from '../../../src/observed/judging/replay';
import { unwrap } from '../../../src/observed/reading/envelopes';
import { enforcing } from '../../../src/observed/suggesting/held';
import { podSelections } from '../../../src/observed/suggesting/pod-selection';
import { SuggestedPolicy } from '../../../src/observed/suggesting/policies';
import { suggest, Suggestion } from '../../../src/observed/suggesting/suggestion';
import { meshCase } from '../../../test-support/meshes/generator';
import { FlowToRecord, recordFlow } from '../../../test-support/recorded-flows';
import { meshOfCase } from '../../evaluator/case-mesh';

const SEED = 20261129;

/** An end of a flow: each of its addresses, with the name that an answer of DNS to its client gave. */
function addressed(
  end: Endpoint,
  addresses: readonly string[],
  recorded: readonly FlowToRecord[],
  client: Endpoint,
): Endpoint[] {
  return end.kind !== 'address'
    ? [end]
    : addresses.map(text => {
      const address = Cidr.masked(`${text}/${text.includes(':') ? 128 : 32}`)!;
      const isAnswered = recorded.some(
        ({ source, destination, answered }) =>
          answered !== undefined &&
          destination.kind === 'address' &&
          destination.address.text === address.text &&
          isSame(source, client),
      );
      const own: Endpoint = { ...end, address };
      return end.names.length === 0 && isAnswered ? { ...own, names: [answeredName(own)] } : own;
    });
}

/** The same address, or one with a name in common. */
function isAddressedAlike(one: Endpoint, other: Endpoint): boolean {
  return (
    one.kind === 'address' &&
    other.kind === 'address' &&
    (one.address.text === other.address.text || one.names.some(name => other.names.includes(name)))
  );
}

const OTHER_REQUEST: Request = {
  kind: 'http',
  http: { method: 'GET', path: '/never', host: 'shop.example', headers: {} },
};

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.kind === 'workload' && other.kind === 'workload' && nameOf(one.workload) === nameOf(other.workload);
}

function isExactly(verdict: string): boolean {
  return ['allowed', 'redirected', 'unenforced', 'outside'].includes(verdict);
}

function applied(mesh: EvaluatedMesh, policies: readonly SuggestedPolicy[]): EvaluatedMesh {
  const byCluster = new Map<string, object[]>();
  policies.forEach(({ cluster, object }) => byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), object]));
  return withPolicies(mesh, byCluster);
}

const nameOf = (workload: Workload) => `${workload.cluster}/${workload.namespace}/${workload.name}`;

function check(
  mesh: EvaluatedMesh,
  all: Iterable<Endpoint>,
  how: Plan,
): { readonly suggestion: Suggestion; readonly requestsLimited: number } {
  const endpoints = [...all];
  const passing = passingFlows(mesh, endpoints);
  const recorded = pickedFlows(passing, how);
  const flows = record(mesh, recorded, how.shuffle);
  const scope = scopeOf(mesh, how);
  const suggestion = suggest(mesh, flows, scope);
  // the suggestion's own idea of the mesh does not count
  const before = enforcing(mesh);
  const after = applied(before, suggestion.policies);
  const denying = applied(
    before,
    suggestion.policies.filter(({ of }) => !('flows' in of)),
  );
  const chosen = new Set(suggestion.chosen);
  const left = new Set(suggestion.left.map(({ flow }) => flow));
  const seen = new Set<string>();
  for (const flow of suggestion.seen) {
    const [source, destination] = [flow.source, flow.destination].map(({ matches: [match] }) =>
      'endpoint' in match ? match.endpoint : undefined,
    );
    const { protocol, port } = flow;
    if (source?.kind === 'workload' && destination?.kind === 'workload') {
      seen.add(`${nameOf(source.workload)} ${nameOf(destination.workload)} ${protocol}/${port}`);
    }
    if (source && destination && !left.has(flow)) {
      for (const from of addressed(source, [...flow.addresses.source], recorded, source)) {
        for (const to of addressed(destination, [...flow.addresses.destination], recorded, source)) {
          const decision = decideFlow(after, from, to, { protocol, port });
          // of a DNS server that the mesh lacks, policies are not known
          const isKnown = to.kind !== 'workload' || !isAssumed(to.workload);
          expect(isKnown ? decision.verdict === 'allowed' : isExactly(decision.egress.verdict)).toBe(true);
          for (const [request, { records, denied: dropped }] of flow.requests) {
            const asked = records > dropped ? requestOf(request) : undefined;
            expect(asked && decideFlowRequest(decision, asked)).not.toBe('denied');
          }
        }
      }
    }
  }
  const selections = podSelections(mesh);
  const opened = new Map(
    suggestion.opened.map(({ source, destination, ranges }) => [`${nameOf(source)} ${nameOf(destination)}`, ranges]),
  );
  const isSelectedWith = (end: Endpoint, workload: Workload) =>
    end.kind === 'workload' && (selections.get(workload)?.workloads ?? []).includes(end.workload);
  let requestsLimited = 0;
  const asked = askedPorts();
  const pods = mesh.workloads.filter(({ hostNetwork }) => !hostNetwork);
  for (const source of pods) {
    for (const destination of pods) {
      for (const port of asked) {
        const ends = [source, destination].map((workload): Endpoint => ({ kind: 'workload', workload }));
        const [was, denied, is] = [before, denying, after].map(each => decideFlow(each, ends[0], ends[1], port));
        const text = `${nameOf(source)} ${nameOf(destination)} ${port.protocol}/${port.port}`;
        const isNew = is.verdict === 'allowed' && denied.verdict !== 'allowed';
        if (isNew && !seen.has(text) && chosen.has(source) && chosen.has(destination)) {
          const ranges = opened.get(`${nameOf(source)} ${nameOf(destination)}`) ?? [];
          expect({ text, named: ranges.some(range => holdsFlow(range, port)) }).toEqual({ text, named: true });
          // the reason: pods of the same selections were seen
          const alike = [...seen].some(each => {
            const [from, to, on] = each.split(' ');
            const isAlike = (name: string, workload: Workload) =>
              (selections.get(workload)?.workloads ?? []).some(
                other => other.cluster === workload.cluster && nameOf(other) === name,
              );
            return on === `${port.protocol}/${port.port}` && isAlike(from, source) && isAlike(to, destination);
          });
          expect({ text, alike }).toEqual({ text, alike: true });
        }
        const group = recorded.filter(
          flow =>
            formatPort(flow.port) === formatPort(port) &&
            isSelectedWith(flow.source, source) &&
            isSelectedWith(flow.destination, destination),
        );
        const isWhole = group.length > 0 && group.every(({ proxy }) => proxy && proxy.requests.length > 0);
        const hasProxies = [source, destination].every(
          ({ cluster }) => mesh.cluster(cluster)!.settings.policy.l7Proxy,
        );
        const passedAll = ['allowed', 'unenforced'].includes(denied.ingress.verdict);
        if (isNew && how.http && isWhole && hasProxies && !passedAll && chosen.has(destination)) {
          requestsLimited++;
          expect({ text, other: decideFlowRequest(is, OTHER_REQUEST) }).toEqual({ text, other: 'denied' });
        }
        if (!chosen.has(source) && !chosen.has(destination)) {
          expect({ text, verdict: is.verdict }).toEqual({ text, verdict: was.verdict });
        }
        for (const direction of ['egress', 'ingress'] as const) {
          const self = direction === 'egress' ? source : destination;
          if (!chosen.has(self) && isExactly(was[direction].verdict)) {
            const allowed = isExactly(is[direction].verdict);
            expect({ text, direction, allowed }).toEqual({ text, direction, allowed: true });
          }
        }
      }
    }
  }
  for (const workload of pods.filter(each => chosen.has(each))) {
    for (const address of [...endpoints].filter(({ kind }) => kind === 'address')) {
      for (const port of PORTS) {
        for (const isSource of [true, false]) {
          const [from, to]: Endpoint[] = isSource
            ? [{ kind: 'workload', workload }, address]
            : [address, { kind: 'workload', workload }];
          const [denied, is] = [denying, after].map(each => decideFlow(each, from, to, port).verdict);
          const alike = recorded.some(
            flow =>
              formatPort(flow.port) === formatPort(port) &&
              isSelectedWith(isSource ? flow.source : flow.destination, workload) &&
              isAddressedAlike(isSource ? flow.destination : flow.source, address),
          );
          if (is === 'allowed' && denied !== 'allowed' && !alike) {
            throw new Error(`opened: ${formatEndpoint(from)} -> ${formatEndpoint(to)} ${formatPort(port)}`);
          }
        }
      }
    }
  }
  // its own output adds nothing
  const next = applied(mesh, suggestion.policies);
  const again = suggest(next, flowsIn(next, mesh, recorded, how), scope);
  expect(again.policies.map(({ object }) => object.metadata.name)).toEqual([]);
  const other = suggest(mesh, record(mesh, [...recorded].reverse(), how.shuffle + 3), scope);
  expect(other.policies.map(({ cluster, object }) => ({ cluster, object }))).toEqual(
    suggestion.policies.map(({ cluster, object }) => ({ cluster, object })),
  );
  return { suggestion, requestsLimited };
}

/** The same recording, its ends found in another mesh. */
function flowsIn(other: EvaluatedMesh, mesh: EvaluatedMesh, flows: readonly FlowToRecord[], how: Plan) {
  const recording = new Recording(new Ends([other]));
  flows
    .flatMap((flow, index) => recordFlow(mesh, flow, index + how.shuffle))
    .forEach(each => unwrap(each, item => recording.add(item)));
  return recording.finish();
}

/** The recorded ports, those beside them, and the first and last ones. */
function askedPorts(): FlowPort[] {
  const beside = PORTS.flatMap(({ protocol, port }) =>
    [port - 1, port, port + 1].map(each => ({ protocol, port: each })),
  );
  const others: FlowPort[] = [
    { protocol: 'TCP', port: 1 },
    { protocol: 'TCP', port: 65535 },
    { protocol: 'UDP', port: 80 },
    { protocol: 'SCTP', port: 80 },
  ];
  return [...new Map([...beside, ...others].map(each => [formatPort(each), each])).values()];
}

test.each([15, 16, 18, 20])('random meshes of 1.%i', minor => {
  const total = { statements: 0, requests: 0, names: 0, portNames: 0 };
  fc.assert(
    fc.property(meshCase(minor), plan, (question, how) => {
      const { mesh, endpoints } = meshOfCase(question, minor);
      const { suggestion, requestsLimited } = check(mesh, endpoints.values(), how);
      const { statements } = suggestion;
      total.statements += statements.length;
      total.requests += requestsLimited;
      total.names += statements.filter(each => each.destinations.some(({ peer }) => peer.kind === 'fqdn')).length;
      total.portNames += statements.filter(({ ports }) => ports.some(({ name }) => name !== undefined)).length;
    }),
    { seed: SEED + minor, numRuns: 25 },
  );
  expect(total.statements).toBeGreaterThan(5);
  expect(total.requests).toBeGreaterThan(0);
  expect(total.names).toBeGreaterThan(0);
  expect(total.portNames > 0).toBe(minor >= 20);
});
