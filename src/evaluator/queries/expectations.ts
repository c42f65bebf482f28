import { declaredPorts, matrix, MatrixFlow, parsePort } from './matrix';
import { resolveReference, selectWorkloads } from './reference';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { MESH_API_VERSION } from '../../model/mesh-file';
import { Endpoint, formatEndpoint } from '../flows/endpoint';
import { decideFlow, formatPort, EndpointVerdict, FlowPort } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';
import { Workload } from '../read/workload';
import { serviceView, formatService } from '../services/backends';
import { decideServiceFlow } from '../services/service-flow';

/**
 * Expectations: which flows are to be allowed and denied.
 *
 *     apiVersion: cilium-mesh/v1
 *     default: denied                   # every flow of the matrix that no entry is about; without it, those are not looked at
 *     flows:
 *     - from: x-wing@koornacht          # a reference, or a pattern: "*@koornacht", shop/*, app=web
 *       to: rebel-base@*                # or svc/rebel-base, world:192.0.2.1, fqdn:example.org, entity:host@tion
 *       ports: [TCP/80]                 # without them, those that the destination declares
 *       verdict: allowed                # or denied; of a service also partial and no-backends
 *       egress: allowed                 # the verdict of one end: allowed, redirected, denied, default-denied, unenforced, failed, outside
 *       ingress: unenforced
 *       why: what the application needs
 *
 * Where several entries are about a flow, the last one counts.
 */
export interface Expectations {
  readonly default?: 'allowed' | 'denied';
  readonly flows: readonly ExpectedFlow[];
}

/** One entry. */
export interface ExpectedFlow {
  readonly from: string;
  readonly to: string;
  readonly ports?: readonly FlowPort[];
  readonly verdict?: string;
  readonly egress?: EndpointVerdict;
  readonly ingress?: EndpointVerdict;
  readonly why?: string;
  /** Where it is written. */
  readonly path: string;
}

/** Something wrong with the expectations themselves, or one that does not hold. */
export interface ExpectationProblem {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

const END_VERDICTS = ['allowed', 'redirected', 'denied', 'default-denied', 'unenforced', 'failed', 'outside'];
const VERDICTS = ['allowed', 'denied', 'partial', 'no-backends'];

/** Reads expectations; everything that is wrong with them at once. */
export function readExpectations(value: unknown): { readonly expectations: Expectations; readonly problems: readonly ExpectationProblem[] } {
  const problems: ExpectationProblem[] = [];
  const fault = (path: string, message: string, fix: string) => problems.push({ path, message, fix });
  if (!isMap(value)) {
    fault('', 'expectations are a mapping with apiVersion, flows and perhaps default', `write apiVersion: ${MESH_API_VERSION} and flows`);
    return { expectations: { flows: [] }, problems };
  }
  const known = (map: object, path: string, fields: readonly string[]) => Object.keys(map).filter(field => !fields.includes(field))
    .forEach(field => fault(path === '' ? field : `${path}.${field}`, `there is no field ${field}${didYouMean(field, fields)}`, `the fields are ${fields.join(', ')}`));
  const oneOf = (given: unknown, path: string, allowed: readonly string[]) => given === undefined || allowed.includes(given as string)
    || fault(path, `${JSON.stringify(given)} is none of ${allowed.join(', ')}${didYouMean(given, allowed)}`, `write one of ${allowed.join(', ')}`);
  known(value, '', ['apiVersion', 'default', 'flows']);
  if (value.apiVersion !== MESH_API_VERSION) {
    fault('apiVersion', `apiVersion must be ${MESH_API_VERSION}, not ${JSON.stringify(value.apiVersion)}`, `write apiVersion: ${MESH_API_VERSION}`);
  }
  oneOf(value.default, 'default', ['allowed', 'denied']);
  if (value.flows !== undefined && !Array.isArray(value.flows)) {
    fault('flows', 'flows must be a list', 'write a list of entries with from, to and verdict');
  }
  const flows = (Array.isArray(value.flows) ? value.flows : []).flatMap((flow: unknown, index: number): ExpectedFlow[] => {
    const path = `flows[${index}]`;
    if (!isMap(flow) || typeof flow.from !== 'string' || typeof flow.to !== 'string') {
      fault(path, 'an entry needs from and to', 'write from: x-wing@koornacht and to: rebel-base@tion');
      return [];
    }
    known(flow, path, ['from', 'to', 'ports', 'verdict', 'egress', 'ingress', 'why']);
    oneOf(flow.verdict, `${path}.verdict`, VERDICTS);
    oneOf(flow.egress, `${path}.egress`, END_VERDICTS);
    oneOf(flow.ingress, `${path}.ingress`, END_VERDICTS);
    if ([flow.verdict, flow.egress, flow.ingress].every(each => each === undefined)) {
      fault(path, 'an entry needs a verdict', 'write verdict: allowed or verdict: denied');
    }
    const ports = flow.ports === undefined ? undefined : (Array.isArray(flow.ports) ? flow.ports : [flow.ports]).flatMap((text, which) => {
      const port = parsePort(String(text));
      if (!port) {
        fault(`${path}.ports[${which}]`, `${JSON.stringify(text)} is no port`, 'write PROTOCOL/NUMBER such as TCP/80');
      }
      return port ?? [];
    });
    return [{ ...flow as unknown as ExpectedFlow, ports, path }];
  });
  return { expectations: { default: value.default, flows }, problems };
}

/** The expectations that do not hold. */
export function unmetExpectations(mesh: EvaluatedMesh, expectations: Expectations): ExpectationProblem[] {
  const problems: ExpectationProblem[] = [];
  const pairs = new Map<string, { flow: MatrixFlow; entry: ExpectedFlow }>();
  for (const entry of expectations.flows) {
    for (const outcome of outcomes(mesh, entry)) {
      if ('message' in outcome) {
        problems.push(outcome);
      } else if (outcome.flow) {
        pairs.set(flowKey(outcome.flow), { flow: outcome.flow, entry });
      } else if (outcome.unmet) {
        problems.push({ path: entry.path, message: outcome.unmet, fix: fixOf(entry) });
      }
    }
  }
  for (const { flow, entry } of pairs.values()) {
    const unmet = difference(shownFlow(flow), entry, flow.verdict, flow.egress, flow.ingress);
    if (unmet) {
      problems.push({ path: entry.path, message: unmet, fix: fixOf(entry) });
    }
  }
  const place = ({ path }: ExpectationProblem) => expectations.flows.findIndex(entry => entry.path === path);
  problems.sort((one, other) => place(one) - place(other));
  if (expectations.default) {
    for (const flow of matrix(mesh, { from: mesh.workloads, to: mesh.workloads, all: false })) {
      if (!pairs.has(flowKey(flow)) && flow.verdict !== expectations.default) {
        problems.push({ path: 'default', message: `${shownFlow(flow)} is ${flow.verdict}, and no entry is about it: the default is ${expectations.default}`, fix: 'add an entry, or correct the policies; cilium-mesh explain shows the rules' });
      }
    }
  }
  return problems;
}

type Outcome = ExpectationProblem | { readonly flow: MatrixFlow } | { readonly flow?: undefined; readonly unmet?: string };

/** What becomes of the flows of an entry. */
function outcomes(mesh: EvaluatedMesh, entry: ExpectedFlow): Outcome[] {
  const sources = ends(mesh, entry.from);
  const isService = entry.to.startsWith('svc/');
  const destinations = isService ? [] : ends(mesh, entry.to);
  const broken = [sources, destinations].find((each): each is { problem: string; fix: string } => 'problem' in each);
  if (broken) {
    return [{ path: entry.path, message: broken.problem, fix: broken.fix }];
  }
  const from = sources as readonly Endpoint[];
  if (isService) {
    return serviceOutcomes(mesh, entry, from);
  }
  const others = (source: Endpoint) => (destinations as readonly Endpoint[]).filter(destination => from.length === 1 || formatEndpoint(source) !== formatEndpoint(destination));
  return from.flatMap(source => others(source).flatMap((destination): Outcome[] => {
    const ports = entry.ports ?? (destination.kind === 'workload' ? declaredPorts(mesh, destination.workload) : []);
    if (ports.length === 0) {
      return [{ path: entry.path, message: `${formatEndpoint(destination)} declares no port`, fix: 'add ports to the entry' }];
    }
    return ports.map((port): Outcome => {
      const { egress, ingress, verdict } = decideFlow(mesh, source, destination, port);
      return source.kind === 'workload' && destination.kind === 'workload'
        ? { flow: { source: source.workload, destination: destination.workload, port, egress: egress.verdict, ingress: ingress.verdict, verdict } }
        : { unmet: difference(`${formatEndpoint(source)} -> ${formatEndpoint(destination)} ${formatPort(port)}`, entry, verdict, egress.verdict, ingress.verdict) };
    });
  }));
}

function serviceOutcomes(mesh: EvaluatedMesh, entry: ExpectedFlow, sources: readonly Endpoint[]): Outcome[] {
  const found = resolveReference(mesh, entry.to);
  if ('problem' in found || found.kind !== 'service') {
    return [{ path: entry.path, message: 'problem' in found ? found.problem : `${entry.to} is no service`, fix: 'problem' in found ? found.fix : 'write svc/namespace/name' }];
  }
  return sources.flatMap((source): Outcome[] => {
    const cluster = found.cluster ?? (source.kind === 'workload' ? source.workload.cluster : undefined);
    if (cluster === undefined) {
      return [{ path: entry.path, message: `${formatEndpoint(source)} is in no cluster, and the service is asked in one`, fix: `write ${entry.to}@CLUSTER` }];
    }
    const shown = (port?: ServicePort) => `${formatEndpoint(source)} -> ${formatService(found.service)}@${cluster}${port ? ` ${port.protocol}/${port.port}` : ''}`;
    const ports = (serviceView(mesh, found.service, cluster).service?.ports ?? [])
      .filter(port => entry.ports === undefined || entry.ports.some(each => each.protocol === port.protocol && each.port === port.port));
    return ports.length === 0 ? [{ unmet: difference(shown(), entry, 'no-backends', undefined, undefined) }]
      : ports.map(port => ({ unmet: difference(shown(port), entry, decideServiceFlow(mesh, source, found.service, cluster, port).verdict, undefined, undefined) }));
  });
}

function ends(mesh: EvaluatedMesh, text: string): readonly Endpoint[] | { readonly problem: string; readonly fix: string } {
  if (/^(world|fqdn|entity):/.test(text)) {
    const found = resolveReference(mesh, text);
    return 'problem' in found ? found : found.kind === 'endpoint' ? [found.endpoint] : [];
  }
  const found = selectWorkloads(mesh, text);
  return 'problem' in found ? found : found.map((workload: Workload) => ({ kind: 'workload', workload }));
}

function difference(flow: string, entry: ExpectedFlow, verdict: string, egress: EndpointVerdict | undefined, ingress: EndpointVerdict | undefined): string | undefined {
  const wrong = [['', entry.verdict, verdict], ['egress ', entry.egress, egress], ['ingress ', entry.ingress, ingress]].filter(([, wanted, got]) => wanted !== undefined && wanted !== got);
  return wrong.length === 0 ? undefined : `${flow}: ${wrong.map(([end, wanted, got]) => `${end}${got} where ${wanted} is expected`).join(', ')}${entry.why ? ` (${entry.why})` : ''}`;
}

function fixOf(entry: ExpectedFlow): string {
  return entry.verdict === 'allowed' ? 'cilium-mesh explain shows the rules, and the smallest addition' : 'cilium-mesh explain shows the rules';
}

function shownFlow({ source, destination, port }: MatrixFlow): string {
  return `${formatEndpoint({ kind: 'workload', workload: source })} -> ${formatEndpoint({ kind: 'workload', workload: destination })} ${formatPort(port)}`;
}

function flowKey({ source, destination, port }: MatrixFlow): string {
  const key = ({ cluster, namespace, kind, name }: Workload) => `${cluster}/${namespace}/${kind}/${name}`;
  return `${key(source)} ${key(destination)} ${formatPort(port)}`;
}

function isMap(value: unknown): value is { [key: string]: any } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
