import { POLICY_KINDS } from '../../../cilium/policy-kinds';
import { WORKLOAD_KINDS, workloadKindOf } from '../../../cilium/workload-kinds';
import { didYouMean, nearest } from '../../../diagnostics/did-you-mean';
import { inManifest, Reported, Rule } from '../rule';
import { UNREAD_CORE_KINDS } from '../shared/core-kinds';
import { isOfKubernetes } from '../shared/unrendered';

/** Mistyped kinds and groups of Kubernetes itself. */
export const objectKindUnknown: Rule<'object-kind-unknown'> = {
  codes: {
    'object-kind-unknown': {
      severity: 'error',
      title: 'The API server has no objects of this kind',
      documentation:
        'The kind or API group of a workload, Service or policy of Kubernetes is mistyped. ' +
        'The API server refuses the object, and all verdicts lack it.',
      fix: 'Write the kind and the apiVersion that Kubernetes has.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input } of mesh.clusters) {
      for (const manifest of input.manifests.filter(({ object }) => !workloadKindOf(object))) {
        const unknown = unknownIn(manifest.object);
        if (unknown) {
          report('object-kind-unknown', { at: inManifest(name, manifest, unknown.field), ...unknown.text });
        }
      }
    }
  },
};

interface Group {
  readonly group: string;
  readonly apiVersion: string;
  /** The kinds that verdicts depend on. */
  readonly read: readonly string[];
  readonly others: readonly string[];
}

/** The groups of Kubernetes with kinds that this program reads, and all of their kinds. */
const GROUPS: readonly Group[] = [
  {
    group: '',
    apiVersion: 'v1',
    read: [...workloadKinds(''), 'Service', 'Endpoints', 'Namespace', 'Node'],
    others: UNREAD_CORE_KINDS,
  },
  { group: 'apps', apiVersion: 'apps/v1', read: workloadKinds('apps'), others: ['ControllerRevision'] },
  { group: 'batch', apiVersion: 'batch/v1', read: workloadKinds('batch'), others: [] },
  {
    group: 'networking.k8s.io',
    apiVersion: 'networking.k8s.io/v1',
    read: [POLICY_KINDS.NetworkPolicy.kind, 'Ingress', 'IngressClass'],
    others: ['IPAddress', 'ServiceCIDR'],
  },
  { group: 'discovery.k8s.io', apiVersion: 'discovery.k8s.io/v1', read: ['EndpointSlice'], others: [] },
];

function workloadKinds(group: string): string[] {
  return Object.keys(WORKLOAD_KINDS).filter(kind => WORKLOAD_KINDS[kind].group === group);
}

/** The fields that tell kinds of the core group from kinds of other programs with a similar name, such as a Note. */
const CORE_FIELDS: { readonly [kind: string]: readonly string[] } = {
  Pod: ['spec.containers'],
  ReplicationController: ['spec.template'],
  Service: ['spec.ports', 'spec.clusterIP', 'spec.externalName', 'spec.externalTrafficPolicy'],
  Endpoints: ['subsets'],
  Node: ['spec.podCIDR', 'spec.podCIDRs', 'spec.providerID', 'spec.taints', 'status.addresses', 'status.nodeInfo'],
};

/** Programs write v1 for their own files too, so a name that is nearly right is not enough there. */
function isLikeCore({ apiVersion, kind, metadata, status, ...fields }: any, meant: string): boolean {
  return meant === 'Namespace'
    ? Object.keys(fields).every(key => key === 'spec' && Object.keys(fields.spec ?? {}).every(each => each === 'finalizers'))
    : CORE_FIELDS[meant].some(path => path.split('.').reduce((value, key) => value?.[key], { ...fields, status }) !== undefined);
}

function unknownIn(object: any): { readonly field: string; readonly text: Omit<Reported, 'at'> } | undefined {
  const { apiVersion, kind } = object;
  const group = apiVersion.replace(/\/.*$/, '');
  // the core group has only this version; other programs have objects of v1alpha1 or v2
  const own = GROUPS.find(each => (each.group === '' ? apiVersion === 'v1' : each.group === group));
  const right = GROUPS.find(({ read }) => read.includes(kind));
  if (own === right || own?.others.includes(kind) || kind.endsWith('List')) {
    return undefined;
  }
  const refused = 'the API server refuses the object, so it has no effect';
  if (right) {
    return !own && !isMistyped(group, apiVersion, right)
      ? undefined
      : {
        field: 'apiVersion',
        text: {
          message: `unknown API ${apiVersion} for kind ${kind} (did you mean "${right.apiVersion}"?): ${refused}`,
          fix: `write apiVersion: ${right.apiVersion}`,
        },
      };
  }
  const meant = nearest(kind, own!.read);
  return meant === undefined || (own!.group === '' && !isLikeCore(object, meant))
    ? undefined
    : {
      field: 'kind',
      text: {
        message: `unknown kind ${kind} in ${apiVersion}${didYouMean(kind, [meant])}: ${refused}`,
        fix: `write kind: ${meant}`,
      },
    };
}

/**
 * Whether a group is a mistyped one of Kubernetes. Files of other programs have kinds of the same names, such as a
 * Service of openslo/v1.
 */
function isMistyped(group: string, apiVersion: string, right: Group): boolean {
  if (!apiVersion.includes('/') || (group.includes('.') && !isOfKubernetes(group))) {
    return false;
  }
  return right.group === ''
    ? group === 'core'
    : nearest(group, [right.group, right.group.replace(/\..*$/, '')]) !== undefined;
}
