import { stringify } from 'yaml';
import { columns, CommandError, counted, Io, Status } from './io';
import { documentJson, workloadJson } from './json';
import { loadMesh, MeshOptions, portOf, RequestOptions, requestOf } from './mesh-options';
import { colored } from './verdicts';
import { FlowEnd, shownEnd } from '../evaluator/flows/endpoint';
import { FlowPort } from '../evaluator/flows/flow';
import { Addition, additions } from '../evaluator/queries/addition';
import { EndExplanation, explainFlow, FlowExplanation, RuleReference, shownPolicy } from '../evaluator/queries/explain';
import { declaredPorts } from '../evaluator/queries/matrix';
import { Referent, resolveReference } from '../evaluator/queries/reference';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { ServicePort } from '../evaluator/read/service';
import { shownService, serviceView } from '../evaluator/services/backends';
import { decideServiceFlow, ServiceFlow } from '../evaluator/services/service-flow';

export interface ExplainOptions extends MeshOptions, RequestOptions {
  readonly port?: readonly string[];
}

/** `cilium-mesh explain FROM TO`: the path of a flow, and the rules that decide over it. */
export async function explainCommand(from: string, to: string, options: ExplainOptions, io: Io): Promise<Status> {
  const ports = options.port?.map(portOf);
  const request = requestOf(options);
  const { mesh } = loadMesh(options);
  const source = end(resolved(mesh, from), from);
  const destination = resolved(mesh, to);
  if (destination.kind === 'service') {
    return explainService(mesh, source, destination, ports, options, io);
  }
  const flows = portsTo(mesh, destination.end, ports).map(port => explainFlow(mesh, source, destination.end, port, request));
  if (options.format === 'json') {
    await documentJson('flows', flows.map(each => flowJson(mesh, each)), io.out);
  } else {
    await io.out(flows.map(flow => flowText(mesh, flow, io)).join('\n'));
  }
  return Status.OK;
}

function resolved(mesh: EvaluatedMesh, text: string): Referent {
  const found = resolveReference(mesh, text);
  if ('problem' in found) {
    throw new CommandError(`${found.problem}; ${found.fix}`);
  }
  return found;
}

function end(referent: Referent, text: string): FlowEnd {
  if (referent.kind === 'service') {
    throw new CommandError(`${JSON.stringify(text)} is a service, and services send nothing; name a workload, world:, fqdn: or entity:`);
  }
  return referent.end;
}

function portsTo(mesh: EvaluatedMesh, destination: FlowEnd, ports: readonly FlowPort[] | undefined): readonly FlowPort[] {
  const found = ports ?? (destination.kind === 'workload' ? declaredPorts(mesh, destination.workload) : []);
  if (found.length === 0) {
    throw new CommandError(`${shownEnd(destination)} declares no port; name one with --port, for example --port TCP/443`);
  }
  return found;
}

async function explainService(
  mesh: EvaluatedMesh, source: FlowEnd, { service, cluster }: Extract<Referent, { kind: 'service' }>, ports: readonly FlowPort[] | undefined, options: ExplainOptions, io: Io,
): Promise<Status> {
  const client = cluster ?? (source.kind === 'workload' ? source.workload.cluster : undefined);
  if (client === undefined) {
    throw new CommandError(`the service is asked in a cluster: write ${shownService(service)}@CLUSTER`);
  }
  const view = serviceView(mesh, service, client);
  const asked = (view.service?.ports ?? []).filter(port => ports === undefined || ports.some(each => each.protocol === port.protocol && each.port === port.port));
  if (view.service && asked.length === 0) {
    throw new CommandError(`${shownService(service)} has no such port; it has ${view.service.ports.map(each => `${each.protocol}/${each.port}`).join(', ') || 'none'}`);
  }
  const flows = asked.map(port => decideServiceFlow(mesh, source, service, client, port));
  if (options.format === 'json') {
    await documentJson('services', flows.map(flow => serviceJson(mesh, source, flow)), io.out, { namespace: service.namespace, name: service.name, cluster: client, reasons: view.reasons });
    return Status.OK;
  }
  if (!view.service) {
    await io.out(`${shownEnd(source)} -> ${shownService(service)}@${client}: ${io.colors.red('no service')}\n${view.reasons.map(reason => `  ${reason}\n`).join('')}`);
  }
  await io.out(flows.map(flow => serviceText(mesh, source, `${shownService(service)}@${client}`, flow, io)).join('\n'));
  return Status.OK;
}

function serviceText(mesh: EvaluatedMesh, source: FlowEnd, name: string, flow: ServiceFlow, io: Io): string {
  const lines = [`${io.colors.bold(`${shownEnd(source)} -> ${name} ${shownPort(flow.port)}`)}: ${colored(io, flow.verdict)}${flow.verdict === 'partial' ? `, ${percent(flow.reachable)} of new connections arrive` : ''}\n`];
  lines.push(columns(flow.backends.map(({ backend, port, decision }) => [
    shownBackend(backend), port === undefined ? 'no such port' : `${flow.port.protocol}/${port}`, counted(backend.replicas, 'pod'), percent(backend.share), decision ? colored(io, decision.verdict) : io.colors.red('no port'),
  ]), '  '));
  lines.push(...flow.view.reasons.map(reason => `  ${reason}\n`));
  const explained = flow.backends.flatMap(({ backend, port }) => backend.workload && port !== undefined ? [explainFlow(mesh, source, { kind: 'workload', workload: backend.workload }, { protocol: flow.port.protocol, port })] : []);
  return `${lines.join('')}\n${explained.map(each => flowText(mesh, each, io)).join('\n')}`;
}

/** One flow as a person reads it. */
function flowText(mesh: EvaluatedMesh, flow: FlowExplanation, io: Io): string {
  const { source, destination, port, decision } = flow;
  const added = additions(mesh, source, destination, port, decision);
  return [
    `${io.colors.bold(`${shownEnd(source)} -> ${shownEnd(destination)} ${port.protocol}/${port.port}`)}: ${colored(io, flow.verdict)}\n`,
    ...flow.ends.map(each => endText(each, io)),
    ...decision.verdict === 'denied' ? [wayOut(flow, added, io)] : [],
  ].join('');
}

function endText({ end: self, direction, decision, request, rules, nearMisses }: EndExplanation, io: Io): string {
  const where = decision.cluster === undefined ? '' : ` in ${decision.cluster}`;
  const lines = [`  ${direction} of ${shownEnd(self)}${where}: ${colored(io, decision.verdict)}, ${because(self, direction, decision.verdict, rules, decision.failure)}\n`];
  lines.push(columns(rules.map(rule => [shownPolicy(rule), rule.path, place(rule)]), '    '));
  if (request !== undefined) {
    lines.push(`    the request: ${request === 'unknown' ? io.colors.yellow('unknown, it depends on what only the proxy knows') : colored(io, request)}\n`);
  }
  if (nearMisses.length > 0) {
    lines.push('    nearly:\n', columns(nearMisses.map(({ rule, why }) => [`${shownPolicy(rule)} ${rule.path}`, `${place(rule)}: ${why}`]), '      '));
  }
  return lines.join('');
}

function because(self: FlowEnd, direction: string, verdict: string, rules: readonly RuleReference[], failure: string | undefined): string {
  switch (verdict) {
    case 'allowed': return rules.length > 0 ? 'by' : direction === 'ingress' ? 'the policies that select it deny nothing else, or the host is always let in' : 'the policies that select it deny nothing else';
    case 'redirected': return 'to the proxy, where layer 7 rules decide, by';
    case 'denied': return 'by';
    case 'default-denied': return rules.length > 0 ? 'no rule allows it, and default deny is turned on by' : 'no rule allows it, and the policy enforcement mode is always';
    case 'failed': return `its policies contradict each other: ${failure}`;
    case 'outside': return 'no policy of the mesh decides there';
    default: return self.kind === 'workload' && self.workload.hostNetwork ? 'its pods use the network of their nodes, where policies of pods do not act' : `no policy selects it for ${direction}`;
  }
}

/** What would let the flow through. */
function wayOut({ decision, ends }: FlowExplanation, added: readonly Addition[], io: Io): string {
  const lines: string[] = [];
  const denying = ends.filter(each => each.decision.verdict === 'denied');
  if (denying.length > 0) {
    lines.push('  A deny beats every allow: narrow or remove the rules that deny.\n');
  }
  if ([decision.egress, decision.ingress].some(each => each.verdict === 'failed')) {
    lines.push('  Make the rules agree first: Cilium cannot compute the policy of the endpoint.\n');
  }
  for (const { cluster, policy } of added) {
    lines.push(io.colors.dim(`  # the smallest addition, for ${cluster}:\n`), stringify(policy).replace(/^(?=.)/gm, '  '));
  }
  return lines.join('');
}

function flowJson(mesh: EvaluatedMesh, flow: FlowExplanation): unknown {
  const { source, destination, port, decision } = flow;
  return {
    source: endJson(source), destination: endJson(destination), protocol: port.protocol, port: port.port, verdict: flow.verdict,
    ...Object.fromEntries(flow.ends.map(each => [each.direction, {
      verdict: each.decision.verdict, cluster: each.decision.cluster, failure: each.decision.failure, request: each.request, rules: each.rules, nearMisses: each.nearMisses,
    }])),
    additions: decision.verdict === 'denied' ? additions(mesh, source, destination, port, decision) : [],
  };
}

function serviceJson(mesh: EvaluatedMesh, source: FlowEnd, flow: ServiceFlow): unknown {
  return {
    protocol: flow.port.protocol, port: flow.port.port, verdict: flow.verdict, reachable: flow.reachable,
    backends: flow.backends.map(({ backend, port, decision }) => ({
      cluster: backend.cluster, ...backend.workload ? { workload: workloadJson(backend.workload) } : { address: backend.address }, replicas: backend.replicas, share: backend.share,
      ...decision && backend.workload ? { flow: flowJson(mesh, explainFlow(mesh, source, { kind: 'workload', workload: backend.workload }, { protocol: flow.port.protocol, port: port! })) } : {},
    })),
  };
}

function endJson(self: FlowEnd): unknown {
  return self.kind === 'workload' ? workloadJson(self.workload) : { reference: shownEnd(self) };
}

function shownBackend({ workload, address, cluster }: { workload?: { name: string; namespace: string }; address?: string; cluster: string }): string {
  return workload ? `${workload.namespace === 'default' ? '' : `${workload.namespace}/`}${workload.name}@${cluster}` : `${address} (${cluster})`;
}

function shownPort({ protocol, port }: ServicePort): string {
  return `${protocol}/${port}`;
}

/** `50 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} %`;
}

function place({ file, line }: RuleReference): string {
  return file === undefined ? '' : `${file}:${line}`;
}
