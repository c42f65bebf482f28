import { endpointTable } from './endpoints';
import { policyRows } from './policies';
import { serviceRows } from './services';
import { Sides } from './sides';
import { Cidr } from '../../src/cilium/cidr';
import { isAddress } from '../../src/cilium/ip-address';
import { Protocol, SearchResult, Side } from '../protocol';

const MOST_RESULTS = 50;

/** What a text names: addresses first, then names that begin with it, then names and labels that contain it. */
export function search(sides: Sides, { side, text, most = MOST_RESULTS }: Protocol['search']['ask']): SearchResult[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') {
    return [];
  }
  const found: Array<{ readonly rank: number; readonly result: SearchResult }> = [];
  const add = (name: string, result: SearchResult) => {
    const at = name.toLowerCase().indexOf(wanted);
    if (at >= 0) {
      const begins = at === 0 || /[^a-z0-9]/.test(name[at - 1].toLowerCase());
      found.push({ rank: name.toLowerCase() === wanted ? 0 : at === 0 ? 1 : begins ? 2 : 3, result });
    }
  };
  addressResults(sides, side, wanted).forEach(result => found.push({ rank: -1, result }));
  const labels = new Map<string, number>();
  const endpoints = endpointTable(sides).endpoints.filter(each => each.sides.includes(side));
  for (const { id, kind, name, text: whole, workload, namespace, cluster } of endpoints) {
    add(kind === 'workload' ? name : whole, {
      kind: kind === 'workload' ? 'workload' : 'endpoint',
      id,
      text: whole,
      detail: workload ? `${workload.kind} in ${namespace}, ${cluster}` : kind,
    });
    Object.entries(workload?.labels ?? {}).forEach(([key, value]) =>
      labels.set(`${key}=${value}`, (labels.get(`${key}=${value}`) ?? 0) + 1),
    );
  }
  labels.forEach((count, label) => add(label, { kind: 'label', id: label, text: label, detail: `${count} workloads` }));
  serviceRows(sides, side).forEach(({ id, name, clusters }) =>
    add(name, { kind: 'service', id, text: id, detail: clusters.map(({ cluster }) => cluster).join(', ') }),
  );
  policyRows(sides, side).forEach(({ id, name, kind, file = '', line }) =>
    add(name, { kind: 'policy', id, text: id, detail: `${kind}, ${file}${line === undefined ? '' : `:${line}`}` }),
  );
  for (const { name, namespaces } of sides.at(side).mesh.clusters) {
    add(name, { kind: 'cluster', id: name, text: name, detail: 'cluster' });
    [...namespaces.keys()].forEach(namespace =>
      add(namespace, {
        kind: 'namespace',
        id: `${namespace}@${name}`,
        text: `${namespace}@${name}`,
        detail: 'namespace',
      }),
    );
  }
  return found
    .sort((one, other) => one.rank - other.rank)
    .slice(0, most)
    .map(({ result }) => result);
}

/** Who an address or block belongs to: Services, their endpoints, nodes, and what policies write about it. */
function addressResults(sides: Sides, side: Side, text: string): SearchResult[] {
  const wanted = isAddress(text) ? single(text) : Cidr.masked(text);
  if (!wanted) {
    return [];
  }
  const results: SearchResult[] = [];
  const { mesh } = sides.at(side);
  const overlaps = (cidr: Cidr) => cidr.family === wanted.family && (cidr.covers(wanted) || wanted.covers(cidr));
  for (const { name, nodes, services, input } of mesh.clusters) {
    for (const node of nodes.filter(({ addresses }) => addresses.some(overlaps))) {
      const id = `node:${node.name}@${name}`;
      results.push({ kind: 'address', id, text: id, detail: `address of the node ${node.name} in ${name}` });
    }
    for (const { namespace, name: service, manifest, endpoints } of services) {
      const { clusterIP, externalIPs } = manifest.object.spec ?? {};
      const own = [clusterIP, ...(Array.isArray(externalIPs) ? externalIPs : [])].map(String).filter(isAddress);
      const id = `svc/${namespace}/${service}`;
      if (own.some(each => overlaps(single(each)))) {
        results.push({ kind: 'address', id, text: id, detail: `address of the Service in ${name}` });
      }
      if ((endpoints ?? []).some(({ address }) => isAddress(address) && overlaps(single(address)))) {
        results.push({ kind: 'address', id, text: id, detail: `an endpoint of the Service in ${name}` });
      }
    }
    const blocks: ReadonlyArray<readonly [string, readonly string[] | undefined]> = [
      ['pods', input.settings.podCIDRs],
      ['Services', input.settings.serviceCIDRs],
      ['nodes', input.settings.nodeCIDRs],
    ];
    for (const [what, texts = []] of blocks) {
      for (const block of texts.flatMap(each => Cidr.masked(each) ?? []).filter(overlaps)) {
        results.push({ kind: 'address', id: name, text: block.text, detail: `addresses of ${what} in ${name}` });
      }
    }
  }
  const space = sides.space(side);
  for (const { blocks, endpoint } of space.classes) {
    const held = (blocks ?? []).filter(({ borders }) =>
      borders.some(
        ([low, high]) => low.family === wanted.family && low.first <= wanted.last && wanted.first <= high.last,
      ),
    );
    if (endpoint && held.length > 0) {
      const id = `world:${blocks![0].cidr.text}`;
      results.push({
        kind: 'address',
        id: isAddress(text) ? `world:${text}` : id,
        text: held.map(({ cidr }) => cidr.text).join(', '),
        detail: 'outside of the mesh',
      });
    }
  }
  return results;
}

function single(address: string): Cidr {
  return Cidr.masked(`${address}/${address.includes(':') ? 128 : 32}`)!;
}
