import { LoadedMesh } from './loaded-mesh';
import { Sides } from './sides';
import { Endpoint, formatEndpoint } from '../../src/evaluator/flows/endpoint';
import { EndpointClass, formatMembers } from '../../src/evaluator/flows/endpoint-classes';
import { Member } from '../../src/evaluator/queries/members';
import { formatWorkload, Workload } from '../../src/evaluator/read/workload';
import { EndpointRow, EndpointTable, Side } from '../protocol';

/** All endpoints of all sides: workloads sorted as everywhere, then those outside of the mesh. */
export function endpointTable(sides: Sides): EndpointTable {
  const { generation, columns, of } = sides.spaces;
  const rows = new Map<string, EndpointRow & { sides: Side[] }>();
  const add = (row: Omit<EndpointRow, 'sides'>, side: Side) => {
    const known = rows.get(row.id) ?? { ...row, sides: [] };
    rows.set(row.id, known);
    known.sides.push(side);
  };
  const names = sides.names;
  const ids = workloadIds(names.map(name => sides.at(name)));
  // what is shown of a workload is as the newest side has it
  for (const side of [...names].reverse()) {
    const { mesh } = sides.at(side);
    mesh.workloads.forEach(workload =>
      add(
        {
          id: ids.get(workload)!,
          kind: 'workload',
          text: formatWorkload(workload),
          class: columns.columnOf(workload),
          cluster: workload.cluster,
          namespace: workload.namespace,
          name: workload.name,
          workload: {
            kind: workload.kind,
            replicas: workload.replicas,
            hostNetwork: workload.hostNetwork,
            labels: workload.podLabels,
          },
          listens: columns.ports[columns.columnOf(workload)],
          inside: true,
        },
        side,
      ),
    );
  }
  for (const side of [...names].reverse()) {
    of[side]!.classes.forEach((each, number) => {
      if (each.kind !== 'pods' && each.endpoint && !each.placed) {
        add(outsideRow(each, number), side);
      }
    });
  }
  return {
    generation,
    size: columns.size,
    endpoints: [...rows.values()].map(row => ({ ...row, sides: names.filter(side => row.sides.includes(side)) })),
  };
}

function outsideRow(each: EndpointClass, number: number): Omit<EndpointRow, 'sides'> {
  return {
    id: outsideId(each),
    kind: each.kind as 'node' | 'entity' | 'addresses' | 'name',
    text: formatMembers(each).join(', '),
    class: number,
    cluster: each.cluster,
    namespace: '',
    name: each.kind === 'node' || each.kind === 'entity' ? formatEndpoint(each.endpoint!) : formatMembers(each)[0],
    listens: [],
    inside: each.kind === 'node',
  };
}

/** Stable while something is supposed, as far as policies name the same blocks and names. */
export function outsideId({ endpoint, blocks, names }: EndpointClass): string {
  return blocks
    ? `world:${blocks[0].cidr.text}`
    : names
      ? `fqdn:${names[0]}`
      : endpoint?.kind === 'node' && endpoint.node && endpoint.placement === 'same-node'
        ? `entity:host/${endpoint.node.name}@${endpoint.cluster}`
        : formatEndpoint(endpoint!);
}

/** The references of workloads; with the kind where several have one name. */
export function workloadIds(meshes: readonly LoadedMesh[]): Map<Workload, string> {
  const kinds = new Map<string, Set<string>>();
  const all = meshes.flatMap(({ mesh }) => mesh.workloads);
  for (const workload of all) {
    const text = formatWorkload(workload);
    kinds.set(text, (kinds.get(text) ?? new Set()).add(workload.kind));
  }
  return new Map(
    all.map(workload => {
      const text = formatWorkload(workload);
      const { kind, namespace, name, cluster } = workload;
      return [workload, kinds.get(text)!.size > 1 ? `${kind}/${namespace}/${name}@${cluster}` : text];
    }),
  );
}

/** The members of a side by id, in the order of the table. */
export function membersById(sides: Sides, side: Side): Map<string, Member> {
  const space = sides.space(side);
  const ids = workloadIds(sides.names.map(name => sides.at(name)));
  const members = new Map<string, Member>();
  for (const workload of sides.at(side).mesh.workloads) {
    members.set(ids.get(workload)!, {
      number: space.index.classOf(workload),
      endpoint: { kind: 'workload', workload },
    });
  }
  space.classes.forEach((each, number) => {
    if (each.kind !== 'pods' && each.endpoint && !each.placed) {
      const { endpoint, blocks, names } = each;
      members.set(outsideId(each), {
        number,
        endpoint,
        ...(blocks ? { blocks } : {}),
        ...(names ? { names } : {}),
      });
    }
  });
  return members;
}

/** The endpoint of an id; undefined for references that are no ids. */
export function endpointOf(sides: Sides, side: Side, id: string): Endpoint | undefined {
  return membersById(sides, side).get(id)?.endpoint;
}
