import { CommandError, found, Io, Status } from './io';
import { loadConfiguredMesh, MeshOptions, portOf, RequestOptions, requestOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { formatList, formatValue } from '../diagnostics/texts';
import { clusterOf, Endpoint, formatEndpoint } from '../evaluator/flows/endpoint';
import { FlowPort, formatPort } from '../evaluator/flows/flow';
import { explainFlows } from '../evaluator/queries/explain';
import { explainService, ServiceExplanation } from '../evaluator/queries/explain-service';
import { declaredPorts } from '../evaluator/queries/matrix';
import { placedFlows } from '../evaluator/queries/placed-flows';
import { Referent, resolveReference } from '../evaluator/queries/reference';
import { Target, withoutAlias } from '../evaluator/queries/service-target';
import { unmodelledIn } from '../evaluator/queries/unmodelled';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { formatAlias } from '../evaluator/services/service-alias';
import { formatService } from '../evaluator/services/service-name';
import { explainReport } from '../reports/explain';
import { explainServiceReport } from '../reports/explain-service';
import { meshNotes, withNotes } from '../reports/mesh-notes';

export interface ExplainOptions extends MeshOptions, RequestOptions {
  readonly format: string;
  readonly port?: readonly string[];
}

/** `cilium-mesh explain FROM TO`: the verdict of a flow, and the rules that decide it. */
export async function explainCommand(from: string, to: string, options: ExplainOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('explain'));
  const ports = options.port?.map(portOf);
  const request = requestOf(options);
  const { mesh } = await loadConfiguredMesh(options, io);
  const source = end(found(resolveReference(mesh, from)), from);
  const destination = withoutAlias(mesh, source, found(resolveReference(mesh, to)));
  const report =
    destination.kind === 'service'
      ? explainServiceReport(withPorts(found(explainService(mesh, source, destination, { ports, request }))))
      : explainReport(
        explainFlows(
          mesh,
          portsTo(mesh, destination.endpoint, ports ?? destination.ports).flatMap(port =>
            placedFlows(mesh, { source, destination: destination.endpoint, port }, request),
          ),
          request,
        ),
      );
  const noted = withNotes(report, [
    ...aliasNotes(destination),
    ...meshNotes(mesh),
    ...unknownAbout(mesh, source, destination),
  ]);
  await print(noted, options.format, io, { meshes: [mesh], quiet: options.quiet });
  return Status.OK;
}

/** What is not modelled in the clusters of both ends, or of all backends. */
function unknownAbout(mesh: EvaluatedMesh, source: Endpoint, destination: Target): string[] {
  const ends = [source, ...(destination.kind === 'endpoint' ? [destination.endpoint] : [])];
  const isMeant = ({ name }: EvaluatedMesh['clusters'][number]) =>
    destination.kind === 'service' || ends.some(each => clusterOf(each) === name);
  return mesh.clusters.filter(isMeant).flatMap(unmodelledIn);
}

/** What a Service of type ExternalName is an alias of: policies see the name that pods query. */
function aliasNotes({ alias, ...destination }: Target): string[] {
  return alias === undefined
    ? []
    : [
      `the Service is an alias of ${formatAlias(alias)} (type ExternalName)` +
        (destination.kind === 'endpoint'
          ? `; toFQDNs must match the name that pods query, ${formatEndpoint(destination.endpoint)}`
          : ''),
    ];
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
  const asked = ports ?? (destination.kind === 'workload' ? declaredPorts(mesh, destination.workload) : []);
  if (asked.length === 0) {
    throw new CommandError(`${formatEndpoint(destination)} declares no ports: add --port, for example --port TCP/443`);
  }
  return asked;
}

function withPorts(explanation: ServiceExplanation): ServiceExplanation {
  const { service, view, flows } = explanation;
  if (view.service && flows.length === 0) {
    const declared = formatList(view.service.ports.map(formatPort)) || 'none';
    throw new CommandError(`unknown port of ${formatService(service)}; its ports are ${declared}`);
  }
  return explanation;
}
