import { CellVerdict } from './cell-verdict';
import { EndpointPattern } from './endpoint-pattern';
import { declaredPorts } from './matrix';
import { keyOf, Member, selectMembers } from './members';
import { ReferenceProblem } from './reference-problem';
import { isProblem } from '../../diagnostics/problem';
import { Direction } from '../engine/entry';
import { ProxyVerdict } from '../engine/http';
import { Connections, ConnectionsId, NO_CONNECTIONS } from '../flows/connections';
import { decideFlow, EndpointVerdict, FlowPort, flowVerdict } from '../flows/flow';
import { FlowSpace } from '../flows/flow-space';
import { byPlace, CommonPlaces, isAnywhere, Place, placedEnd, Places, placesIn } from '../flows/places';
import { PairVerdict } from '../flows/reachability';
import { decideFlowRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/**
 * All that one member may send to another one. Where it depends on the places of pods with host network, there is one
 * cell for each difference.
 */
export interface ConnectionCell extends CommonPlaces {
  readonly source: Member;
  readonly destination: Member;
  /** The ports that both ends allow, with the requests that proxies let through. */
  readonly connections: Connections;
  /** The verdicts on the ports that the destination's containers and Services declare. */
  readonly listening: readonly ListeningPort[];
  /** The verdicts of each end on any port. */
  readonly verdicts: { readonly [direction in Direction]: readonly EndpointVerdict[] };
}

/** A port that something declares, and the verdicts on it. */
export interface ListeningPort extends FlowPort, PairVerdict {}

/** The verdicts on one flow between members; one for each verdict that depends on places, as for a cell. */
export interface MemberFlow extends PairVerdict, CommonPlaces {
  readonly source: Member;
  readonly destination: Member;
  readonly port: FlowPort;
  /** The verdict on a request, if Cilium redirects the flow. With it, `verdict` is that of the request. */
  readonly request?: ProxyVerdict;
}

/** The part of the flow space that a matrix shows. */
export interface MatrixSelection {
  /** By default all workloads. */
  readonly from?: readonly EndpointPattern[];
  /** By default all workloads. */
  readonly to?: readonly EndpointPattern[];
  /** Includes the connections of a workload to itself. */
  readonly all?: boolean;
}

/** The connections between the members of a selection, on all ports. */
export class ConnectionMatrix {
  /** The matrix of a selection, or why it selects nothing. */
  public static of(
    mesh: EvaluatedMesh,
    { from, to, all = false }: MatrixSelection,
  ): ConnectionMatrix | ReferenceProblem {
    const everything: EndpointPattern = { kind: 'workloads', workloads: mesh.workloads };
    const selected = selectMembers(mesh, { from: from ?? [everything], to: to ?? [everything] });
    return isProblem(selected)
      ? selected
      : new ConnectionMatrix(selected.space, selected.from, selected.to, all);
  }

  /** The matrix of members of a flow space. */
  public static ofMembers(
    space: FlowSpace,
    sources: readonly Member[],
    destinations: readonly Member[],
    all: boolean = false,
  ): ConnectionMatrix {
    return new ConnectionMatrix(space, sources, destinations, all);
  }

  private readonly listening = new Map<Workload, readonly FlowPort[]>();
  private readonly verdictSets = new Map<string, readonly EndpointVerdict[]>();
  private readonly places: Places;
  /** What the last sources reach: a workload, and its node. */
  private reached: ReadonlyArray<{
    readonly number: number;
    readonly byClass: ReadonlyArray<ConnectionsId | undefined>;
  }> = [];

  private constructor(
    public readonly space: FlowSpace,
    public readonly sources: readonly Member[],
    public readonly destinations: readonly Member[],
    public readonly all: boolean,
  ) {
    this.places = placesIn(space.mesh);
  }

  /** The cells in the order of sources and destinations. Computes one at a time. */
  public *cells(verdict?: CellVerdict): Generator<ConnectionCell> {
    for (const source of this.sources) {
      for (const destination of this.destinations) {
        if (this.isPair(source, destination)) {
          for (const cell of this.placedCells(source, destination)) {
            if (verdict === undefined || hasVerdict(cell, verdict)) {
              yield cell;
            }
          }
        }
      }
    }
  }

  /**
   * Whether there are flows from a member to another one: not between two ends outside of the mesh, where no policy
   * decides.
   */
  public isPair(source: Member, destination: Member): boolean {
    return (
      (this.isInside(source) || this.isInside(destination)) && (this.all || keyOf(source) !== keyOf(destination))
    );
  }

  /** Whether policies of the mesh decide at a member. */
  public isInside({ number }: Member): boolean {
    const { kind } = this.space.classes[number];
    return kind === 'pods' || kind === 'node';
  }

  /** Whether verdicts may depend on the nodes of pods: some have the network of their nodes. */
  public get hasPlaces(): boolean {
    return [...this.sources, ...this.destinations].some(
      ({ endpoint }) => endpoint.kind === 'workload' && endpoint.workload.hostNetwork,
    );
  }

  /** The connections from a member to another one. */
  public connectionsOf(source: Member, destination: Member): ConnectionsId {
    const known = this.reached.find(({ number }) => number === source.number);
    if (known) {
      return known.byClass[destination.number] ?? NO_CONNECTIONS;
    }
    const byClass: ConnectionsId[] = [];
    this.space.from(source.number).forEach((classes, id) => classes.forEach(number => (byClass[number] = id)));
    this.reached = [{ number: source.number, byClass }, ...this.reached.slice(0, 1)];
    return byClass[destination.number] ?? NO_CONNECTIONS;
  }

  /** The ports that a member's containers and Services declare. */
  public listeningPorts({ endpoint }: Member): readonly FlowPort[] {
    if (endpoint.kind !== 'workload') {
      return [];
    }
    const known = this.listening.get(endpoint.workload) ?? declaredPorts(this.space.mesh, endpoint.workload);
    this.listening.set(endpoint.workload, known);
    return known;
  }

  /** The verdicts on one port. */
  public verdict(source: Member, destination: Member, port: FlowPort): PairVerdict {
    const egress = this.space.verdict(source.number, 'egress', destination.number, port);
    const ingress = this.space.verdict(destination.number, 'ingress', source.number, port);
    return { egress, ingress, verdict: flowVerdict(egress, ingress) };
  }

  /** The flows of the pairs on some ports, or on the declared ones. Computes one at a time. */
  public *flowsOn(ports?: readonly FlowPort[], request?: Request): Generator<MemberFlow> {
    for (const source of this.sources) {
      for (const destination of this.destinations) {
        if (this.isPair(source, destination)) {
          for (const port of ports ?? this.listeningPorts(destination)) {
            yield* this.placedFlows(source, destination, port, request);
          }
        }
      }
    }
  }

  /** One cell. */
  public cell(source: Member, destination: Member): ConnectionCell {
    return {
      source,
      destination,
      connections: this.space.table.get(this.connectionsOf(source, destination)),
      listening: this.listeningPorts(destination).map(port => ({
        ...port,
        ...this.verdict(source, destination, port),
      })),
      verdicts: {
        egress: this.endVerdicts(source, 'egress', destination),
        ingress: this.endVerdicts(destination, 'ingress', source),
      },
    };
  }

  /** The cell of a pair; one for each difference between the places of pods with host network. */
  public placedCells(source: Member, destination: Member): readonly ConnectionCell[] {
    const places = this.places.of(source.endpoint, destination.endpoint);
    if (isAnywhere(places)) {
      return [this.cell(source, destination)];
    }
    const listening = this.listeningPorts(destination);
    const cells = places.map(place => {
      const ends = this.endsAt(place, source, destination);
      const cell = this.cell(...ends);
      const onPorts = listening.map(port => ({ ...port, ...this.verdict(...ends, port) }));
      return { ...cell, listening: onPorts, source, destination, place, id: this.connectionsOf(...ends) };
    });
    return byPlace(cells, ({ id, listening: onPorts, verdicts }) =>
      JSON.stringify([id, onPorts.map(each => [each.egress, each.ingress]), verdicts]),
    ).map(({ place, id, common, ...cell }) => ({ ...cell, ...common }));
  }

  /** The same for one flow. */
  public placedFlows(
    source: Member,
    destination: Member,
    port: FlowPort,
    request?: Request,
  ): readonly MemberFlow[] {
    const flows = this.places.of(source.endpoint, destination.endpoint).map(place => {
      const verdict = this.verdict(...this.endsAt(place, source, destination), port);
      const flow: MemberFlow = { source, destination, port, ...verdict };
      return { ...(request ? this.withRequest(flow, place, request) : flow), place };
    });
    return byPlace(flows, each => JSON.stringify([each.egress, each.ingress, each.request])).map(
      ({ place, common, ...flow }) => ({ ...flow, ...common }),
    );
  }

  /** What a member may send to another one at each place; one if places do not matter. */
  public placedConnections(
    source: Member,
    destination: Member,
  ): ReadonlyArray<CommonPlaces & { readonly connections: ConnectionsId }> {
    const all = this.places.of(source.endpoint, destination.endpoint).map(place => ({
      place,
      connections: this.connectionsOf(...this.endsAt(place, source, destination)),
    }));
    return byPlace(all, ({ connections }) => String(connections)).map(({ connections, common }) => ({
      connections,
      ...common,
    }));
  }

  /** Whether the verdicts of a pair may depend on the places of its pods. */
  public mayDependOnPlace(source: Member, destination: Member): boolean {
    return !isAnywhere(this.places.of(source.endpoint, destination.endpoint));
  }

  /** Two ends at a place: pods with host network are their node. */
  private endsAt(place: Place, source: Member, destination: Member): [Member, Member] {
    const { index } = this.space;
    const endAt = (member: Member, end: 'source' | 'destination'): Member => {
      const { endpoint } = member;
      if (endpoint.kind !== 'workload' || !endpoint.workload.hostNetwork) {
        return member;
      }
      const number = index.classAt(endpoint.workload, place.placement ?? 'other-node', place[end]?.node);
      return number === member.number ? member : { ...member, number };
    };
    return [endAt(source, 'source'), endAt(destination, 'destination')];
  }

  private withRequest(flow: MemberFlow, place: Place, request: Request): MemberFlow {
    const { source, destination, port, verdict } = flow;
    if (verdict === 'denied' || ![flow.egress, flow.ingress].includes('redirected')) {
      return flow;
    }
    const from = placedEnd(source.endpoint, place, 'source');
    const to = placedEnd(destination.endpoint, place, 'destination');
    const decided = decideFlowRequest(decideFlow(this.space.mesh, from, to, port), request);
    return { ...flow, request: decided, verdict: decided === 'denied' ? 'denied' : verdict };
  }

  private endVerdicts(self: Member, direction: Direction, other: Member): readonly EndpointVerdict[] {
    const key = `${self.number} ${direction} ${other.number}`;
    const known =
      this.verdictSets.get(key) ??
      [...new Set(this.space.rows(self.number, direction).map(({ row }) => row.verdict(other.number)))].sort();
    if (this.verdictSets.size < KEPT_VERDICTS) {
      this.verdictSets.set(key, known);
    }
    return known;
  }
}

/** Keeps memory small in meshes with many classes. */
const KEPT_VERDICTS = 100_000;

/**
 * Whether a cell has a verdict.
 *
 * - `allowed`: some port is allowed.
 * - `denied`: no port is allowed, or a port is denied on which something listens.
 * - `unknown`: the order of Cilium's computations decides about some port.
 * - `default-denied`: the same as `denied`, because an end has default deny.
 * - The others: an end has the verdict on some port.
 */
export function hasVerdict({ connections, listening, verdicts }: ConnectionCell, verdict: CellVerdict): boolean {
  switch (verdict) {
    case 'allowed':
      return connections.length > 0;
    case 'denied':
      return isDeniedAll({ connections, verdicts }) || listening.some(each => each.verdict === 'denied');
    case 'unknown':
      return isUndetermined(verdicts);
    case 'default-denied':
      return (
        listening.some(({ egress, ingress }) => egress === verdict || ingress === verdict) ||
        (connections.length === 0 && [...verdicts.egress, ...verdicts.ingress].includes(verdict))
      );
    default:
      return [...verdicts.egress, ...verdicts.ingress].includes(verdict);
  }
}

function isDeniedAll({ connections, verdicts }: Pick<ConnectionCell, 'connections' | 'verdicts'>): boolean {
  return connections.length === 0 && !isUndetermined(verdicts);
}

function isUndetermined({ egress, ingress }: ConnectionCell['verdicts']): boolean {
  return [egress, ingress].some(verdicts => verdicts.includes('undetermined'));
}
