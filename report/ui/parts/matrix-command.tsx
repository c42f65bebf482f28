import { useMemo } from 'preact/hooks';
import { CommandLine } from './command';
import type { EndpointRow, Side } from '../../protocol';
import { useAnswer } from '../engine';

/** More endpoints than this have no command that names them. */
const MOST_NAMES = 200;

/** The command that prints the flows between endpoints, where one names just these. */
export function MatrixCommand({
  topic,
  side,
  endpoints,
  all,
  onlyAllowed = false,
}: {
  readonly topic: string;
  readonly side: Side;
  readonly endpoints: readonly EndpointRow[];
  /** All endpoints of the report. */
  readonly all: readonly EndpointRow[];
  readonly onlyAllowed?: boolean;
}) {
  const ids = useMemo(() => {
    const isPods = ({ kind }: EndpointRow) => kind === 'workload';
    const workloads = all.filter(each => isPods(each) && each.sides.includes(side)).length;
    const hasAllWorkloads = workloads > 0 && endpoints.filter(isPods).length === workloads;
    const names = endpoints.filter(each => !hasAllWorkloads || !isPods(each)).map(({ id }) => id);
    return { names, hasAllWorkloads };
  }, [endpoints, all, side]);
  const isAsked = endpoints.length > 0 && ids.names.length <= MOST_NAMES;
  const { answer } = useAnswer(topic, 'matrixCommand', isAsked ? { side, ...ids, onlyAllowed } : undefined);
  return isAsked && answer?.command ? <CommandLine command={answer.command} /> : null;
}
