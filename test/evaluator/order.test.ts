/**
 * The law of the order: no state between the steps of a change denies a flow that is allowed both before and after it,
 * or allows one that is denied both before and after, but those that the order names. Every state of each chosen order
 * is asked one flow at a time, at both ends of every range of ports, with each end of every block of addresses.
 */
import * as fc from 'fast-check';
import { meshOfCase } from './case-mesh';
import { membersOf, requestsKey } from './space-members';
import { BitSet } from '../../src/evaluator/flows/bit-set';
import { Endpoint, formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { decideFlow, FlowPort } from '../../src/evaluator/flows/flow';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import { PortRange, rangesBetween } from '../../src/evaluator/flows/port-range';
import { MeshChange, orderChanges, StateBreak } from '../../src/evaluator/queries/order/change-order';
import { ChangeStates, ObjectChange } from '../../src/evaluator/queries/order/change-states';
import { BREAK_KINDS } from '../../src/evaluator/queries/order/range-breaks';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { Manifest } from '../../src/manifests/manifest';
import { Case } from '../../test-support/judge';
import { meshCase } from '../../test-support/meshes/generator';

const SEED = 20261129;

const keyOf = ({ object: { apiVersion, kind, metadata } }: Manifest) =>
  `${apiVersion.split('/')[0]} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** What happens to an object: its number chooses. */
function changed(manifest: Manifest, all: readonly Manifest[], which: number): Pick<ObjectChange, 'before' | 'after'> {
  const { object } = manifest;
  const { kind, metadata } = object;
  const to = (more: object): Manifest => ({ ...manifest, object: { ...object, ...more } });
  const isPod = kind === 'Pod';
  switch (isPod || kind === 'Namespace' ? which % 12 : which % 6) {
    case 0:
      return kind === 'Namespace' ? { before: manifest, after: manifest } : { after: manifest };
    case 1:
      return kind === 'Namespace' ? { before: manifest, after: manifest } : { before: manifest };
    case 2: {
      if (isPod || kind === 'Namespace') {
        const isFifth = which % 5 === 0;
        const labels = isPod ? { app: isFifth ? 'db' : 'web', tier: '2' } : { team: isFifth ? 'a' : 'b' };
        const after = to({ metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } });
        return { before: manifest, after };
      }
      const others = all.filter(each => each.object.kind === kind && each !== manifest);
      const { spec, specs } = others[which % Math.max(others.length, 1)]?.object ?? object;
      return { before: manifest, after: to({ spec, specs }) };
    }
    default:
      return { before: manifest, after: manifest };
  }
}

const CHANGING = ['Pod', 'Namespace', 'CiliumCIDRGroup', 'Service'];

/** A change of a random mesh: policies, pods, labels of namespaces, CIDR groups and Services come, go and change. */
function changeOf(question: Case, minor: number, numbers: readonly number[], kinds: readonly string[]): MeshChange {
  const { input } = meshOfCase(question, minor);
  let index = 0;
  const changes: ObjectChange[] = [];
  const clusters = input.clusters.map(cluster => {
    const unique = [...new Map(cluster.manifests.map(each => [keyOf(each), each])).values()];
    const constant: Manifest[] = [];
    for (const manifest of unique) {
      const { kind, metadata } = manifest.object;
      const number = numbers[index % numbers.length] + index;
      if (kind.endsWith('Policy') && number % 6 >= 3) {
        index++;
        const object = { ...manifest.object, metadata: { ...metadata, name: `${metadata.name}-2` } };
        changes.push({ cluster: cluster.name, before: manifest });
        changes.push({ cluster: cluster.name, after: { ...manifest, object } });
        continue;
      }
      const isChanging = kind.endsWith('Policy') || kinds.includes(kind);
      const { before, after } = isChanging
        ? changed(manifest, unique, numbers[index++ % numbers.length] + index - 1)
        : { before: manifest, after: manifest };
      if (before === after) {
        constant.push(manifest);
      } else {
        changes.push({ cluster: cluster.name, before, after });
      }
    }
    const settings = { ...cluster.settings, ciliumVersion: `1.${minor}.0` };
    return { ...cluster, settings, manifests: constant };
  });
  return { input: { ...input, clusters }, changes };
}

function meshWith({ input, changes }: MeshChange, done: ReadonlySet<ObjectChange>): EvaluatedMesh {
  return readMesh({
    ...input,
    clusters: input.clusters.map(cluster => ({
      ...cluster,
      manifests: [
        ...cluster.manifests,
        ...changes
          .filter(each => each.cluster === cluster.name)
          .flatMap(each => (done.has(each) ? each.after : each.before) ?? []),
      ],
    })),
  });
}

function portsOf(spaces: readonly FlowSpace[]): FlowPort[] {
  return spaces[0].protocols.flatMap(protocol => {
    const starts = spaces.flatMap(space =>
      space.classes.flatMap(({ kind, endpoint }, number) =>
        kind === 'pods' && endpoint
          ? (['egress', 'ingress'] as const).flatMap(direction =>
            space
              .rows(number, direction)
              .flatMap(({ ranges }) => ranges.filter(each => each.protocol === protocol).map(({ first }) => first)),
          )
          : [],
      ),
    );
    return rangesBetween(protocol, starts).flatMap(({ first, last }) =>
      [...new Set([first, last])].map(port => ({ protocol, port })),
    );
  });
}

/** What a flow may do; undefined if it is denied, or an end does not exist. */
function outcome(
  mesh: EvaluatedMesh,
  source: Endpoint | undefined,
  destination: Endpoint | undefined,
  port: FlowPort,
): string | undefined {
  if (!source || !destination) {
    return undefined;
  }
  const { egress, ingress, verdict } = decideFlow(mesh, source, destination, port);
  const requests = [...new Set([egress, ingress].map(requestsKey))].filter(each => each !== '').sort();
  return verdict === 'allowed' ? requests.join() : undefined;
}

const nameOf = (endpoint: Endpoint) =>
  `${formatEndpoint(endpoint)} ${'placement' in endpoint ? (endpoint.placement ?? '') : ''}`;

/** The flows of a state that break the law: those that do by layer 4 alone, and those that may by their requests. */
function broken(
  change: MeshChange,
  done: ReadonlySet<ObjectChange>,
): { readonly sure: Set<string>; readonly possible: Set<string> } {
  const meshes = [new Set<ObjectChange>(), new Set(change.changes), done].map(each => meshWith(change, each));
  const spaces = FlowSpace.of(meshes);
  const ports = portsOf(spaces);
  const [sure, possible] = [new Set<string>(), new Set<string>()];
  const members = spaces[0].classes.map((_, number) => {
    const sides = spaces.map(({ classes }) => (classes[number].endpoint ? membersOf(classes[number]) : []));
    const longest = sides.reduce((most, side) => (side.length > most.length ? side : most));
    return longest.map((_each, index) => sides.map(side => side[index] as Endpoint | undefined));
  });
  const arePods = (number: number) => spaces.some(({ classes }) => classes[number].kind === 'pods');
  members.forEach((sources, from) =>
    members.forEach((destinations, to) => {
      for (const source of arePods(from) || arePods(to) ? sources : []) {
        for (const destination of destinations) {
          for (const port of ports) {
            const [was, is, now] = meshes.map((mesh, side) => outcome(mesh, source[side], destination[side], port));
            const flow =
              `${nameOf(source.find(each => each)!)} -> ${nameOf(destination.find(each => each)!)} ` +
              `${port.protocol}/${port.port}`;
            if (was !== undefined && is !== undefined && now === undefined) {
              sure.add(`interrupted ${flow}`);
            } else if (was === undefined && is === undefined && now !== undefined) {
              sure.add(`opened ${flow}`);
            } else if (now !== was && now !== is) {
              BREAK_KINDS.forEach(kind => possible.add(`${kind} ${flow}`));
            }
          }
        }
      }
    }),
  );
  return { sure, possible };
}

/** The flows that a state of an order names, of those that were asked. */
function named(breaks: readonly StateBreak[], flows: Iterable<string>): Set<string> {
  const said = new Set<string>();
  const membersIn = (classes: StateBreak['sources']) => new Set(classes.flatMap(each => membersOf(each).map(nameOf)));
  const parts = breaks.map(each => ({ ...each, from: membersIn(each.sources), to: membersIn(each.destinations) }));
  for (const flow of flows) {
    const [, kind, from, to, protocol, port] = /^(\S+) (.*) -> (.*) ([^ /]+)\/(\d+)$/.exec(flow)!;
    const holds = (range: PortRange) =>
      range.protocol === protocol && range.first <= Number(port) && Number(port) <= range.last;
    const isNamed = parts.some(
      each => each.kind === kind && each.from.has(from) && each.to.has(to) && each.ranges.some(holds),
    );
    if (isNamed) {
      said.add(flow);
    }
  }
  return said;
}

/** Expects that the breaks of a state are exactly those that its flows have. Returns their number. */
function expectExact(change: MeshChange, done: ReadonlySet<ObjectChange>, breaks: readonly StateBreak[]): number {
  const { sure, possible } = broken(change, done);
  const said = named(breaks, [...sure, ...possible]);
  expect([...sure].filter(each => !said.has(each))).toEqual([]);
  // every rectangle has a flow that breaks the law
  expect(breaks.filter(each => named([each], [...sure, ...possible]).size === 0)).toEqual([]);
  return said.size;
}

const randomChange = (minor: number) =>
  fc
    .tuple(
      meshCase(minor, { borders: true }),
      fc.array(fc.noBias(fc.integer({ min: 0, max: 999 })), { minLength: 8, maxLength: 20 }),
      fc.subarray(CHANGING),
    )
    .map(([question, numbers, kinds]) => changeOf(question, minor, numbers, kinds));

test.each([15, 18, 20])('any state of a random change of 1.%i', minor => {
  const counts = { safe: 0, broken: 0 };
  fc.assert(
    fc.property(randomChange(minor), fc.array(fc.noBias(fc.boolean()), { minLength: 5 }), (change, which) => {
      const done = new Set(change.changes.filter((_, index) => which[index % which.length]));
      const states = new ChangeStates(change.input, change.changes);
      // what a judgement shares with the one before it changes nothing
      states.judge(new Set(change.changes.slice(0, 1)));
      const { space, breaks } = states.judge(done);
      const of = (set: BitSet) => set.toArray().map(number => space.classes[number]);
      const all = breaks.map(each => ({
        ...each,
        sources: of(each.sources),
        destinations: of(each.destinations),
        all: space.classes,
      }));
      counts[expectExact(change, done, all) === 0 ? 'safe' : 'broken']++;
    }),
    { seed: SEED + minor, numRuns: 20 },
  );
  expect([counts.safe > 0, counts.broken > 0]).toEqual([true, true]);
});

test.each([15, 20])('every state of the orders of random changes of 1.%i', minor => {
  let states = 0;
  fc.assert(
    fc.property(randomChange(minor), change => {
      const order = orderChanges(change, { limit: 100 });
      expect(new Set(order.steps.flatMap(({ changes }) => changes))).toEqual(new Set(change.changes));
      const done = new Set<ObjectChange>();
      order.steps.forEach(({ changes }, index) => {
        changes.forEach(each => done.add(each));
        expectExact(change, done, order.states[index]!);
        states++;
      });
    }),
    { seed: SEED + minor, numRuns: 8 },
  );
  expect(states).toBeGreaterThan(15);
});
