import { useMemo } from 'preact/hooks';
import type { Side } from '../protocol';
import { useAnswer } from './engine';
import { PairTraffic } from './traffic';

/** The recorded flows of pairs; undefined for reports without a recording. */
export function useTraffic(topic: string, side: Side, hasFlows: boolean): PairTraffic | undefined {
  const { answer } = useAnswer(topic, 'traffic', hasFlows ? { side } : undefined);
  return useMemo(() => (hasFlows && answer ? new PairTraffic(answer) : undefined), [answer, hasFlows]);
}
