import { Cidr } from '../../cilium/cidr';
import { formatList, formatValue } from '../../diagnostics/texts';
import { IpamMode } from '../cluster-settings';
import { MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, ipamMode, MeshModel } from '../mesh-model';
import { MeshVocabulary } from '../vocabulary';

type Use = 'podCidrs' | 'serviceCidrs' | 'nodeCidrs';

/** In these modes pods get addresses of the network of the nodes. */
const POD_ADDRESSES_OF_NODES = [IpamMode.ENI, IpamMode.AZURE, IpamMode.ALIBABA_CLOUD, IpamMode.DELEGATED_PLUGIN];

interface Block {
  readonly cluster: ClusterModel;
  readonly use: Use;
  readonly index: number;
  readonly cidr: Cidr;
}

/**
 * Each address belongs to one cluster and has one use.
 *
 * Pod CIDRs must not overlap between clusters (Documentation/network/clustermesh/setup.rst, v1.20.2). Pods, Services
 * and nodes of one cluster must not overlap, and Services of one cluster must not overlap pods of another. Nodes of
 * several clusters may share a network.
 */
export function addressFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  return [...mesh.clusters.flatMap(cidrFaults), ...overlapFaults(mesh, words), ...familyFaults(mesh)];
}

function cidrFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return [
    ...missingFaults(cluster),
    ...(['podCidrs', 'serviceCidrs', 'nodeCidrs'] as const).flatMap(use => listFaults(cluster, use)),
    ...nativeRoutingCidrFaults(cluster, 'ipv4NativeRoutingCidr', 'IPv4'),
    ...nativeRoutingCidrFaults(cluster, 'ipv6NativeRoutingCidr', 'IPv6'),
    ...(cluster.kind ? [...kindFamilyFaults(cluster), ...kindCountFaults(cluster)] : []),
  ];
}

function missingFaults(cluster: ClusterModel): MeshDiagnostic[] {
  // `listFaults` reports a value that is not a list
  return cluster.podCidrs !== undefined && !(Array.isArray(cluster.podCidrs) && cluster.podCidrs.length === 0)
    ? []
    : [
      settingDiagnostic('pod-cidrs-missing', cluster, 'podCidrs', {
        message: 'pod CIDRs are missing, so it is unknown whether pods of two clusters have the same addresses',
        got: formatValue(cluster.podCidrs),
        allowed: 'at least one CIDR',
        fix: 'set the CIDRs from which pods get their addresses',
      }),
    ];
}

function listFaults(cluster: ClusterModel, use: Use): MeshDiagnostic[] {
  const texts: unknown = cluster[use] ?? [];
  if (!Array.isArray(texts)) {
    return [
      settingDiagnostic('cidr-invalid', cluster, use, {
        message: 'must be a list of CIDRs',
        got: formatValue(texts),
        allowed: 'a list of CIDRs, such as [10.1.0.0/16]',
        fix: 'write a list of CIDRs',
      }),
    ];
  }
  return texts.flatMap((text, index) => {
    const cidr = Cidr.parse(text);
    return typeof cidr === 'string' ? [invalid(cluster, [use, `[${index}]`], text, `the CIDR ${cidr}`)] : [];
  });
}

function nativeRoutingCidrFaults(
  cluster: ClusterModel,
  property: 'ipv4NativeRoutingCidr' | 'ipv6NativeRoutingCidr',
  family: Cidr['family'],
): MeshDiagnostic[] {
  const text = cluster[property];
  const cidr = text === undefined ? undefined : Cidr.parse(text);
  if (typeof cidr === 'string') {
    return [invalid(cluster, property, text, `the CIDR ${cidr}`)];
  }
  return cidr === undefined || cidr.family === family
    ? []
    : [
      settingDiagnostic('cidr-invalid', cluster, property, {
        message: `must be an ${family} CIDR`,
        got: formatValue(text),
        allowed: `an ${family} CIDR`,
        fix: `write an ${family} CIDR`,
      }),
    ];
}

function kindCountFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return (
    [
      ['podCidrs', cluster.pods],
      ['serviceCidrs', cluster.services],
    ] as const
  ).flatMap(([use, cidrs]) =>
    ['IPv4', 'IPv6'].flatMap(family => {
      const ofFamily = cidrs.filter(cidr => cidr.family === family).map(cidr => cidr.text);
      return ofFamily.length <= 1
        ? []
        : [
          settingDiagnostic('kind-cidr-count', cluster, use, {
            message: 'kind accepts one CIDR of each IP family',
            got: formatList(ofFamily),
            allowed: `one ${family} CIDR`,
            fix: 'join the CIDRs into one, or remove the others',
          }),
        ];
    }),
  );
}

/** kind refuses Service CIDRs of an IP family without pod CIDR (pkg/internal/apis/config/validate.go of kind). */
function kindFamilyFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const [pods, services] = [cluster.pods, cluster.services].map(cidrs =>
    [...new Set(cidrs.map(cidr => cidr.family))].sort(),
  );
  return pods.length === 0 || services.every(family => pods.includes(family))
    ? []
    : [
      settingDiagnostic('kind-service-families', cluster, 'serviceCidrs', {
        message: 'kind refuses Services of an IP family that the pods do not have',
        got: services.join(' and '),
        allowed: pods.join(' and '),
        fix: 'remove the Service CIDR of the other family, or add a pod CIDR of that family',
      }),
    ];
}

function invalid(
  cluster: ClusterModel,
  setting: string | [string, string],
  value: unknown,
  message: string,
): MeshDiagnostic {
  return settingDiagnostic('cidr-invalid', cluster, setting, {
    message,
    got: formatValue(value),
    allowed: 'a network with its prefix length, such as 10.1.0.0/16 or fd00:10:1::/48',
    fix: 'write the network address and its prefix length',
  });
}

function overlapFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const seen: Block[] = [];
  for (const block of mesh.clusters.flatMap(blocksOf)) {
    for (const other of seen) {
      if (block.cidr.overlaps(other.cidr) && mustBeDisjoint(block, other)) {
        faults.push(overlap(block, other, words));
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

function overlap(block: Block, other: Block, words: MeshVocabulary): MeshDiagnostic {
  const same = block.cluster === other.cluster;
  const ofServices = block.use === 'serviceCidrs' && other.use === 'serviceCidrs' && !same;
  return settingDiagnostic('cidr-overlap', block.cluster, [block.use, `[${block.index}]`], {
    message:
      `${block.cidr.text} overlaps ${other.cidr.text} of ` +
      `${other.cluster.path}.${words.setting(other.use)}[${other.index}]`,
    got: formatValue(block.cidr.text),
    allowed: same
      ? 'a CIDR that overlaps no other CIDR of the cluster'
      : 'a CIDR that overlaps no CIDR of another cluster',
    fix:
      'change one of the two ' +
      `CIDRs${ofServices ? `, or remove ${words.setting('serviceCidrs')} where the provider chose it` : ''}`,
  });
}

function familyFaults(mesh: MeshModel): MeshDiagnostic[] {
  const [first, ...rest] = mesh.clusters.filter(cluster => cluster.pods.length > 0);
  return rest.flatMap(cluster => {
    const families = (each: ClusterModel) => [...new Set(each.pods.map(cidr => cidr.family))].sort();
    return families(cluster).some(family => families(first).includes(family))
      ? []
      : [
        settingDiagnostic('ip-family-mixed', cluster, 'podCidrs', {
          message: `pods have no IP family in common with those of ${first.path}, so they cannot reach each other`,
          got: families(cluster).join(', '),
          allowed: families(first).join(', '),
          fix: 'add a pod CIDR of a common family to both clusters',
        }),
      ];
  });
}
