import { Cidr } from '../../cilium/cidr';
import { formatValue } from '../../diagnostics/texts';
import { IpamMode } from '../cluster-settings';
import { MeshDiagnostic, meshDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, ipamMode, MeshModel } from '../mesh-model';

type Use = 'podCidrs' | 'serviceCidrs' | 'nodeCidrs';

/** In these modes pods get addresses from the nodes' own network. */
const POD_ADDRESSES_OF_NODES = [IpamMode.ENI, IpamMode.AZURE, IpamMode.ALIBABA_CLOUD, IpamMode.DELEGATED_PLUGIN];

interface Block {
  readonly cluster: ClusterModel;
  readonly use: Use;
  readonly index: number;
  readonly cidr: Cidr;
}

/**
 * Every address belongs to one cluster and one use.
 *
 * Pod CIDRs must not conflict between clusters (Documentation/network/clustermesh/setup.rst, v1.20.2); neither may a cluster's own pods,
 * Services and nodes, nor one cluster's Services hide another's pods. Nodes of several clusters may share a network.
 */
export function addressFaults(mesh: MeshModel): MeshDiagnostic[] {
  return [...mesh.clusters.flatMap(cidrFaults), ...overlapFaults(mesh), ...familyFaults(mesh)];
}

function cidrFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  if (cluster.podCidrs === undefined || cluster.podCidrs.length === 0) {
    faults.push(meshDiagnostic('pod-cidrs-missing', {
      path: `${cluster.path}.podCidrs`,
      message: 'without them nobody can tell whether pods of two clusters have the same address',
      got: formatValue(cluster.podCidrs),
      allowed: 'at least one CIDR',
      fix: 'give the CIDRs that pods get their addresses from',
    }));
  }
  for (const use of ['podCidrs', 'serviceCidrs', 'nodeCidrs'] as const) {
    const texts: unknown = cluster[use];
    if (texts !== undefined && !Array.isArray(texts)) {
      faults.push(invalid(`${cluster.path}.${use}`, texts, 'is not a list of CIDRs'));
      continue;
    }
    for (const [index, text] of ((texts ?? []) as unknown[]).entries()) {
      const cidr = Cidr.parse(text);
      if (typeof cidr === 'string') {
        faults.push(invalid(`${cluster.path}.${use}[${index}]`, text, cidr));
      }
    }
  }
  for (const property of ['ipv4NativeRoutingCidr', 'ipv6NativeRoutingCidr'] as const) {
    const text = cluster[property];
    const cidr = text === undefined ? undefined : Cidr.parse(text);
    const family = property === 'ipv4NativeRoutingCidr' ? 'IPv4' : 'IPv6';
    if (typeof cidr === 'string') {
      faults.push(invalid(`${cluster.path}.${property}`, text, cidr));
    } else if (cidr && cidr.family !== family) {
      faults.push(invalid(`${cluster.path}.${property}`, text, `is not ${family}`));
    }
  }
  if (cluster.kind) {
    faults.push(...kindFamilyFaults(cluster));
    for (const [use, cidrs] of [['podCidrs', cluster.pods], ['serviceCidrs', cluster.services]] as const) {
      for (const family of ['IPv4', 'IPv6']) {
        if (cidrs.filter(cidr => cidr.family === family).length > 1) {
          faults.push(meshDiagnostic('kind-cidr-count', {
            path: `${cluster.path}.${use}`,
            message: 'kind takes one CIDR of each family',
            got: cidrs.filter(cidr => cidr.family === family).map(cidr => cidr.text).join(', '),
            allowed: `one ${family} CIDR`,
            fix: 'join them to one, or leave the others out',
          }));
        }
      }
    }
  }
  return faults;
}

/** kind refuses Services of other families than pods (pkg/internal/apis/config/validate.go of kind). */
function kindFamilyFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const [pods, services] = [cluster.pods, cluster.services].map(cidrs => [...new Set(cidrs.map(cidr => cidr.family))].sort());
  return pods.length === 0 || services.every(family => pods.includes(family)) ? [] : [meshDiagnostic('kind-service-families', {
    path: `${cluster.path}.serviceCidrs`,
    message: 'kind refuses Services of an IP family that the pods do not have',
    got: services.join(' and '),
    allowed: pods.join(' and '),
    fix: 'leave out the Service CIDR of the other family, or give a pod CIDR of that family too',
  })];
}

function invalid(path: string, value: unknown, reason: string): MeshDiagnostic {
  return meshDiagnostic('cidr-invalid', {
    path,
    message: `the CIDR ${reason}`,
    got: formatValue(value),
    allowed: 'a network with its prefix length, such as 10.1.0.0/16 or fd00:10:1::/48',
    fix: 'write the network address and its prefix length',
  });
}

function overlapFaults(mesh: MeshModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const seen: Block[] = [];
  for (const block of mesh.clusters.flatMap(blocksOf)) {
    for (const other of seen) {
      if (block.cidr.overlaps(other.cidr) && mustBeDisjoint(block, other)) {
        faults.push(overlap(block, other));
      }
    }
    seen.push(block);
  }
  return faults;
}

function blocksOf(cluster: ClusterModel): Block[] {
  return (['podCidrs', 'serviceCidrs', 'nodeCidrs'] as const).flatMap(use => {
    const texts: unknown = cluster[use];
    return (Array.isArray(texts) ? texts : []).flatMap((text, index) => {
      const cidr = Cidr.parse(text);
      return cidr instanceof Cidr ? [{ cluster, use, index, cidr }] : [];
    });
  });
}

function mustBeDisjoint(one: Block, other: Block): boolean {
  const uses = [one.use, other.use];
  if (uses.every(use => use === 'nodeCidrs')) {
    return false;
  }
  if (uses.includes('nodeCidrs') && uses.includes('podCidrs')) {
    const pods = one.use === 'podCidrs' ? one : other;
    return !POD_ADDRESSES_OF_NODES.includes(ipamMode(pods.cluster));
  }
  return true;
}

function overlap(block: Block, other: Block): MeshDiagnostic {
  const same = block.cluster === other.cluster;
  return meshDiagnostic('cidr-overlap', {
    path: `${block.cluster.path}.${block.use}[${block.index}]`,
    message: `${block.cidr.text} shares addresses with ${other.cidr.text}, ${other.cluster.path}.${other.use}[${other.index}]`,
    got: formatValue(block.cidr.text),
    allowed: `a CIDR that no other ${same ? 'use in the cluster' : 'cluster'} has a part of`,
    fix: block.use === 'serviceCidrs' && other.use === 'serviceCidrs' && !same
      ? 'give one of the two another CIDR, or leave serviceCidrs out where the provider chose it'
      : 'give one of the two another CIDR',
  });
}

function familyFaults(mesh: MeshModel): MeshDiagnostic[] {
  const [first, ...rest] = mesh.clusters.filter(cluster => cluster.pods.length > 0);
  return rest.flatMap(cluster => {
    const families = (each: ClusterModel) => [...new Set(each.pods.map(cidr => cidr.family))].sort();
    return families(cluster).some(family => families(first).includes(family)) ? [] : [meshDiagnostic('ip-family-mixed', {
      path: `${cluster.path}.podCidrs`,
      message: `pods have no IP family in common with those of ${first.path}`,
      got: families(cluster).join(', '),
      allowed: families(first).join(', '),
      fix: 'give both clusters a pod CIDR of one family',
    })];
  });
}
