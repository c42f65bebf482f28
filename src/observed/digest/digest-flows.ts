import { DigestApiServer, DigestCount, DigestDecisions, DigestEnd, DigestFlow, DigestMatch, FlowDigest } from './flow-digest';
import { ruleKeys } from './rule-keys';
import { WorkloadKeys } from './workload-keys';
import { shorten } from '../../diagnostics/texts';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { ApiServer } from '../../evaluator/read/api-server';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { AddressIndex } from '../flows/addresses';
import { LabelDifference, MatchedEnd, ObservedEnd } from '../flows/ends';
import { ObservedDecisions, ObservedFlow, passedEnds, RecordCount, wasDenied } from '../flows/observed-flow';
import { mayHaveUsed, Replay, ReplayedFlow } from '../judging/replay';

/** The most flows of a digest. */
export const MOST_FLOWS = 20_000;

/** The most labels of a difference, and the most characters of each. */
const MOST_LABELS = 20;

/** An end with more DNS names than this is no end of a digest. */
const MOST_NAMES = 200;

/** A flow to keep or leave out. */
interface Candidate {
  readonly flow: ObservedFlow;
  readonly denied: number;
  /** The lower, the more it matters. */
  readonly rank: number;
  /** What it shows of rules: those that it used, and ends whose rules it may have used. */
  readonly shows: readonly string[];
}

/**
 * The flows of a recording in short. `meshes` are those in which their ends were found, the new one first; `replay` is
 * by the new one.
 *
 * Of too many flows it keeps those that the manifests change or that disagree, one for each used rule, and those with
 * the most records.
 */
export function digestFlows(
  replay: Replay,
  meshes: readonly EvaluatedMesh[],
  coverage: FlowDigest['coverage'],
  most: number = MOST_FLOWS,
): FlowDigest {
  const writer = new EndWriter(meshes);
  const all = candidatesOf(replay);
  const { kept, showsAllRules } = select(all, most);
  const left = all.filter(each => !kept.has(each));
  return {
    coverage,
    ends: writer.ends,
    flows: all.filter(each => kept.has(each)).map(each => flowOf(each, writer)),
    left: { flows: left.length, records: left.reduce((sum, { flow }) => sum + flow.records, 0) },
    showsAllRules,
  };
}

/** All flows, in the order of `replay`: those with an end that the manifests lack are last. */
function candidatesOf({ flows, unknown }: Replay): Candidate[] {
  return [
    ...flows.map((each): Candidate => {
      const { flow, decision, deniedRequests, doubt } = each;
      return {
        flow,
        denied: deniedRequests.reduce((sum, { records }) => sum + records, 0),
        rank: rankOf(each),
        shows: [
          ...passedEnds(flow).flatMap(direction => ruleKeys(decision[direction])),
          ...(mayHaveUsed(flow, decision, doubt) ? endKeys(flow) : []),
        ],
      };
    }),
    ...unknown.map(({ flow }): Candidate => ({
      flow,
      denied: 0,
      rank: 2,
      shows: wasDenied(flow) ? [] : endKeys(flow),
    })),
  ];
}

function endKeys({ source, destination }: ObservedFlow): string[] {
  return [`from ${source.key}`, `to ${destination.key}`];
}

/** The flows to keep: first those that matter most, and for each rule one that uses it. */
function select(
  candidates: readonly Candidate[],
  most: number,
): { readonly kept: ReadonlySet<Candidate>; readonly showsAllRules: boolean } {
  const order = candidates
    .filter(({ flow }) => [flow.source, flow.destination].every(isShort))
    .map((each, index) => ({ each, index }))
    .sort(
      (one, other) =>
        one.each.rank - other.each.rank ||
        other.each.flow.records - one.each.flow.records ||
        one.index - other.index,
    )
    .map(({ each }) => each);
  const kept = new Set<Candidate>();
  const shown = new Set<string>();
  for (const each of order) {
    if (kept.size < most && each.shows.some(rule => !shown.has(rule))) {
      kept.add(each);
      each.shows.forEach(rule => shown.add(rule));
    }
  }
  for (const each of order) {
    if (kept.size >= most) {
      break;
    }
    kept.add(each);
  }
  return { kept, showsAllRules: candidates.every(({ shows }) => shows.every(rule => shown.has(rule))) };
}

function isShort({ matches }: ObservedEnd): boolean {
  return matches.every(
    match =>
      !('endpoint' in match) || match.endpoint.kind !== 'address' || match.endpoint.names.length <= MOST_NAMES,
  );
}

function rankOf({ change, agreement, doubt }: ReplayedFlow): number {
  return change !== undefined || agreement.differences.some(({ explanation }) => explanation === undefined)
    ? 0
    : doubt !== undefined || agreement.differences.length > 0
      ? 1
      : 2;
}

function flowOf({ flow, denied }: Candidate, ends: EndWriter): DigestFlow {
  const { source, destination, protocol, port, decisions } = flow;
  const requests = [...flow.requests.values()].reduce(
    (sum, { records, denied: before }) => sum + records - before,
    0,
  );
  const optional = (name: 'arrived' | 'left' | 'forwarded' | 'dropped') =>
    flow[name].records > 0 ? { [name]: countOf(flow[name]) } : {};
  return {
    source: ends.indexOf(source),
    destination: ends.indexOf(destination),
    protocol,
    port,
    count: countOf(flow),
    egress: decisionsOf(decisions.egress),
    ingress: decisionsOf(decisions.ingress),
    ...optional('arrived'),
    ...optional('left'),
    ...optional('forwarded'),
    ...proxiedOf(flow),
    ...optional('dropped'),
    ...(flow.answeredNames.length > 0 ? { answeredNames: flow.answeredNames } : {}),
    ...(flow.hasAcknowledged ? { acknowledged: true } : {}),
    ...(requests + flow.moreRequests > 0
      ? { requests: { records: requests + flow.moreRequests, denied } }
      : {}),
  };
}

function decisionsOf({ outcomes, policies }: ObservedDecisions): DigestDecisions {
  return {
    outcomes: Object.fromEntries(
      Object.entries(outcomes)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([outcome, count]) => [outcome, countOf(count)]),
    ),
    policies,
  };
}

function proxiedOf({ proxied }: ObservedFlow): Pick<DigestFlow, 'proxied'> {
  const found = (['egress', 'ingress'] as const).filter(end => proxied[end].records > 0);
  return found.length > 0 ? { proxied: Object.fromEntries(found.map(end => [end, countOf(proxied[end])])) } : {};
}

function countOf({ records, first, last }: Pick<RecordCount, 'records' | 'first' | 'last'>): DigestCount {
  return first === undefined ? [records] : [records, first, last];
}

/** Ends, each once. Those that differ only in what no policy distinguishes are different ends still. */
class EndWriter {
  public readonly ends: DigestEnd[] = [];
  private readonly numbers = new Map<ObservedEnd, number>();
  private readonly addresses: AddressIndex;
  private readonly keys: readonly WorkloadKeys[];

  constructor(meshes: readonly EvaluatedMesh[]) {
    this.addresses = new AddressIndex(meshes);
    this.keys = meshes.map(mesh => new WorkloadKeys(mesh));
  }

  public indexOf(end: ObservedEnd): number {
    const known = this.numbers.get(end);
    if (known !== undefined) {
      return known;
    }
    const number = this.ends.push(this.write(end)) - 1;
    this.numbers.set(end, number);
    return number;
  }

  private write({ text, matches, addresses }: ObservedEnd): DigestEnd {
    const [first] = matches;
    const block =
      'endpoint' in first && first.endpoint.kind === 'address' && first.endpoint.names.length === 0
        ? this.addresses.find(addressText(first.endpoint))?.of
        : undefined;
    return {
      text: block ? `world:${block.blocks[0].cidr.text}` : text,
      ...(addresses && addresses.size > 1 ? { addresses: addresses.size } : {}),
      matches: matches.map((match, side) => this.match(match, this.keys[side])),
    };
  }

  private match(match: MatchedEnd, keys: WorkloadKeys): DigestMatch {
    if ('unknown' in match) {
      return match;
    }
    const { endpoint, by, difference, elsewhere } = match;
    switch (endpoint.kind) {
      case 'workload':
        return {
          ...keys.keyOf(endpoint.workload),
          by: by as 'labels' | 'workload' | 'name',
          ...(difference ? { difference: shortDifference(difference) } : {}),
        };
      case 'address':
        return { address: this.representative(addressText(endpoint)), names: endpoint.names };
      case 'entity':
        return {
          entity: endpoint.entity,
          ...(endpoint.cluster === undefined ? {} : { cluster: endpoint.cluster }),
          ...(endpoint.apiServer ? { apiServer: this.apiServer(endpoint.apiServer) } : {}),
          ...(elsewhere?.kind === 'entity' && elsewhere.apiServer
            ? { elsewhere: this.apiServer(elsewhere.apiServer) }
            : {}),
        };
      default:
        throw new Error(`ends of recorded flows are never of the kind ${endpoint.kind}`);
    }
  }

  private apiServer({ outside, address }: ApiServer): DigestApiServer {
    return { outside, ...(address ? { address: this.representative(addressOf(address.text)) } : {}) };
  }

  /** An address that no policy distinguishes from another one. */
  private representative(text: string): string {
    const block = this.addresses.find(text)?.of;
    return block ? addressOf(block.address.text) : text;
  }
}

function addressText({ address }: Extract<Endpoint, { kind: 'address' }>): string {
  return addressOf(address.text);
}

/** The address of a CIDR of one. */
function addressOf(cidr: string): string {
  return cidr.replace(/\/\d+$/, '');
}

function shortDifference({ added, missing }: LabelDifference): LabelDifference {
  const short = (labels: readonly string[]) => labels.slice(0, MOST_LABELS).map(label => shorten(label));
  return { added: short(added), missing: short(missing) };
}
