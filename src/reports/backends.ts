import { Inline, Part, Report } from './report';
import type { BackendJson, FrontendJson, ServiceJson, ServiceViewJson } from './schemas/backends';
import { percent, podCount } from './words';
import { formatPort } from '../evaluator/flows/flow';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { serviceView } from '../evaluator/services/backends';
import { ServiceName, formatService } from '../evaluator/services/service-name';
import { Backend, ClientKind, formatBackend, Frontend, isBalancedAlike, ServiceView } from '../evaluator/services/service-view';

/** The backends of a service that the clients in one cluster reach. */
export interface ClientView {
  /** Of clients in pods. */
  readonly view: ServiceView;
  /** Of clients elsewhere, whose backends or shares are others. */
  readonly others: readonly OtherView[];
  /** The same without the pods of one cluster, for each cluster with backends. */
  readonly without: () => ReadonlyArray<{ readonly cluster: string; readonly view: ServiceView }>;
}

/** The backends of clients on nodes, or outside of the cluster. */
export interface OtherView {
  readonly client: Exclude<ClientKind, 'pod'>;
  readonly view: ServiceView;
}

/** A service as the clients in each cluster see it. */
export interface ServiceViews {
  readonly service: ServiceName;
  readonly clients: readonly ClientView[];
}

/** What the clients in a cluster reach. */
export function clientView(mesh: EvaluatedMesh, service: ServiceName, cluster: string): ClientView {
  const view = serviceView(mesh, service, cluster);
  const others = (['host', 'outside'] as const)
    .map((client): OtherView => ({ client, view: serviceView(mesh, service, cluster, { client }) }))
    .filter(other => !isBalancedAlike(other.view, view))
    // most Services have no address for clients outside
    .filter(other => other.client === 'host' || other.view.frontends.length > 0);
  return { view, others, without: () => [] };
}

/** `cilium-mesh backends`: the backends that the clients in each cluster reach. */
export function backendsReport(services: readonly ServiceViews[]): Report {
  return {
    title: 'backends',
    parts: () =>
      services.length === 0 ? [{ kind: 'line', text: 'The manifests have no Service.' }] : services.map(serviceSection),
    document: { field: 'services', items: () => services.map(serviceJson) },
    records: {
      columns: [
        'service.namespace',
        'service.name',
        'service.clusterset',
        'client',
        'clientKind',
        'backend.cluster',
        'backend.workload.kind',
        'backend.workload.name',
        'backend.address',
        'backend.replicas',
        'backend.share',
      ],
      items: () =>
        services.flatMap(({ service, clients }) =>
          clients.flatMap(({ view, others }) =>
            [{ client: 'pod', view }, ...others].flatMap(({ client, view: { cluster, backends } }) =>
              backends.map(backend => ({
                service,
                client: cluster,
                clientKind: client,
                backend: backendJson(backend),
              })),
            ),
          ),
        ),
    },
  };
}

function serviceSection({ service, clients }: ServiceViews): Part {
  return {
    kind: 'section',
    title: { text: formatService(service), tone: 'strong' },
    parts: clients.map(clientSection),
  };
}

const OTHER_CLIENTS: { readonly [kind in OtherView['client']]: string } = {
  host: 'clients on nodes and with host network',
  outside: 'clients outside of the cluster',
};

function clientSection({ view, others, without }: ClientView): Part {
  return {
    kind: 'section',
    title: `clients in ${view.cluster}${view.service ? ` (${annotationTexts(view.service).join(', ')})` : ''}`,
    parts: [
      ...viewParts(view),
      ...others.map((each): Part => ({
        kind: 'section',
        title: OTHER_CLIENTS[each.client],
        parts: viewParts(each.view, view.reasons),
      })),
      ...without().map((each): Part => ({
        kind: 'line',
        text: `without ${each.cluster}'s pods: ${sharesText(each.view) || 'nothing is left'}`,
      })),
    ],
  };
}

/** The backends of a view, and the reasons that are not known yet. */
function viewParts({ differs, frontends, backends, reasons }: ServiceView, known: readonly string[] = []): Part[] {
  return [
    ...(differs ? frontends.flatMap(frontendParts) : backendsTable(backends)),
    ...reasons
      .filter(each => !known.includes(each))
      .map((reason): Part => ({ kind: 'line', text: { text: reason, tone: 'faint' } })),
  ];
}

/** The backends of one port, where those of the ports differ. */
function frontendParts({ port, family, targets }: Frontend): Part[] {
  const title = `${port ? formatPort(port) : 'all ports'}${family === undefined ? '' : ` over ${family}`}`;
  return [
    {
      kind: 'section',
      title,
      parts:
        targets.length === 0
          ? [{ kind: 'line', text: 'no backend is available' }]
          : backendsTable(targets.map(({ backend, share }) => ({ ...backend, share }))),
    },
  ];
}

function backendsTable(backends: readonly Backend[]): Part[] {
  return backends.length === 0
    ? []
    : [
      {
        kind: 'table',
        headless: true,
        columns: [
          { title: 'backend', type: 'endpoint' },
          { title: 'pods', type: 'number' },
          { title: 'share', type: 'number' },
        ],
        rows: backends.map((backend): Inline[] => [
          `${backend.workload ? `${backend.workload.kind} ` : ''}${formatBackend(backend)}`,
          podCount(backend),
          percent(backend.share),
        ]),
      },
    ];
}

/** The relevant effects of the annotations of the Service in the cluster of the clients. */
function annotationTexts({
  imported,
  global,
  shared,
  affinity,
  headless,
}: NonNullable<ServiceView['service']>): string[] {
  return [
    imported ? 'imported' : global ? 'global' : 'not global',
    ...(global && !shared ? ['not shared'] : []),
    ...(affinity === 'none' ? [] : [`affinity ${affinity}`]),
    ...(headless ? ['headless'] : []),
  ];
}

function sharesText({ backends }: ServiceView): string {
  return backends
    .map(each => `${each.workload?.name ?? each.address}@${each.cluster} ${percent(each.share)}`)
    .join(', ');
}

/** A service in JSON. */
export function serviceJson({ service, clients }: ServiceViews): ServiceJson {
  return {
    namespace: service.namespace,
    name: service.name,
    ...(service.clusterset ? { clusterset: true as const } : {}),
    clients: clients.map(({ view, others }) => ({
      cluster: view.cluster,
      ...viewJson(view),
      ...Object.fromEntries(others.map(({ client, view: other }) => [client, viewJson(other)])),
    })),
  };
}

function viewJson({ backends, differs, frontends, reasons }: ServiceView): ServiceViewJson {
  return {
    backends: backends.map(backendJson),
    ...(differs ? { frontends: frontends.map(frontendJson) } : {}),
    ...(reasons.length > 0 ? { reasons } : {}),
  };
}

function frontendJson({ port, family, targets }: Frontend): FrontendJson {
  return {
    ...(port ? { protocol: port.protocol, port: port.port } : {}),
    ...(family === undefined ? {} : { family }),
    backends: targets.map(({ backend, port: target, share }) => ({
      ...backendJson({ ...backend, share }),
      ...(target === undefined ? {} : { port: target }),
    })),
  };
}

function backendJson({ cluster, workload, ordinals, address, replicas, share }: Backend): BackendJson {
  return {
    cluster,
    ...(workload ? { workload: { kind: workload.kind, name: workload.name } } : { address }),
    ...(ordinals === undefined ? {} : { ordinals }),
    replicas,
    ...(share === undefined ? {} : { share }),
  };
}
