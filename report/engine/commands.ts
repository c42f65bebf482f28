import { Sides } from './sides';
import { formatWorkload, Workload } from '../../src/evaluator/read/workload';
import { CommandText, Port, Side, Suppositions } from '../protocol';

/** More workloads whose pods are supposed make no command that a person would copy. */
const MOST_SCALED = 20;

/** A command line of this program, quoted for a shell. */
export function commandLine(...words: ReadonlyArray<string | readonly string[]>): string {
  return ['cilium-mesh', ...words.flat().map(quoted)].join(' ');
}

/** The words of an option for each port. */
export function portWords(ports: readonly Port[] | undefined): string[] {
  return (ports ?? []).flatMap(({ protocol, port }) => ['--port', `${protocol}/${port}`]);
}

/**
 * The command that prints what the page shows of a side. Of what is supposed, options say versions, and numbers of pods
 * where the command takes `--scale`.
 */
export function commandOf(
  sides: Sides,
  side: Side,
  line: string,
  { pods }: { readonly pods: 'in options' | 'of no effect' | 'missing' },
): CommandText {
  const { arguments: words } = sides.page;
  const scaled = scaledWorkloads(sides, side);
  const saysScale = pods === 'in options' && scaled.length <= MOST_SCALED;
  const supposed: Suppositions = side === 'supposed' ? sides.suppositions : {};
  const { version, settings = [], edited = {}, deleted = [], added = [] } = supposed;
  const asWritten =
    [settings, Object.keys(edited), deleted, added].some(each => each.length > 0) ||
    (scaled.length > 0 && !saysScale && pods !== 'of no effect');
  const options = [
    ...(version === undefined || asWritten ? [] : ['--cilium', version]),
    ...(saysScale ? scaled.flatMap(each => ['--scale', each]) : []),
  ];
  const mesh = side === 'old' ? (words.old ?? words.new) : words.new;
  return {
    line: [line, ...(mesh === '' ? [] : [mesh]), ...options.map(quoted)].join(' '),
    ...(asWritten ? { asWritten } : {}),
  };
}

/** The workloads with other numbers of pods than in their manifests, as `--scale` names them. */
function scaledWorkloads(sides: Sides, side: Side): string[] {
  const written = side === 'old' ? sides.page.old?.replicas : sides.page.new.replicas;
  const before = new Map(sides.new.mesh.workloads.map(each => [keyOf(each), each.replicas]));
  return sides.at(side).mesh.workloads
    .filter(each => {
      const key = keyOf(each);
      return written?.[key] !== undefined || (side === 'supposed' && before.get(key) !== each.replicas);
    })
    .map(each => `${formatWorkload(each)}=${each.replicas}`);
}

function keyOf({ cluster, namespace, name }: Workload): string {
  return `${cluster}/${namespace}/${name}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
