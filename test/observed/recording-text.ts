import { formatPort } from '../../src/evaluator/flows/flow';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';
import { ObservedEnd } from '../../src/observed/flows/ends';
import { ObservedFlow, RecordCount } from '../../src/observed/flows/observed-flow';
import { Recording } from '../../src/observed/flows/recording';
import { FlowFiles } from '../../src/observed/reading/flow-files';
import { formatTime } from '../../src/observed/reading/time';

export function meshOfFile(file: string): EvaluatedMesh {
  const { input, problems } = readMeshFile(file, {});
  if (problems.length > 0) {
    throw new Error(JSON.stringify(problems));
  }
  return readMesh(input);
}

/** All that a recording holds, as text. */
export function formatRecording(recording: Recording, files: FlowFiles): string {
  const flows = recording.finish();
  const counts = Object.entries({ ...recording.skipped, events: recording.events, others: recording.others })
    .concat([
      ['broken', files.broken.count],
      ['foreign', files.foreign.count],
    ])
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name}: ${count}`);
  return [
    ...flows.flatMap(formatFlow),
    `records: ${recording.records}`,
    ...counts,
    ...files.broken.places.map(({ line }) => `broken line ${line}`),
    ...[...recording.nodes.values()].map(
      ({ name, records, lost, wasUnavailable, versions, first, last }) =>
        `node ${JSON.stringify(name)}: ${records} records, ${lost} lost${wasUnavailable ? ', unavailable' : ''}` +
        `${span(first, last)}${versions.size > 0 ? `, versions ${[...versions].join()}` : ''}`,
    ),
    '',
  ].join('\n');
}

function formatFlow(flow: ObservedFlow): string[] {
  const { source, destination, protocol, port, records, decisions, failures, requests } = flow;
  const line = (name: string, { records: count }: RecordCount) => (count > 0 ? [`  ${name}: ${count}`] : []);
  return [
    `${source.text} -> ${destination.text} ${formatPort({ protocol, port })}: ${records} records`,
    ...[source, destination].flatMap(formatEnd),
    ...(['egress', 'ingress'] as const).flatMap(direction => [
      ...Object.entries(decisions[direction].outcomes).map(
        ([outcome, count]) => `  ${direction} ${outcome}: ${count.records}`,
      ),
      ...decisions[direction].policies.map(({ kind, namespace, name }) => `  ${direction} named: ${[kind, namespace, name]}`),
    ]),
    ...line('arrived', flow.arrived),
    ...line('left', flow.left),
    ...line('forwarded somewhere', flow.forwarded),
    ...line('dropped somewhere', flow.dropped),
    ...[...failures].map(([reason, count]) => `  failed by ${reason}: ${count}`),
    ...[...requests].map(([text, each]) => `  request ${text}: ${each.records}, denied ${each.denied}`),
  ];
}

/** How an end was found, unless it was by its labels. */
function formatEnd({ text, matches: [match], addresses }: ObservedEnd): string[] {
  if ('unknown' in match) {
    return [`  ${text}: unknown, ${match.unknown}`];
  }
  return [
    ...(match.by === 'workload' || match.by === 'name' ? [`  ${text}: by ${match.by}`] : []),
    ...(match.difference?.added ?? []).map(label => `  ${text}: +${label}`),
    ...(match.difference?.missing ?? []).map(label => `  ${text}: -${label}`),
    ...(addresses && addresses.size > 1 ? [`  ${text}: ${[...addresses].join(', ')}`] : []),
  ];
}

function span(first: number | undefined, last: number | undefined): string {
  return first === undefined ? '' : `, ${formatTime(first)} to ${formatTime(last!)}`;
}
