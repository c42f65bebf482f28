/** What a person should look at before a statement is applied. */
import { learns } from './default-deny';
import { recordsOf } from './evidence';
import { workloadOf } from './peer';
import { PodSelection } from './pod-selection';
import { NamedStatement } from './policies';
import { StatementPeer } from './statement';
import { Workload } from '../../evaluator/read/workload';
import { hasPassed } from '../flows/observed-flow';
import { MeshJudge } from '../judging/mesh-judge';

/** Why a statement deserves a look. */
export type Review =
  /** Addresses without DNS names, which may change. */
  | 'addresses'
  /** Everything outside of the mesh, because connections came from many addresses. */
  | 'world'
  /** Nodes, or another entity that is more than what was seen. */
  | 'entity'
  /** Fewer records than `FEW_RECORDS`. */
  | 'few-records'
  /** Ports that the containers of a destination do not declare. */
  | 'undeclared-port'
  /** Only the sources were recorded: the policies of the destinations may have dropped what they sent. */
  | 'unrecorded'
  /** The pods cannot learn the addresses of a DNS name: no rule sends their DNS through the proxy. */
  | 'names-not-learned';

/** With fewer records a connection may be a mistake, or an attack. */
export const FEW_RECORDS = 3;

/** What to look at in a statement, in a fixed order. */
export function reviewOf(statement: NamedStatement, judge: MeshJudge): Review[] {
  const { sources, destinations, ports } = statement;
  const peers = [...sources, ...destinations].map(({ peer }) => peer);
  const isDeclared = workloadsOf(destinations).every(workload =>
    ports.every(
      ({ protocol, first, last }) =>
        protocol === 'ICMP' ||
        protocol === 'ICMPv6' ||
        Array.from({ length: last - first + 1 }, (_, index) => first + index).every(number =>
          workload.ports.some(each => each.protocol === protocol && each.port === number),
        ),
    ),
  );
  const names = destinations.flatMap(({ peer }) => (peer.kind === 'fqdn' ? [peer.name] : []));
  const learnsAll = workloadsOf(sources).every(workload => names.every(name => learns(judge, workload, name)));
  const isWorld = peers.some(peer => peer.kind === 'entity' && peer.entity === 'world');
  const found: Array<[Review, boolean]> = [
    ['addresses', peers.some(({ kind }) => kind === 'cidr')],
    ['world', isWorld],
    ['entity', peers.some(peer => peer.kind === 'entity' && peer.entity !== 'world')],
    ['few-records', recordsOf(statement).records < FEW_RECORDS],
    ['undeclared-port', !isDeclared],
    ['unrecorded', statement.flows.some(flow => workloadOf(flow.destination) && !hasPassed(flow, 'ingress'))],
    ['names-not-learned', !learnsAll],
  ];
  return found.filter(([, holds]) => holds).map(([review]) => review);
}

/** Selections that mean several workloads of one cluster, because their stable labels are the same. */
export function sharedSelections(selections: Iterable<PodSelection>): PodSelection[] {
  return [...selections].filter(
    ({ workloads }) => new Set(workloads.map(each => each.cluster)).size < workloads.length,
  );
}

function workloadsOf(side: readonly StatementPeer[]): Workload[] {
  return side.flatMap(({ peer, clusters }) =>
    peer.kind === 'pods' ? peer.pods.workloads.filter(({ cluster }) => clusters.includes(cluster)) : [],
  );
}

