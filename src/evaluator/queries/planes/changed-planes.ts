/* eslint-disable no-bitwise -- planes are bits of words */
import { addClasses, Columns, wordsOf } from './columns';
import { declaredColumns, onPort, PlanePorts } from './planes';
import { BitSet } from '../../flows/bit-set';
import { ConnectionsId, NO_CONNECTIONS } from '../../flows/connections';
import { FlowPort } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { rangeChanges } from '../diff/range-changes';

/** The pairs of columns that gain or lose a port. */
export interface ChangedPlanes {
  readonly size: number;
  readonly words: number;
  readonly gained: Uint32Array;
  readonly lost: Uint32Array;
}

/** What differs between two spaces with common classes. */
export function changedPlanesOf(
  before: FlowSpace,
  after: FlowSpace,
  columns: Columns,
  ports: PlanePorts,
): ChangedPlanes {
  const words = wordsOf(columns);
  const changed = {
    size: columns.size,
    words,
    gained: new Uint32Array(columns.size * words),
    lost: new Uint32Array(columns.size * words),
  };
  if (ports === 'any') {
    addAllPorts(before, after, columns, changed);
  } else if (ports === 'declared') {
    addAllPorts(before, after, columns, changed);
    const declaring = declaredColumns(columns);
    const having = new Uint32Array(words);
    declaring.forEach(({ set }) => set.forEach((word, at) => (having[at] |= word)));
    for (const plane of [changed.gained, changed.lost]) {
      plane.forEach((word, at) => (plane[at] = word & ~having[at % words]));
    }
    declaring.forEach(({ port, set }) => addPort(before, after, columns, port, set, changed));
  } else {
    addPort(before, after, columns, ports, new Uint32Array(words).fill(0xffffffff), changed);
  }
  return changed;
}

function addPort(
  before: FlowSpace,
  after: FlowSpace,
  columns: Columns,
  port: FlowPort,
  having: Uint32Array,
  { words, gained, lost }: ChangedPlanes,
): void {
  const [was, is] = [before, after].map(space => onPort(space, columns, port).allowed);
  for (let at = 0; at < was.length; at++) {
    const word = having[at % words];
    gained[at] |= is[at] & ~was[at] & word;
    lost[at] |= was[at] & ~is[at] & word;
  }
}

function addAllPorts(before: FlowSpace, after: FlowSpace, columns: Columns, changed: ChangedPlanes): void {
  const kinds = changeKinds(before);
  const none = new Map<ConnectionsId, BitSet>();
  for (let number = 0; number < before.index.size; number++) {
    const [was, is] = [before, after].map(space => (space.index.present.has(number) ? space.from(number) : none));
    const add = (classes: BitSet, one: ConnectionsId, other: ConnectionsId) => {
      const { gains, loses } = kinds(one, other);
      if (gains) {
        addClasses(classes, columns, changed.gained, number * changed.words);
      }
      if (loses) {
        addClasses(classes, columns, changed.lost, number * changed.words);
      }
    };
    was.forEach((destinations, one) => {
      const rest = destinations.copy();
      is.forEach((reached, other) => {
        if (destinations.meets(reached)) {
          rest.andNot(reached);
          if (one !== other) {
            add(destinations.copy().and(reached), one, other);
          }
        }
      });
      add(rest, one, NO_CONNECTIONS);
    });
    is.forEach((destinations, other) => {
      const rest = destinations.copy();
      was.forEach(reached => rest.andNot(reached));
      add(rest, NO_CONNECTIONS, other);
    });
  }
  columns.others.forEach((all, number) =>
    all.forEach(column =>
      [changed.gained, changed.lost].forEach(plane =>
        plane.copyWithin(column * changed.words, number * changed.words, (number + 1) * changed.words),
      ),
    ),
  );
}

/** Whether some port is allowed after and not before, or the reverse. Both spaces have one table of connections. */
function changeKinds({ table }: FlowSpace) {
  const known = new Map<string, { gains: boolean; loses: boolean }>();
  return (before: ConnectionsId, after: ConnectionsId) => {
    const key = `${before} ${after}`;
    let kinds = known.get(key);
    if (!kinds) {
      const changes = rangeChanges(table.get(before), table.get(after));
      kinds = {
        gains: changes.some(({ change }) => change === 'gained'),
        loses: changes.some(({ change }) => change === 'lost'),
      };
      known.set(key, kinds);
    }
    return kinds;
  };
}

