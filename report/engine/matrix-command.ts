import { commandLine, commandOf } from './commands';
import { membersById } from './endpoints';
import { Sides } from './sides';
import { CommandText, Grouping, Side } from '../protocol';

/** More patterns than this make no command that a person would copy. */
const MOST_PATTERNS = 20;

/** Which flows of a matrix are shown. */
export interface MatrixScope {
  readonly side: Side;
  /** The ids of the endpoints. */
  readonly ids: ReadonlySet<string>;
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
function patternsOf(sides: Sides, { side, ids, workloads }: MatrixScope): ReadonlyArray<string | undefined> {
  const members = [...membersById(sides, side)];
  const pods = members.filter(([, { endpoint }]) => endpoint.kind === 'workload');
  const outside = members.filter(([, { blocks, names }]) => blocks ?? names);
  const others = members.filter(each => !pods.includes(each) && !outside.includes(each));
  const chosen = (all: typeof members) => all.flatMap(([id]) => (ids.has(id) ? [id] : []));
  const [ofPods, ofOutside, ofOthers] = [pods, outside, others].map(chosen);
  const hasAllPods = ofPods.length === pods.length;
  const isOnlyPods = ofOutside.length === 0 && ofOthers.length === 0;
  return [
    ...(hasAllPods ? (isOnlyPods ? [] : ['*/*']) : (workloads ?? ofPods)),
    ...ofOthers,
    ...(ofOutside.length === 0 ? [] : [ofOutside.length === outside.length ? 'world' : undefined]),
  ];
}
