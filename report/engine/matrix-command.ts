import { commandLine, commandOf } from './commands';
import { membersById } from './endpoints';
import { Sides } from './sides';
import { grouped } from '../../src/diagnostics/grouped';
import { CommandText, Grouping, Side } from '../protocol';

/** More patterns than this make no command that a person would copy. */
const MOST_PATTERNS = 20;

/** Which flows of a matrix are shown. */
export interface MatrixScope {
  readonly side: Side;
  /** The ids of the endpoints. */
  readonly ids: ReadonlySet<string>;
  /** Whether all workloads are among the endpoints, also without their ids. */
  readonly hasAllWorkloads?: boolean;
  readonly by?: Grouping;
  /** Patterns that select the workloads among the endpoints, where they are not named one by one. */
  readonly workloads?: readonly string[];
  /** Whether only flows that may connect are shown. */
  readonly onlyAllowed?: boolean;
}

/** The command that prints a matrix of the page; undefined where no patterns say which endpoints it is about. */
export function matrixCommand(sides: Sides, scope: MatrixScope): CommandText | undefined {
  const { side, by, onlyAllowed = false } = scope;
  const patterns = patternsOf(sides, scope);
  if (patterns.length > MOST_PATTERNS || patterns.includes(undefined)) {
    return undefined;
  }
  const line = commandLine(
    'matrix',
    by === undefined ? [] : ['--group-by', by],
    ['--from', '--to'].flatMap(option => (patterns as string[]).flatMap(each => [option, each])),
    onlyAllowed ? ['--verdict', 'allowed'] : [],
  );
  return commandOf(sides, side, line, { pods: 'of no effect' });
}

/** No patterns stand for all workloads. An undefined one is an endpoint that a pattern selects only with others. */
function patternsOf(
  sides: Sides,
  { side, ids, hasAllWorkloads = false, workloads }: MatrixScope,
): ReadonlyArray<string | undefined> {
  const members = grouped(membersById(sides, side), ([, { endpoint, blocks, names }]) =>
    endpoint.kind === 'workload' ? 'pods' : (blocks ?? names) ? 'outside' : 'others',
  );
  const [pods, outside, others] = (['pods', 'outside', 'others'] as const).map(kind => {
    const all = members.get(kind) ?? [];
    const chosen = all.flatMap(([id]) => (ids.has(id) || (kind === 'pods' && hasAllWorkloads) ? [id] : []));
    return { chosen, isWhole: chosen.length === all.length };
  });
  const isOnlyPods = outside.chosen.length === 0 && others.chosen.length === 0;
  return [
    ...(pods.isWhole ? (isOnlyPods || pods.chosen.length === 0 ? [] : ['*/*']) : (workloads ?? pods.chosen)),
    ...others.chosen,
    ...(outside.chosen.length === 0 ? [] : [outside.isWhole ? 'world' : undefined]),
  ];
}
