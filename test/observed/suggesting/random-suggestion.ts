/** Random recordings of what random meshes let pass, and random choices of workloads. */
import * as fc from 'fast-check';
import { Endpoint } from '../../../src/evaluator/flows/endpoint';
import { decideFlow, FlowPort } from '../../../src/evaluator/flows/flow';
import { EvaluatedMesh } from '../../../src/evaluator/read/mesh';
import { Ends } from '../../../src/observed/flows/ends';
import { Recording } from '../../../src/observed/flows/recording';
import { unwrap } from '../../../src/observed/reading/envelopes';
import { SuggestionScope } from '../../../src/observed/suggesting/suggestion';
import { FlowToRecord, recordFlow } from '../../../test-support/recorded-flows';

export const PORTS: readonly FlowPort[] = [
  { protocol: 'TCP', port: 80 },
  { protocol: 'TCP', port: 81 },
  { protocol: 'TCP', port: 82 },
  { protocol: 'TCP', port: 8080 },
  { protocol: 'UDP', port: 53 },
  { protocol: 'ICMP', port: 8 },
];

export interface Plan {
  /** Which of the flows are recorded. */
  readonly picks: readonly number[];
  /** Which workloads are chosen: of namespaces, or single ones. */
  readonly chosen: number;
  readonly byWorkload: boolean;
  readonly http: boolean;
  readonly shuffle: number;
}

export const plan: fc.Arbitrary<Plan> = fc.record({
  picks: fc.array(fc.nat(), { maxLength: 25 }),
  chosen: fc.nat(7),
  byWorkload: fc.boolean(),
  http: fc.boolean(),
  shuffle: fc.nat(1000),
});

const REQUESTS = [
  { method: 'GET', url: 'http://shop.example/v1/carts/17?secret=1' },
  { method: 'GET', url: '/v1/carts/4bf92f3577b34da6a3ce929d0e0e4736' },
  { method: 'POST', url: 'http://shop.example/v1/a.b(c)' },
  { method: 'PUT', url: '/' },
];

/** The picked flows: some of TCP pass a proxy, and some addresses have a name by an answer of DNS. */
export function pickedFlows(passing: readonly FlowToRecord[], { picks }: Plan): FlowToRecord[] {
  return picks
    .filter(() => passing.length > 0)
    .map(pick => {
      const flow = passing[pick % passing.length];
      const { source, destination, port } = flow;
      const ends = (['egress', 'ingress'] as const).filter(
        at => (at === 'egress' ? source : destination).kind === 'workload',
      );
      return {
        ...flow,
        ...(port.protocol === 'TCP' && source.kind === 'workload' && pick % 3 !== 0
          ? {
            proxy: {
              at: ends[pick % ends.length],
              requests: REQUESTS.filter((_, index) => pick % (index + 2) === 0),
            },
          }
          : {}),
        ...(source.kind === 'workload' && destination.kind === 'address' && destination.names.length === 0 && pick % 2
          ? { answered: nameOf(destination) }
          : {}),
      };
    });
}

/** The name that answers of DNS gave for an address, some the same for several. */
export function nameOf({ address }: Extract<Endpoint, { kind: 'address' }>): string {
  return `n${address.text.length % 3}.example`;
}

/** The flows that the mesh lets pass between pods whose identities differ, and with the outside. */
export function passingFlows(mesh: EvaluatedMesh, endpoints: Iterable<Endpoint>): FlowToRecord[] {
  const ends = [...endpoints].filter(
    end => (end.kind === 'workload' && !end.workload.hostNetwork) || end.kind === 'address',
  );
  return ends.flatMap(source =>
    ends.flatMap(destination =>
      source.kind !== 'workload' && destination.kind !== 'workload'
        ? []
        : PORTS.filter(port => decideFlow(mesh, source, destination, port).verdict === 'allowed').map(port => ({
          source,
          destination,
          port,
        })),
    ),
  );
}

export function record(mesh: EvaluatedMesh, flows: readonly FlowToRecord[], shuffle: number) {
  const recording = new Recording(new Ends([mesh]));
  const records = flows.flatMap((flow, index) => recordFlow(mesh, flow, index));
  const turned = records.map((_, index) => records[(index * 7 + shuffle) % records.length]);
  (records.length % 7 === 0 ? records : turned).forEach(each => unwrap(each, item => recording.add(item)));
  return recording.finish();
}

export function scopeOf(mesh: EvaluatedMesh, { chosen, byWorkload, http }: Plan): SuggestionScope {
  const pods = mesh.workloads.filter(({ hostNetwork }) => !hostNetwork);
  const places = [...new Set(pods.map(({ namespace, cluster }) => `${namespace}/${cluster}`))].sort();
  return {
    byWorkload,
    audited: false,
    http,
    chosen: byWorkload
      ? // eslint-disable-next-line no-bitwise -- a set of a few workloads
      pods.filter((_, index) => (chosen + 1) & (1 << index % 3))
      : // eslint-disable-next-line no-bitwise
      pods.filter(({ namespace, cluster }) => (chosen + 1) & (1 << places.indexOf(`${namespace}/${cluster}`) % 3)),
  };
}
