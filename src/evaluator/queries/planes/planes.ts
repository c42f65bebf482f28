/* eslint-disable no-bitwise -- planes are bits of words */
import { addBit, addClasses, Columns, wordsOf } from './columns';
import { BitSet } from '../../flows/bit-set';
import { Connections } from '../../flows/connections';
import { FlowPort, formatPort } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { isWhole } from '../../flows/port-range';
import { Row } from '../../flows/row';

/** The ports that planes are about: those that destinations declare (all ports, if they declare none), all, or one. */
export type PlanePorts = 'declared' | 'any' | FlowPort;

/** Bits for all pairs of columns: column n of a row is bit `n & 31` of word `row * words + (n >>> 5)`. */
export interface Planes {
  readonly size: number;
  readonly words: number;
  /** The source lets the flow out on one of the ports. */
  readonly egress: Uint32Array;
  /** The destination lets it in on one of the ports. */
  readonly ingress: Uint32Array;
  /** Both do on a common one. */
  readonly allowed: Uint32Array;
  /** Both do on a common port of all. */
  readonly any: Uint32Array;
  /** Both do on every one; of all ports, also without limits to requests. */
  readonly whole: Uint32Array;
}

/** The planes of a flow space. Rows of classes that one mesh lacks are empty. */
export function planesOf(space: FlowSpace, columns: Columns, ports: PlanePorts): Planes {
  if (ports === 'any') {
    return onAllPorts(space, columns);
  }
  if (ports === 'declared') {
    return onDeclaredPorts(space, columns);
  }
  const planes = emptyPlanes(columns);
  const { egress, ingress, allowed } = onPort(space, columns, ports);
  const { any } = onAllPorts(space, columns);
  return { ...planes, egress, ingress, allowed, any, whole: allowed };
}

function emptyPlanes(columns: Columns): Planes {
  const words = wordsOf(columns);
  const plane = () => new Uint32Array(columns.size * words);
  const allowed = plane();
  return { size: columns.size, words, egress: plane(), ingress: plane(), allowed, any: allowed, whole: plane() };
}

function onAllPorts(space: FlowSpace, columns: Columns): Planes {
  const planes = emptyPlanes(columns);
  const { words, egress, ingress, allowed, whole } = planes;
  const isEverything = everything(space);
  space.index.present.forEach(number => {
    const offset = number * words;
    space.allowed(number, 'egress').forEach(({ peers }) => addClasses(peers, columns, egress, offset));
    space.admitted(number).forEach(destinations => addClasses(destinations, columns, ingress, offset));
    space.from(number).forEach((destinations, id) => {
      addClasses(destinations, columns, allowed, offset);
      if (isEverything(id)) {
        addClasses(destinations, columns, whole, offset);
      }
    });
  });
  copyRows(columns, words, [egress, ingress, allowed, whole]);
  return planes;
}

/** Whether a set of connections is all ports, without limits to requests. */
function everything({ table, protocols }: FlowSpace): (id: number) => boolean {
  const known = new Map<number, boolean>();
  const isAll = (connections: Connections) =>
    protocols.every(protocol =>
      connections.some(range => range.protocol === protocol && isWhole(range) && range.requests.length === 0),
    );
  return id => {
    const answer = known.get(id) ?? isAll(table.get(id));
    known.set(id, answer);
    return answer;
  };
}

function onDeclaredPorts(space: FlowSpace, columns: Columns): Planes {
  const all = onAllPorts(space, columns);
  const planes = { ...all, any: all.allowed.slice() };
  const { words, whole } = planes;
  const declaring = new Uint32Array(words);
  columns.ports.forEach((ports, column) => ports.length > 0 && addBit(declaring, 0, column));
  for (const plane of [planes.egress, planes.ingress, planes.allowed]) {
    plane.forEach((word, at) => (plane[at] = word & ~declaring[at % words]));
  }
  whole.forEach((word, at) => (whole[at] = word | declaring[at % words]));
  for (const { port, set } of declaredColumns(columns)) {
    const one = onPort(space, columns, port);
    for (let at = 0, word = 0; at < whole.length; at++, word = word + 1 === words ? 0 : word + 1) {
      const having = set[word];
      if (having !== 0) {
        planes.egress[at] |= one.egress[at] & having;
        planes.ingress[at] |= one.ingress[at] & having;
        planes.allowed[at] |= one.allowed[at] & having;
        whole[at] &= one.allowed[at] | ~having;
      }
    }
  }
  whole.forEach((word, at) => (whole[at] = word & planes.allowed[at]));
  return planes;
}

/** The declared ports, each with the columns that declare it. */
export function declaredColumns(columns: Columns): Array<{ readonly port: FlowPort; readonly set: Uint32Array }> {
  const byPort = new Map<string, { port: FlowPort; set: Uint32Array }>();
  columns.ports.forEach((ports, column) =>
    ports.forEach(port => {
      const key = formatPort(port);
      const known = byPort.get(key) ?? { port, set: new Uint32Array(wordsOf(columns)) };
      byPort.set(key, known);
      addBit(known.set, 0, column);
    }),
  );
  return [...byPort.values()];
}

/** The planes of one port: what the source lets out, the destination lets in, and both. */
export function onPort(space: FlowSpace, columns: Columns, port: FlowPort): Omit<Planes, 'any' | 'whole'> {
  const { size, words, egress, ingress, allowed } = emptyPlanes(columns);
  const members = new Map<Row, BitSet>();
  space.index.present.forEach(number => {
    addClasses(space.rowOn(number, 'egress', port).allowedPeers, columns, egress, number * words);
    const row = space.rowOn(number, 'ingress', port);
    members.set(row, members.get(row) ?? new BitSet(space.index.size));
    members.get(row)!.add(number);
  });
  members.forEach((destinations, row) =>
    row.allowedPeers.forEach(source => addClasses(destinations, columns, ingress, source * words)),
  );
  const { present } = space.index;
  const existing = new Uint32Array(words);
  addClasses(present, columns, existing, 0);
  for (let at = 0; at < allowed.length; at++) {
    egress[at] &= existing[at % words];
    allowed[at] = egress[at] & ingress[at];
  }
  copyRows(columns, words, [egress, ingress, allowed]);
  return { size, words, egress, ingress, allowed };
}

/** The rows of columns that are further parts of a class are those of the class. */
function copyRows(columns: Columns, words: number, planes: readonly Uint32Array[]): void {
  columns.others.forEach((all, number) =>
    all.forEach(column =>
      planes.forEach(plane => plane.copyWithin(column * words, number * words, (number + 1) * words)),
    ),
  );
}
