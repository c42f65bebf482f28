import { LISTENING_MARK } from './connections';
import { Part } from './report';
import { counted } from './words';
import { ConnectionMatrix } from '../evaluator/queries/connection-matrix';
import { unmodelledParts } from '../evaluator/queries/unmodelled';

const NO_WORKLOADS = 'No pairs: the manifests contain no workloads. Add the manifests of the applications.';
const NO_PAIRS = 'No pairs: the manifests contain fewer than two workloads. Name other endpoints, such as --to world, or add --all.';
const NO_CHOSEN_PAIRS =
  'No pairs: policies decide at pods and nodes of the mesh. Name other endpoints with --from and --to, or add --all.';

/** What a matrix shows: the number of pairs, and a limit to those with a verdict. */
interface ShownPairs {
  readonly pairs: number;
  readonly connecting: number;
  readonly verdict?: string;
  /** Whether some declared port is marked. */
  readonly isMarked?: boolean;
}

/** The last lines of a matrix: the counts, and its scope. */
export function matrixLines(matrix: ConnectionMatrix, shown?: ShownPairs): Part[] {
  const { length } = matrix.space.mesh.workloads;
  const empty = length === 0 ? NO_WORKLOADS : length === 1 ? NO_PAIRS : NO_CHOSEN_PAIRS;
  return [{ kind: 'line', text: shown ? countsText(shown) : empty }, ...scopeLines(matrix)];
}

/** The ports of a matrix, what it does not show, and what is unknown. */
export function scopeLines(matrix: ConnectionMatrix): Part[] {
  const { mesh, protocols } = matrix.space;
  const texts = [`ports: all of ${protocols.join(', ')}`, ...notShown(matrix)];
  const unknown = [...undeclared(matrix), ...names(matrix), ...unmodelledParts(mesh)];
  return [
    ...texts.map((text): Part => ({ kind: 'line', text })),
    ...unknown.map((text): Part => ({ kind: 'line', text: [{ text: 'unknown: ', tone: 'doubtful' }, text] })),
  ];
}

function countsText({ pairs, connecting, verdict, isMarked }: ShownPairs): string {
  const which = verdict === undefined ? '' : ` with the verdict ${verdict}`;
  const mark = isMarked ? `; ${LISTENING_MARK} a container or Service declares the port` : '';
  return `${counted(pairs, 'pair')}${which}, ${connecting} may connect${mark}`;
}

/** The endpoints that the matrix has no rows for, and how to ask for them. */
function notShown({ space, sources, destinations }: ConnectionMatrix): string[] {
  const shown = new Set([...sources, ...destinations].map(({ endpoint }) => endpoint.kind));
  const missing = [
    ...(shown.has('address') || shown.has('name') ? [] : ['world']),
    ...(shown.has('node') ? [] : space.mesh.clusters.slice(0, 1).map(({ name }) => `nodes (entity:host@${name})`)),
    ...(shown.has('entity') ? [] : ['other entities (entity:kube-apiserver)']),
  ];
  return missing.length === 0 ? [] : [`not shown: ${missing.join(', ')}; name them with --from or --to`];
}

/** Workloads that declare no port. */
function undeclared(matrix: ConnectionMatrix): string[] {
  const silent = matrix.destinations.filter(
    member => member.endpoint.kind === 'workload' && matrix.listeningPorts(member).length === 0,
  );
  return silent.length === 0
    ? []
    : [`the ports of ${counted(silent.length, 'destination')} without declared ports`];
}

/** A toFQDNs rule alone makes no name reachable. */
function names({ destinations }: ConnectionMatrix): string[] {
  return destinations.some(({ endpoint }) => endpoint.kind === 'name')
    ? ['whether the pods may resolve a name; check reports toFQDNs rules without a DNS rule (fqdn-without-dns-rule)']
    : [];
}
