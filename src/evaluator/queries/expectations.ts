import { EXPECTATIONS_FILE } from './expectations-schema';
import { declaredPorts, matrix, MatrixFlow, parsePort } from './matrix';
import { resolveReference } from './reference';
import { ReferenceProblem } from './reference-problem';
import { selectWorkloads } from './workload-pattern';
import { Codes } from '../../diagnostics/diagnostic';
import { isProblem } from '../../diagnostics/problem';
import { formatPath, Structure, structureFaults } from '../../diagnostics/structure';
import { formatValue, shorten } from '../../diagnostics/texts';
import { Endpoint, formatEndpoint } from '../flows/endpoint';
import { decideFlow, EndpointVerdict, FlowPort, formatPort } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';
import { formatWorkload, Workload } from '../read/workload';
import { serviceFlows } from '../services/service-flow';
import { formatService } from '../services/service-name';

/** What the comparison of a mesh with expectations reports. */
export const EXPECTATION_CODES = {
  'expectation-unmet': {
    severity: 'error',
    title: 'Unmet expectation',
    documentation: 'A flow has another verdict than the file of `--expect` says.',
    fix: 'Correct the policies or the expectation. `cilium-mesh explain FROM TO` shows the rules that decide.',
  },
} as const satisfies Codes;

/** Where several entries are about a flow, the last one counts. */
export interface Expectations {
  readonly default?: 'allowed' | 'denied';
  readonly flows: readonly ExpectedFlow[];
}

/** One entry. */
export interface ExpectedFlow extends Omit<WrittenFlow, 'ports'> {
  readonly ports?: readonly FlowPort[];
  /** Where it is written. */
  readonly path: string;
}

type WrittenFlow = NonNullable<Structure<typeof EXPECTATIONS_FILE>['flows']>[number];

/** Something wrong with the expectations themselves, or one that does not hold. */
export interface ExpectationProblem {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** Reads expectations; everything that is wrong with them at once. */
export function readExpectations(value: unknown): {
  readonly expectations: Expectations;
  readonly problems: readonly ExpectationProblem[];
} {
  const faults = structureFaults(EXPECTATIONS_FILE, value);
  const problems = faults.map(({ kind, path, message, got, allowed, fix }): ExpectationProblem => ({
    path: formatPath(path),
    message: kind === 'invalid' ? `${message}, got ${got}` : message,
    fix: kind === 'unknown' ? `${fix}; the fields are ${allowed}` : fix,
  }));
  const { default: verdict, flows } = (isMap(value) ? value : {}) as Partial<Structure<typeof EXPECTATIONS_FILE>>;
  const entries = (Array.isArray(flows) ? flows : []).flatMap((flow, index): ExpectedFlow[] => {
    const path = `flows[${index}]`;
    if (faults.some(fault => fault.path[0] === 'flows' && fault.path[1] === index)) {
      return [];
    }
    if ([flow.verdict, flow.egress, flow.ingress].every(each => each === undefined)) {
      problems.push({ path, message: `${path} has no verdict`, fix: 'write verdict: allowed or verdict: denied' });
    }
    const ports = flow.ports === undefined ? undefined : [flow.ports].flat().map(port => parsePort(String(port))!);
    return [{ ...flow, ports, path }];
  });
  return { expectations: { default: verdict, flows: entries }, problems };
}

/** The expectations that do not hold. */
export function unmetExpectations(mesh: EvaluatedMesh, expectations: Expectations): ExpectationProblem[] {
  const problems: ExpectationProblem[] = [];
  const pairs = new Map<string, { flow: MatrixFlow; entry: ExpectedFlow }>();
  // flows of other endpoints than pods, and those to services
  const others = new Map<string, { unmet?: string; entry: ExpectedFlow }>();
  for (const entry of expectations.flows) {
    for (const outcome of outcomes(mesh, entry)) {
      if ('message' in outcome) {
        problems.push(outcome);
      } else if (outcome.flow) {
        pairs.set(flowKey(outcome.flow), { flow: outcome.flow, entry });
      } else {
        others.set(outcome.name, { unmet: outcome.unmet, entry });
      }
    }
  }
  for (const { unmet, entry } of others.values()) {
    if (unmet) {
      problems.push({ path: entry.path, message: unmet, fix: fixOf(entry) });
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
        problems.push({
          path: 'default',
          message:
            `${shownFlow(flow)} is ${flow.verdict}, and no entry is about it: ` +
            `the default is ${expectations.default}`,
          fix: 'add an entry, or correct the policies; cilium-mesh explain shows the rules',
        });
      }
    }
  }
  return problems;
}

type Outcome =
  ExpectationProblem | { readonly flow: MatrixFlow } | (NamedOutcome & { readonly flow?: undefined });

/** What becomes of a flow that is not between two workloads. Entries about one flow have the same name. */
interface NamedOutcome {
  readonly name: string;
  readonly unmet?: string;
}

function namedOutcome(
  name: string,
  entry: ExpectedFlow,
  verdict: string,
  egress?: EndpointVerdict,
  ingress?: EndpointVerdict,
): NamedOutcome {
  return { name, unmet: difference(name, entry, verdict, egress, ingress) };
}

/** What becomes of the flows of an entry. */
function outcomes(mesh: EvaluatedMesh, entry: ExpectedFlow): Outcome[] {
  const sources = ends(mesh, entry.from);
  const isService = entry.to.startsWith('svc/');
  const destinations = isService ? [] : ends(mesh, entry.to);
  const broken = [sources, destinations].find(isProblem);
  if (broken) {
    return [{ path: entry.path, message: broken.problem, fix: broken.fix }];
  }
  const from = sources as readonly Endpoint[];
  if (isService) {
    return serviceOutcomes(mesh, entry, from);
  }
  const others = (source: Endpoint) =>
    (destinations as readonly Endpoint[]).filter(
      destination => from.length === 1 || formatEndpoint(source) !== formatEndpoint(destination),
    );
  return from.flatMap(source =>
    others(source).flatMap((destination): Outcome[] => {
      const ports = entry.ports ?? (destination.kind === 'workload' ? declaredPorts(mesh, destination.workload) : []);
      if (ports.length === 0) {
        return [
          {
            path: entry.path,
            message: `${formatEndpoint(destination)} declares no port`,
            fix: 'add ports to the entry',
          },
        ];
      }
      return ports.map((port): Outcome => {
        const { egress, ingress, verdict } = decideFlow(mesh, source, destination, port);
        return source.kind === 'workload' && destination.kind === 'workload'
          ? {
            flow: {
              source: source.workload,
              destination: destination.workload,
              port,
              egress: egress.verdict,
              ingress: ingress.verdict,
              verdict,
            },
          }
          : namedOutcome(
            `${formatEndpoint(source)} -> ${formatEndpoint(destination)} ${formatPort(port)}`,
            entry,
            verdict,
            egress.verdict,
            ingress.verdict,
          );
      });
    }),
  );
}

function serviceOutcomes(mesh: EvaluatedMesh, entry: ExpectedFlow, sources: readonly Endpoint[]): Outcome[] {
  const found = resolveReference(mesh, entry.to);
  if (isProblem(found) || found.kind !== 'service') {
    return [
      {
        path: entry.path,
        message: isProblem(found) ? found.problem : `${formatValue(entry.to)} must be a service`,
        fix: isProblem(found) ? found.fix : 'write svc/namespace/name',
      },
    ];
  }
  return sources.flatMap((source): Outcome[] => {
    const cluster = found.cluster ?? (source.kind === 'workload' ? source.workload.cluster : undefined);
    if (cluster === undefined) {
      return [
        {
          path: entry.path,
          message: `${formatEndpoint(source)} is in no cluster, and the service is asked in one`,
          fix: `write ${shorten(entry.to)}@CLUSTER`,
        },
      ];
    }
    const shown = (port?: ServicePort) =>
      `${formatEndpoint(source)} -> ` +
      `${formatService(found.service)}@${cluster}${port ? ` ${port.protocol}/${port.port}` : ''}`;
    const flows = serviceFlows(mesh, source, found.service, cluster, { ports: entry.ports });
    return flows.length === 0
      ? [namedOutcome(shown(), entry, 'no-backends')]
      : flows.map(({ port, family, verdict }) =>
        namedOutcome(`${shown(port)}${family === undefined ? '' : ` over ${family}`}`, entry, verdict),
      );
  });
}

function ends(
  mesh: EvaluatedMesh,
  text: string,
): readonly Endpoint[] | ReferenceProblem {
  if (/^(world|fqdn|entity):/.test(text)) {
    const found = resolveReference(mesh, text);
    return isProblem(found) ? found : found.kind === 'endpoint' ? [found.endpoint] : [];
  }
  const found = selectWorkloads(mesh, text);
  return isProblem(found) ? found : found.map((workload: Workload) => ({ kind: 'workload', workload }));
}

function difference(
  flow: string,
  entry: ExpectedFlow,
  verdict: string,
  egress: EndpointVerdict | undefined,
  ingress: EndpointVerdict | undefined,
): string | undefined {
  const wrong = [
    ['', entry.verdict, verdict],
    ['egress ', entry.egress, egress],
    ['ingress ', entry.ingress, ingress],
  ].filter(([, wanted, got]) => wanted !== undefined && wanted !== got);
  const texts = wrong.map(([end, wanted, got]) => `${end}${got} where ${wanted} is expected`);
  return texts.length === 0 ? undefined : `${flow}: ${texts.join(', ')}${entry.why ? ` (${entry.why})` : ''}`;
}

function fixOf(entry: ExpectedFlow): string {
  return entry.verdict === 'allowed'
    ? 'cilium-mesh explain shows the rules, and the smallest addition'
    : 'cilium-mesh explain shows the rules';
}

function shownFlow({ source, destination, port }: MatrixFlow): string {
  return `${formatWorkload(source)} -> ${formatWorkload(destination)} ${formatPort(port)}`;
}

function flowKey({ source, destination, port }: MatrixFlow): string {
  const key = ({ cluster, namespace, kind, name }: Workload) => `${cluster}/${namespace}/${kind}/${name}`;
  return `${key(source)} ${key(destination)} ${formatPort(port)}`;
}

function isMap(value: unknown): value is { [key: string]: any } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
