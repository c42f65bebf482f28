import { Resource, RESOURCES } from './resources';

/** Where Cilium is installed by default. */
export const DEFAULT_CILIUM_NAMESPACE = 'kube-system';

const NAME = 'cilium-mesh-snapshot';

/**
 * The roles that a snapshot needs: to list what it reads, and to get one ConfigMap. Neither permits to read a Secret.
 */
export function snapshotRoles(namespace: string): object[] {
  const groups = [...new Set(RESOURCES.map(({ group }) => group))];
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: NAME },
      rules: groups.map(group => ({
        apiGroups: [group],
        resources: RESOURCES.filter(each => each.group === group)
          .map(({ plural }) => plural)
          .sort(),
        verbs: ['list'],
      })),
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: NAME, namespace },
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cilium-config'], verbs: ['get'] }],
    },
  ];
}

/** The rule of a role that one list needs, in a line. */
export function missingRule({ group, plural }: Pick<Resource, 'group' | 'plural'>): string {
  return `{apiGroups: [${JSON.stringify(group)}], resources: [${plural}], verbs: [list]}`;
}
