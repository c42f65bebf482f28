import { explainCommand } from './explain';
import { Io } from './io';
import { Stop } from './tour-stops';
import { VerifyOptions } from './verify';
import { formatWorkload } from '../evaluator/read/workload';
import { formatService } from '../evaluator/services/service-name';
import { ToExplain } from '../live/tour/explanations';

/** Prints why, with the rules that decide. */
export async function explainPredictions(
  { file }: Stop,
  all: readonly ToExplain[],
  { http, header }: VerifyOptions,
  io: Io,
): Promise<void> {
  for (const { source, to, protocol, port } of all) {
    await io.out(`\n${io.colors.dim('why:')} `);
    const destination = 'workload' in to ? formatWorkload(to.workload) : formatService(to.service);
    const options = { mesh: file, format: 'text', port: [`${protocol}/${port}`], http, header };
    await explainCommand(formatWorkload(source), destination, options, io);
  }
}
