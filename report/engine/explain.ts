import { stringify } from 'yaml';
import { commandLine, commandOf, portWords } from './commands';
import { membersById } from './endpoints';
import { Sides } from './sides';
import { isProblem } from '../../src/diagnostics/problem';
import { formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { FlowPort } from '../../src/evaluator/flows/flow';
import { formatPlaces } from '../../src/evaluator/flows/places';
import { Request } from '../../src/evaluator/flows/request';
import { explainFlows, FlowExplanation } from '../../src/evaluator/queries/explain';
import { explainService } from '../../src/evaluator/queries/explain-service';
import { parseHttpRequest } from '../../src/evaluator/queries/http-pattern';
import { declaredPorts } from '../../src/evaluator/queries/matrix';
import { placedFlows } from '../../src/evaluator/queries/placed-flows';
import { Referent, resolveReference } from '../../src/evaluator/queries/reference';
import { ReferenceProblem } from '../../src/evaluator/queries/reference-problem';
import { withoutAlias } from '../../src/evaluator/queries/service-target';
import { EvaluatedMesh } from '../../src/evaluator/read/mesh';
import { explainReport, flowJson } from '../../src/reports/explain';
import { explainServiceReport, serviceFlowJson } from '../../src/reports/explain-service';
import { text } from '../../src/reports/formats/text';
import { Report } from '../../src/reports/report';
import { Explained, ExplainQuestion, Refused } from '../protocol';

/** Explains a flow as `explain` does. */
export function explain(sides: Sides, question: ExplainQuestion): Explained | Refused {
  const { mesh } = sides.at(question.side);
  const request = requestOf(question);
  if (request && isProblem(request)) {
    return request as Refused;
  }
  const from = resolve(sides, mesh, question, question.from);
  if (isProblem(from)) {
    return from as Refused;
  }
  if (from.kind === 'service') {
    return {
      problem: `FROM must not be a service, got ${question.from}: services open no connections`,
      fix: 'name a workload, world:, fqdn: or entity:',
    };
  }
  const to = resolve(sides, mesh, question, question.to);
  if (isProblem(to)) {
    return to as Refused;
  }
  const target = withoutAlias(mesh, from.endpoint, to);
  const ports = question.ports as readonly FlowPort[] | undefined;
  const command = explainCommand(sides, question, target.kind === 'service');
  if (target.kind === 'service') {
    const explained = explainService(mesh, from.endpoint, target, { ports, request: request as Request | undefined });
    if (isProblem(explained)) {
      return explained as Refused;
    }
    const report = explainServiceReport(explained);
    const flows = explained.flows.flatMap(({ backends }) =>
      backends.flatMap(({ ways }) => ways.flatMap(({ flow }) => flow ?? [])),
    );
    return {
      flows: [],
      services: explained.flows.map(serviceFlowJson),
      additions: additionsOf(flows),
      text: printed(report),
      command,
    };
  }
  const declared = target.endpoint.kind === 'workload' ? declaredPorts(mesh, target.endpoint.workload) : [];
  const asked = ports ?? target.ports ?? declared;
  if (asked.length === 0) {
    return {
      problem: `${formatEndpoint(target.endpoint)} declares no ports`,
      fix: 'name a port, for example TCP/443',
    };
  }
  const flows = explainFlows(
    mesh,
    asked.flatMap(port => placedFlows(mesh, { source: from.endpoint, destination: target.endpoint, port }, request)),
    request,
  );
  return {
    flows: flows.map(flow => ({
      ...flowJson(flow),
      places: formatPlaces(flow, formatEndpoint(flow.source), formatEndpoint(flow.destination)),
    })),
    services: [],
    additions: additionsOf(flows),
    text: printed(explainReport(flows)),
    command,
  };
}

function resolve(
  sides: Sides,
  mesh: EvaluatedMesh,
  { side }: ExplainQuestion,
  id: string,
): Referent | ReferenceProblem {
  const resolved = resolveReference(mesh, id);
  if (!isProblem(resolved)) {
    return resolved;
  }
  // ids of nodes in place, blocks of addresses and patterns of names are no references
  const member = membersById(sides, side).get(id);
  return member ? { kind: 'endpoint', endpoint: member.endpoint } : resolved;
}

function requestOf({ http, dns }: ExplainQuestion): Request | ReferenceProblem | undefined {
  if (dns !== undefined) {
    return { kind: 'dns', name: dns };
  }
  const parsed = http === undefined ? undefined : parseHttpRequest(http);
  return http === undefined
    ? undefined
    : parsed
      ? { kind: 'http', http: parsed }
      : { problem: `${http} is not a method and a path`, fix: "write a request such as 'GET /path'" };
}

/** Numbers of pods decide nothing but which backends of a service are reached. */
function explainCommand(sides: Sides, { side, from, to, ports, http, dns }: ExplainQuestion, isService: boolean) {
  const line = commandLine(
    'explain',
    from,
    to,
    portWords(ports),
    http === undefined ? [] : ['--http', http],
    dns === undefined ? [] : ['--dns', dns],
  );
  return commandOf(sides, side, line, { pods: isService ? 'missing' : 'of no effect' });
}

/** The policies that would allow all flows, each once. */
function additionsOf(flows: readonly FlowExplanation[]): Explained['additions'] {
  const texts = new Map<string, { cluster: string; text: string }>();
  for (const { cluster, policy } of flows.flatMap(({ additions }) => additions)) {
    const yaml = stringify(policy);
    texts.set(`${cluster}\n${yaml}`, { cluster, text: yaml });
  }
  return [...texts.values()];
}

function printed(report: Report): string {
  return [...text(report, {})].join('');
}
