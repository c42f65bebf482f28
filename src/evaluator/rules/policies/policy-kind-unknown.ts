import { distance } from 'fastest-levenshtein';
import { POLICY_KINDS, policyKindOf } from '../../../cilium/policy-kinds';
import { Manifest } from '../../../manifests/manifest';
import { EvaluatedCluster } from '../../read/cluster';
import { inManifest, Reported, Rule } from '../rule';
import { helmValue } from '../shared/helm-values';
import { listNames } from '../shared/names';

/** Kinds of policies of other programs and of earlier APIs, and of mistyped names. */
export const policyKindUnknown: Rule<'policy-kind-unknown' | 'policy-kind-foreign'> = {
  codes: {
    'policy-kind-unknown': {
      severity: 'error',
      title: 'The API server has no policies of this kind',
      documentation:
        'The kind or API group is mistyped, or no API server serves it any more. ' +
        'The API server refuses the object, so no policy is in force.',
      fix: 'Write the kind and the apiVersion of a policy that Cilium reads.',
    },
    'policy-kind-foreign': {
      severity: 'warning',
      title: 'Cilium never reads policies of this kind',
      documentation:
        'The policy is for another program, for example Calico, or for an API that Cilium does not implement. ' +
        'Cilium reads NetworkPolicy, CiliumNetworkPolicy, CiliumClusterwideNetworkPolicy and, since 1.20, ' +
        'ClusterNetworkPolicy (pkg/policy/k8s, v1.20.2).',
      fix: 'Write the policy in a kind that Cilium reads.',
    },
  },
  check({ mesh }, report) {
    for (const cluster of mesh.clusters) {
      for (const manifest of cluster.input.manifests.filter(({ object }) => policyKindOf(object) === undefined)) {
        const { apiVersion, kind } = manifest.object;
        const unknown = unknownKind(apiVersion, kind);
        if (unknown) {
          report('policy-kind-unknown', { at: inManifest(cluster.name, manifest, unknown.field), ...unknown.text });
        }
      }
      for (const manifests of foreignByKind(cluster)) {
        const [{ object: { apiVersion, kind } }, ...more] = manifests;
        report('policy-kind-foreign', {
          at: inManifest(cluster.name, manifests[0], 'kind'),
          message:
            `Cilium does not read objects of kind ${kind} (${apiVersion}), so it enforces nothing of ` +
            (more.length === 0 ? 'this one' : `these ${manifests.length}: ${listNames(manifests.map(objectName))}`),
          fix: `write a ${FOREIGN_KINDS[groupOf(apiVersion)][kind]} instead${more.length === 0 ? '' : ' of each'}`,
        });
      }
    }
  },
};

const CILIUM_KINDS = Object.values(POLICY_KINDS)
  .filter(({ group }) => group === 'cilium.io')
  .map(({ kind }) => kind);

/** Policies of other APIs, and the kind of Cilium that is most like them. */
const FOREIGN_KINDS: { readonly [group: string]: { readonly [kind: string]: string } } = {
  'policy.networking.k8s.io': {
    AdminNetworkPolicy: 'ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2) or CiliumClusterwideNetworkPolicy',
    BaselineAdminNetworkPolicy:
      'ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2) or CiliumClusterwideNetworkPolicy',
  },
  ...Object.fromEntries(
    ['projectcalico.org', 'crd.projectcalico.org'].map(group => [
      group,
      { NetworkPolicy: 'CiliumNetworkPolicy', GlobalNetworkPolicy: 'CiliumClusterwideNetworkPolicy' },
    ]),
  ),
  'crd.antrea.io': { NetworkPolicy: 'CiliumNetworkPolicy', ClusterNetworkPolicy: 'CiliumClusterwideNetworkPolicy' },
};

/** A kind within this many changes of letters of another is mistyped; no two kinds of cilium.io are that near. */
const MISTYPED = 3;

function unknownKind(
  apiVersion: string,
  kind: string,
): { readonly field: string; readonly text: Omit<Reported, 'at'> } | undefined {
  if (groupOf(apiVersion) === 'cilium.io') {
    const meant = CILIUM_KINDS.find(each => distance(each.toLowerCase(), kind.toLowerCase()) <= MISTYPED);
    return meant === undefined
      ? undefined
      : {
        field: 'kind',
        text: {
          message: `unknown kind ${kind} in ${apiVersion}: the API server refuses the object, so it has no effect`,
          fix: `write kind: ${meant}`,
        },
      };
  }
  if (CILIUM_KINDS.some(each => each === kind)) {
    return {
      field: 'apiVersion',
      text: {
        message:
          `unknown API ${apiVersion} for kind ${kind}: the API server refuses the object, so it has no effect`,
        fix: 'write apiVersion: cilium.io/v2',
      },
    };
  }
  return groupOf(apiVersion) === 'extensions' && kind === 'NetworkPolicy'
    ? {
      field: 'apiVersion',
      text: {
        message:
          'API servers since Kubernetes 1.16 have no NetworkPolicy in extensions/v1beta1: they refuse the object, ' +
          'so it has no effect',
        fix: 'write apiVersion: networking.k8s.io/v1',
      },
    }
    : undefined;
}

/** The policies of other programs, by their kinds: of one kind all need the same decision. */
function foreignByKind(cluster: EvaluatedCluster): Manifest[][] {
  const byKind = new Map<string, Manifest[]>();
  const enforced = enforcedGroups(cluster.input.manifests);
  for (const manifest of enforcesOthers(cluster) ? [] : cluster.input.manifests) {
    const { apiVersion, kind } = manifest.object;
    if (isForeign(apiVersion, kind) && !enforced.has(groupOf(apiVersion))) {
      byKind.set(`${apiVersion} ${kind}`, [...(byKind.get(`${apiVersion} ${kind}`) ?? []), manifest]);
    }
  }
  return [...byKind.values()];
}

function objectName({ object: { metadata } }: Manifest): string {
  return typeof metadata.namespace === 'string' ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

function isForeign(apiVersion: string, kind: string): boolean {
  const kinds = FOREIGN_KINDS;
  const group = groupOf(apiVersion);
  return Object.prototype.hasOwnProperty.call(kinds, group) &&
    Object.prototype.hasOwnProperty.call(kinds[group], kind);
}

/** What enforces policies of other groups in a cluster that contains it: the agents of Calico and Antrea. */
const ENFORCERS: ReadonlyArray<{ readonly object: RegExp; readonly groups: readonly string[] }> = [
  {
    object: /^(DaemonSet .*calico-node|Installation .*)$/,
    groups: ['projectcalico.org', 'crd.projectcalico.org'],
  },
  { object: /^DaemonSet .*antrea-agent$/, groups: ['crd.antrea.io'] },
];

function enforcedGroups(manifests: readonly Manifest[]): ReadonlySet<string> {
  const isOfOperator = ({ apiVersion, kind }: any) =>
    kind !== 'Installation' || groupOf(apiVersion) === 'operator.tigera.io';
  const objects = manifests.map(({ object }) => object).filter(isOfOperator);
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return new Set(
    ENFORCERS.filter(({ object }) => names.some(name => object.test(name))).flatMap(({ groups }) => groups),
  );
}

/** Chained to another CNI plugin, which may enforce policies of its own (Documentation/installation, v1.20.2). */
function enforcesOthers({ input }: EvaluatedCluster): boolean {
  const mode: unknown = input.values && helmValue(input.values.values, 'cni.chainingMode');
  return mode !== undefined && mode !== null && mode !== 'none';
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
