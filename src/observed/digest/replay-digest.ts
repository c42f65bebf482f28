import { DigestApiServer, DigestCount, DigestEnd, DigestFlow, DigestMatch, FlowDigest } from './flow-digest';
import { WorkloadKeys } from './workload-keys';
import { Cidr } from '../../cilium/cidr';
import { parseIpAddress } from '../../cilium/ip-address';
import { addressClasses } from '../../evaluator/flows/address-classes';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { EndpointDecision, FlowDecision } from '../../evaluator/flows/flow';
import { ApiServer } from '../../evaluator/read/api-server';
import { EvaluatedCluster } from '../../evaluator/read/cluster';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { AddressIndex } from '../flows/addresses';
import { MatchedEnd, ObservedEnd } from '../flows/ends';
import { newFlow, ObservedFlow, RecordCount } from '../flows/observed-flow';
import { endsIn } from '../judging/answered-names';
import { Doubt } from '../judging/doubts';
import { MeshJudge } from '../judging/mesh-judge';
import { ObservedChange, Replay, ReplayedFlow, replayFlows } from '../judging/replay';

/** A mesh that judges a digest, and which of the digest's meshes has its workloads. */
export interface DigestMesh {
  readonly mesh: EvaluatedMesh;
  readonly side: number;
}

/** A flow of a digest, decided. */
export interface DigestedFlow extends Omit<ReplayedFlow, 'deniedRequests' | 'doubt'> {
  readonly digest: DigestFlow;
  /** `requests`: whether its requests would be denied. A digest has no requests. */
  readonly doubt?: Doubt | 'requests';
  /** Records of requests that would be denied. */
  readonly deniedRequests: number;
}

/** The flows of a digest, decided by manifests. */
export interface DigestedReplay {
  readonly flows: readonly DigestedFlow[];
  /** Also flows that the mesh lacks an end of. */
  readonly replay: Replay;
}

/**
 * Decides the flows of a digest as `replayFlows` decides those of a recording. `written` are the meshes that the digest
 * was made with, the new one first; the mesh that judges may be another one with the workloads of one of them.
 */
export function replayDigest(
  digest: FlowDigest,
  written: readonly EvaluatedMesh[],
  { mesh, side }: DigestMesh,
  before?: DigestMesh,
): DigestedReplay {
  const judges = [{ mesh, side }, ...(before ? [before] : [])];
  const keys = judges.map(each => new WorkloadKeys(each.mesh));
  const ends = digest.ends.map((end, number) => restoreEnd(end, number, judges, keys));
  const byFlow = new Map(digest.flows.map(each => [restoreFlow(each, ends), each]));
  const replay = replayFlows([...byFlow.keys()], mesh, before?.mesh);
  const others = new OtherAddresses(written, mesh);
  const isWritten = written[0] === mesh;
  return {
    flows: replay.flows.map((each): DigestedFlow => {
      const flow = byFlow.get(each.flow)!;
      const { deniedRequests: _, doubt, change, ...rest } = each;
      const known = { ...rest, digest: flow };
      const why = doubt ?? (others.decide(each) ? 'address' : undefined);
      if (why) {
        return { ...known, doubt: why, deniedRequests: 0 };
      }
      if (!flow.requests || change === 'denied' || !isRedirected(each.decision)) {
        return { ...known, ...(change ? { change } : {}), deniedRequests: 0 };
      }
      // what is known of requests is how the rules of the written mesh decide them
      return isWritten || hasSameRules(each, mesh, written[0])
        ? {
          ...known,
          ...withChange(flow.requests.denied > 0 ? 'requests-denied' : change),
          deniedRequests: flow.requests.denied,
        }
        : { ...known, doubt: 'requests', deniedRequests: 0 };
    }),
    replay,
  };
}

function withChange(change: ObservedChange | undefined): { readonly change?: ObservedChange } {
  return change ? { change } : {};
}

function isRedirected({ egress, ingress }: FlowDecision): boolean {
  return [egress, ingress].some(({ verdict }) => verdict === 'redirected');
}

/** Whether the rules that decide a flow are the same objects in another mesh of the same versions and settings. */
function hasSameRules({ decision }: ReplayedFlow, mesh: EvaluatedMesh, other: EvaluatedMesh): boolean {
  const isSame = ({ cluster: name, entries, verdict }: EndpointDecision) => {
    const clusters = [mesh, other].map(each => (name === undefined ? undefined : each.cluster(name)));
    const [one, two] = clusters as [EvaluatedCluster | undefined, EvaluatedCluster | undefined];
    return (
      verdict !== 'redirected' ||
      (one !== undefined &&
        two !== undefined &&
        one.version.text === two.version.text &&
        one.input.values === two.input.values &&
        entries.every(({ origin }) => one.manifestOf(origin)?.object === two.manifestOf(origin)?.object))
    );
  };
  return isSame(decision.egress) && isSame(decision.ingress);
}

/**
 * The addresses that a mesh distinguishes and the meshes of a digest do not. A flow of such an address is decided only
 * if all of them decide it alike.
 */
class OtherAddresses {
  private readonly judge: MeshJudge;
  private readonly index: AddressIndex | undefined;
  private readonly byClass = new Map<string, Cidr[]>();

  constructor(written: readonly EvaluatedMesh[], mesh: EvaluatedMesh) {
    this.judge = new MeshJudge(mesh);
    if (written.includes(mesh)) {
      return;
    }
    this.index = new AddressIndex(written);
    for (const { address } of addressClasses([...written, mesh])) {
      const found = this.index.find(textOf(address));
      if (found) {
        this.byClass.set(found.class, [...(this.byClass.get(found.class) ?? []), address]);
      }
    }
  }

  /** Whether another address than the one that stands for an end decides a flow otherwise. */
  public decide({ flow, decision }: ReplayedFlow): boolean {
    const ends = endsIn(this.judge, flow, 0);
    const [source, destination] = [ends.source, ends.destination].map(match => this.endpoints(match));
    return (
      source.length * destination.length > 1 &&
      source.some(from =>
        destination.some(to => {
          const other = this.judge.decide(from, to, { protocol: flow.protocol, port: flow.port });
          return (['egress', 'ingress'] as const).some(end => other[end].verdict !== decision[end].verdict);
        }),
      )
    );
  }

  private endpoints(match: MatchedEnd): Endpoint[] {
    if (!('endpoint' in match)) {
      return [];
    }
    const { endpoint } = match;
    if (endpoint.kind === 'address') {
      return [endpoint, ...this.others(endpoint.address).map((address): Endpoint => ({ ...endpoint, address }))];
    }
    if (endpoint.kind === 'entity' && endpoint.apiServer?.address) {
      const { apiServer } = endpoint;
      return [
        endpoint,
        ...this.others(endpoint.apiServer.address).map(
          (address): Endpoint => ({ ...endpoint, apiServer: { ...apiServer, address } }),
        ),
      ];
    }
    return [endpoint];
  }

  private others(address: Cidr): Cidr[] {
    const found = this.index?.find(textOf(address));
    const all = found ? (this.byClass.get(found.class) ?? []) : [];
    return all.length > 1 ? all : [];
  }
}

function textOf({ text }: Cidr): string {
  return text.replace(/\/\d+$/, '');
}

function restoreEnd(
  { text, matches }: DigestEnd,
  number: number,
  judges: readonly DigestMesh[],
  keys: readonly WorkloadKeys[],
): ObservedEnd {
  const restored = judges.map(({ side }, index) => restoreMatch(matches[side] ?? matches[0], keys[index]));
  return { key: String(number), text, matches: restored };
}

function restoreMatch(match: DigestMatch, keys: WorkloadKeys): MatchedEnd {
  if ('unknown' in match) {
    return match;
  }
  if ('workload' in match) {
    const workload = keys.find(match);
    return workload
      ? {
        endpoint: { kind: 'workload', workload },
        by: match.by,
        ...(match.difference ? { difference: match.difference } : {}),
      }
      : { unknown: 'no-workload' };
  }
  if ('address' in match) {
    return { endpoint: { kind: 'address', address: cidrOf(match.address), names: match.names }, by: 'address' };
  }
  const { entity, cluster, apiServer, elsewhere } = match;
  const endpoint: Endpoint = { kind: 'entity', entity, ...(cluster === undefined ? {} : { cluster }) };
  return {
    endpoint: apiServer ? { ...endpoint, apiServer: restoreApiServer(apiServer) } : endpoint,
    by: 'reserved',
    ...(elsewhere ? { elsewhere: { ...endpoint, apiServer: restoreApiServer(elsewhere) } } : {}),
  };
}

function restoreApiServer({ outside, address }: DigestApiServer): ApiServer {
  return { outside, ...(address === undefined ? {} : { address: cidrOf(address) }) };
}

function cidrOf(text: string): Cidr {
  const { family, value } = parseIpAddress(text)!;
  return Cidr.ofAddress(family, value);
}

function restoreFlow(flow: DigestFlow, ends: readonly ObservedEnd[]): ObservedFlow {
  const { source, destination, protocol, port, count, egress, ingress, arrived, left, forwarded, proxied, dropped } =
    flow;
  return {
    ...newFlow({ source: ends[source], destination: ends[destination], protocol, port }),
    ...restoreCount(count),
    decisions: { egress: restoreDecisions(egress), ingress: restoreDecisions(ingress) },
    arrived: restoreCount(arrived),
    left: restoreCount(left),
    forwarded: restoreCount(forwarded),
    proxied: { egress: restoreCount(proxied?.egress), ingress: restoreCount(proxied?.ingress) },
    dropped: restoreCount(dropped),
    answeredNames: flow.answeredNames ?? [],
    hasAcknowledged: flow.acknowledged ?? false,
  };
}

function restoreDecisions({ outcomes, policies }: DigestFlow['egress']): ObservedFlow['decisions']['egress'] {
  return {
    outcomes: Object.fromEntries(Object.entries(outcomes).map(([outcome, count]) => [outcome, restoreCount(count)])),
    policies: [...policies],
  };
}

function restoreCount([records, first, last]: DigestCount = [0]): RecordCount {
  return { records, ...(first === undefined ? {} : { first, last }) };
}
