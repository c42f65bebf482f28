import { CommandError, Io, Status } from './io';
import { loadMesh, MeshOptions, portOf, RequestOptions, requestOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { formatValue } from '../diagnostics/texts';
import { Endpoint, formatEndpoint } from '../evaluator/flows/endpoint';
import { FlowPort } from '../evaluator/flows/flow';
import { explainFlow } from '../evaluator/queries/explain';
import { declaredPorts } from '../evaluator/queries/matrix';
import { Referent, resolveReference } from '../evaluator/queries/reference';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { serviceView } from '../evaluator/services/backends';
import { decideServiceFlow } from '../evaluator/services/service-flow';
import { formatService } from '../evaluator/services/service-name';
import { explainReport } from '../reports/explain';
import { explainServiceReport, ServiceExplanation } from '../reports/explain-service';

export interface ExplainOptions extends MeshOptions, RequestOptions {
  readonly format: string;
  readonly port?: readonly string[];
}

/** `cilium-mesh explain FROM TO`: the verdict of a flow, and the rules that decide it. */
export async function explainCommand(from: string, to: string, options: ExplainOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('explain'));
  const ports = options.port?.map(portOf);
  const request = requestOf(options);
  const { mesh } = loadMesh(options);
  const source = end(resolved(mesh, from), from);
  const destination = resolved(mesh, to);
  const report =
    destination.kind === 'service'
      ? explainServiceReport(mesh, serviceExplanation(mesh, source, destination, ports))
      : explainReport(
        mesh,
        portsTo(mesh, destination.endpoint, ports).map(port =>
          explainFlow(mesh, source, destination.endpoint, port, request),
        ),
      );
  await print(report, options.format, io);
  return Status.OK;
}

function resolved(mesh: EvaluatedMesh, text: string): Referent {
  const found = resolveReference(mesh, text);
  if ('problem' in found) {
    throw new CommandError(`${found.problem}; ${found.fix}`);
  }
  return found;
}

function end(referent: Referent, text: string): Endpoint {
  if (referent.kind === 'service') {
    throw new CommandError(
      `FROM must not be a service, got ${formatValue(text)}: services open no connections; ` +
        'name a workload, world:, fqdn: or entity:',
    );
  }
  return referent.endpoint;
}

function portsTo(
  mesh: EvaluatedMesh,
  destination: Endpoint,
  ports: readonly FlowPort[] | undefined,
): readonly FlowPort[] {
  const found = ports ?? (destination.kind === 'workload' ? declaredPorts(mesh, destination.workload) : []);
  if (found.length === 0) {
    throw new CommandError(`${formatEndpoint(destination)} declares no ports: add --port, for example --port TCP/443`);
  }
  return found;
}

function serviceExplanation(
  mesh: EvaluatedMesh,
  source: Endpoint,
  { service, cluster }: Extract<Referent, { kind: 'service' }>,
  ports: readonly FlowPort[] | undefined,
): ServiceExplanation {
  const client = cluster ?? (source.kind === 'workload' ? source.workload.cluster : undefined);
  if (client === undefined) {
    throw new CommandError(
      'the cluster of the client is unknown, and each cluster has its own view of the service: ' +
        `write ${formatService(service)}@CLUSTER`,
    );
  }
  const view = serviceView(mesh, service, client);
  const asked = (view.service?.ports ?? []).filter(
    ({ protocol, port }) => ports === undefined || ports.some(each => each.protocol === protocol && each.port === port),
  );
  if (view.service && asked.length === 0) {
    const declared = view.service.ports.map(each => `${each.protocol}/${each.port}`).join(', ') || 'none';
    throw new CommandError(`unknown port of ${formatService(service)}; its ports are ${declared}`);
  }
  return { source, service, view, flows: asked.map(port => decideServiceFlow(mesh, source, service, client, port)) };
}
