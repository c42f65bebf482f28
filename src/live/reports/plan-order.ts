import { objectJson } from './object-json';
import { endpointNames, formatEndpoints } from '../../reports/endpoint-names';
import { formatRanges } from '../../reports/port-ranges';
import { Inline, Part } from '../../reports/report';
import { counted } from '../../reports/words';
import { ApplyOrder, ChangePlace, formatStage, Suffering } from '../plans/apply-order';
import { formatObject } from '../plans/live-object';

/** What is known about the states between the changes of a plan. */
type OrderVerdict = 'safe' | 'suffering' | 'unknown';

function verdictOf({ suffering, limit, undecided }: ApplyOrder): OrderVerdict {
  return limit !== undefined
    ? 'unknown'
    : suffering.length > 0 ? 'suffering' : undecided.length > 0 ? 'unknown' : 'safe';
}

/**
 * The order of a plan for people: its steps and the flows that they interrupt or open, or one line if there are none.
 * Nothing where no order is needed.
 */
export function orderParts(order: ApplyOrder): Part[] {
  const { changes, stages, suffering, isParallel } = order;
  const texts = unknownTexts(order);
  if (suffering.length > 0) {
    const steps = stages.map((stage, index) => line(`${index + 1}. ${stage.cluster}: ${formatStage(stage)}`));
    return [
      {
        kind: 'section',
        title: [{ text: 'the order', tone: 'strong' }, ` of ${counted(changes, 'change')} that flows depend on`],
        parts: [
          ...steps,
          ...suffering.map(each => line([{ text: '!', tone: 'bad' }, ` ${sufferingText(each, order)}`])),
          line(adviceText(order)),
          ...texts.map(unknownLine),
        ],
      },
    ];
  }
  const isSafe = verdictOf(order) === 'safe' && !isParallel;
  return [
    ...(isSafe ? [line(`no flow is interrupted or opened between the ${counted(changes, 'change')} that flows depend on`)] : []),
    ...(isSafe || order.limit !== undefined || order.unread.length > 0 ? texts.map(unknownLine) : []),
  ];
}

function unknownLine(text: string): Part {
  return line([{ text: `not known: ${text}`, tone: 'faint' }]);
}

function line(text: Inline): Part {
  return { kind: 'line', text };
}

/** The flows that suffer, and between which changes. */
export function sufferingText(each: Suffering, order: ApplyOrder): string {
  return `${flowText(each, order)}: ${each.kind} ${periodText(each, order)}`;
}

function flowText({ sources, destinations, ranges, all }: Suffering, { meshAddresses }: ApplyOrder): string {
  const [from, to] = [sources, destinations].map(each => formatEndpoints(each, all, meshAddresses));
  return `${from} -> ${to} ${formatRanges(ranges)}`;
}

function periodText({ from, until }: Suffering, { left }: ApplyOrder): string {
  const end = until ? placeText(until) : left.length > 0 ? `the changes of ${left.join(', ')}` : 'the end';
  return `after ${placeText(from)}, until ${end}`;
}

function placeText({ stage, cluster, object }: ChangePlace): string {
  return `${formatObject(object)} in ${cluster} (step ${stage + 1})`;
}

function adviceText({ isExhausted, first, judged, suffering, left }: ApplyOrder): string {
  const begins = first.length > 0 ? ` that begins with ${first.join(', ')}` : '';
  return left.length > 0 && suffering.some(({ until }) => until === undefined)
    ? `only the changes of ${left.join(', ')} end this: apply them in the same run`
    : isExhausted
      ? `no order of these changes${begins} avoids this: all were tried`
      : `no order${begins === '' ? ' that' : `${begins} and`} avoids this was found among ${counted(judged, 'state')}`;
}

function unknownTexts({ changes, limit, unknown, unread, undecided }: ApplyOrder): string[] {
  return [
    ...(limit === undefined
      ? []
      : [`which flows are interrupted or opened between ${counted(changes, 'change')}: at most ${limit} are judged`]),
    ...unread.map(
      name =>
        `what ${name} runs and enforces: it was not read, so its pods count as in its manifests, and only the policies ` +
        'of the other clusters are judged' +
        (undecided.length > 0 ? `; flows with ${name} may be interrupted or opened` : ''),
    ),
    ...unknown,
  ];
}

/** The same as rows. */
export function orderRecords(order: ApplyOrder): object[] {
  return [
    ...order.suffering.map(each => ({
      cluster: '',
      action: each.kind,
      what: flowText(each, order),
      fields: periodText(each, order),
    })),
    ...(order.limit === undefined && order.undecided.length === 0
      ? []
      : [{ cluster: '', action: 'unknown', what: unknownTexts(order)[0], fields: '' }]),
  ];
}

/** The same as data. */
export function orderJson(order: ApplyOrder): object {
  const { changes, stages, suffering, isExhausted, judged, limit, left, isParallel, meshAddresses } = order;
  const place = ({ stage, cluster, object }: ChangePlace) => ({ step: stage + 1, cluster, object: objectJson(object) });
  return {
    verdict: verdictOf(order),
    changes,
    steps: isParallel
      ? []
      : stages.map(({ cluster, kind, objects }) => ({ cluster, action: kind, objects: objects.map(objectJson) })),
    suffering: suffering.map(({ kind, sources, destinations, ranges, all, from, until }) => ({
      kind,
      sources: endpointNames(sources, all, meshAddresses),
      destinations: endpointNames(destinations, all, meshAddresses),
      ranges: ranges.map(({ protocol, first, last }) => ({ protocol, first, last })),
      after: place(from),
      ...(until ? { until: place(until) } : {}),
    })),
    exhausted: isExhausted,
    judged,
    ...(limit === undefined ? {} : { limit }),
    left,
    notKnown: unknownTexts(order),
  };
}
