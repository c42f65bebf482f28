import { fileLine, shortName } from './diagnostics';
import { Part } from './report';
import type { ServiceChangeJson } from './schemas/diff';
import { counted, percent } from './words';
import { ServiceCause } from '../evaluator/queries/diff/service-causes';
import { ServedSide, ServiceChange } from '../evaluator/queries/diff/service-changes';
import { formatService } from '../evaluator/services/service-name';

/** The most changed fields of an object that text shows. */
const MOST_FIELDS = 3;

/** Where connections to a service arrive before and after, and why. */
export function serviceSection(change: ServiceChange): Part {
  const { service, cluster, clients, port } = change;
  const who = clients.length === 3 ? '' : ` for clients ${clientsText(clients)}`;
  const [was, is] = sidesText(change);
  return {
    kind: 'section',
    title: [
      { text: 'backends', tone: 'doubtful' },
      '  ',
      { text: `${formatService(service)}@${cluster}`, tone: 'strong' },
      `${port === '' ? '' : `  ${port}`}${who}`,
    ],
    parts: [
      { kind: 'line', text: `${was} => ${is}` },
      ...serviceReasons(change).map((text): Part => ({ kind: 'line', text })),
    ],
  };
}

/** A change of a service as a row beside changes of flows. */
export function serviceRecord(change: ServiceChange): object {
  const { service, cluster, clients, port, before, after, causes } = change;
  const [was, is] = sidesText(change);
  const text = (shares: string, side: ServedSide | undefined) =>
    [shares, ...(side?.conditions ?? []), ...(side?.reasons ?? [])].join('; ');
  return {
    change: 'backends',
    sources: `clients ${clientsText(clients)} in ${cluster}`,
    destinations: `${formatService(service)}@${cluster}`,
    ports: port,
    before: text(was, before),
    after: text(is, after),
    causes: causes.map(causeText).join('; '),
  };
}

function clientsText(clients: ServiceChange['clients']): string {
  return clients.map(client => CLIENT_TEXTS[client]).join(' and ');
}

/** What only one side has: conditions, and reasons for missing backends. Then the objects that change. */
export function serviceReasons({ before, after, causes }: ServiceChange): string[] {
  const [was, is] = [before, after].map(side => [...(side?.conditions ?? []), ...(side?.reasons ?? [])]);
  return [
    ...was.filter(each => !is.includes(each)).map(text => `before: ${text}`),
    ...is.filter(each => !was.includes(each)).map(text => (before ? `after: ${text}` : text)),
    ...causes.map(causeText),
  ];
}

const CLIENT_TEXTS = { pod: 'in pods', host: 'on nodes', outside: 'outside of the cluster' } as const;

/** `changed: Service shop/web in paris, spec.selector.app (dist/paris.k8s.yaml:12)`. */
function causeText({ change, cluster, kind, namespace, name, paths, file, line }: ServiceCause): string {
  const more = paths.length - MOST_FIELDS;
  const fields = [...paths.slice(0, MOST_FIELDS), ...(more > 0 ? [counted(more, 'more field')] : [])];
  const object = `${shortName(kind)} ${shortName(namespace)}/${shortName(name)} in ${cluster}`;
  return `${change}: ${[object, ...fields].join(', ')} (${fileLine(file, line)})`;
}

function sidesText({ before, after }: ServiceChange): [string, string] {
  const hasPorts = !samePorts(before, after);
  return [sharesText(before, hasPorts), sharesText(after, hasPorts)];
}

/** Whether the backends of both sides have the same ports on both. */
function samePorts(before: ServedSide | undefined, after: ServedSide | undefined): boolean {
  const portsOf = (side: ServedSide | undefined, name: string) =>
    side?.backends.flatMap(({ backend, port }) => (backend === name ? [port] : [])) ?? [];
  return (before?.backends ?? []).every(({ backend }) => {
    const [was, is] = [before, after].map(side => portsOf(side, backend));
    return is.length === 0 || was.join() === is.join();
  });
}

function sharesText(side: ServedSide | undefined, hasPorts: boolean): string {
  return side === undefined
    ? 'no such port'
    : side.backends.length === 0
      ? 'no backends'
      : side.backends
        .map(({ backend, port, share }) => {
          const at = hasPorts && port !== undefined ? `:${port}` : '';
          return side.isAlias ? `alias of ${backend}` : `${backend}${at} ${percent(share)}`;
        })
        .join(', ');
}

/** A change of a service in JSON. */
export function serviceChangeJson(change: ServiceChange): ServiceChangeJson {
  const { service, cluster, clients, port, before, after, causes } = change;
  const sharesJson = (side: ServedSide | undefined) => (side ? side.backends.map(each => ({ ...each })) : null);
  const textsJson = (field: 'conditions' | 'reasons') =>
    [before, after].some(side => (side?.[field] ?? []).length > 0)
      ? { [field]: { before: [...(before?.[field] ?? [])], after: [...(after?.[field] ?? [])] } }
      : {};
  return {
    service: formatService(service),
    cluster,
    clients: [...clients],
    port,
    before: sharesJson(before),
    after: sharesJson(after),
    ...textsJson('conditions'),
    ...textsJson('reasons'),
    causes: causes.map(cause => ({ ...cause, paths: [...cause.paths] })),
  };
}
