import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { checkClusterMap, checkDelivery, clusterPath, reportOrThrow } from './delivery-checks';
import { formatValue } from '../../diagnostics/texts';
import { placed, textOr } from '../checks/placed';
import { present } from '../checks/present';
import { checkLabels } from '../kubernetes/metadata';
import { checkObjectName } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { IMesh } from '../mesh/i-mesh';
import { MeshTree } from '../mesh/mesh-tree';
import { PropertyRefusals } from '../property-refusals';

/** Properties of `ArgoCdApplicationSet`. */
export interface ArgoCdApplicationSetProps {
  /** The mesh that Argo CD deploys. */
  readonly mesh: IMesh;

  /** URL of the repository to which the output of the mesh is committed. */
  readonly repoUrl: string;

  /** Folder of the repository into which the mesh is written, such as `dist`. */
  readonly path: string;

  /**
   * Branch, tag or commit.
   * @default 'HEAD'
   */
  readonly targetRevision?: string;

  /**
   * Name of the ApplicationSet. The Applications are named `<name>-<cluster>`.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of Argo CD.
   * @default 'argocd'
   */
  readonly namespace?: string;

  /**
   * Project of Argo CD.
   * @default 'default'
   */
  readonly project?: string;

  /**
   * The names under which Argo CD knows the clusters, by their names in the mesh.
   * @default - the names in the mesh
   */
  readonly clusterNames?: { [cluster: string]: string };

  /**
   * Labels of the clusters in Argo CD. Then the clusters with these labels are deployed, by the names under which Argo
   * CD knows them, in place of a list of the clusters of the mesh.
   * @default - a list of the clusters of the mesh
   */
  readonly clusterLabels?: { [key: string]: string };

  /**
   * Whether Argo CD deploys each commit by itself.
   * @default true
   */
  readonly automated?: boolean;

  /**
   * Whether `automated` also removes objects that are not in the repository any more.
   * @default true
   */
  readonly prune?: boolean;

  /**
   * Whether `automated` also undoes changes that others make in the clusters.
   * @default true
   */
  readonly selfHeal?: boolean;
}

/**
 * An ApplicationSet of Argo CD that deploys a mesh: one Application for each cluster, with the folder of the cluster.
 *
 * Create it in the cluster of the mesh in which Argo CD runs, or in a chart beside a `Mesh`. It turns on `syncWaves` of
 * the mesh, so each cluster gets the policies that allow before those that only deny. The mesh needs a layout with
 * folders.
 */
export class ArgoCdApplicationSet extends Construct {
  constructor(scope: Construct, id: string, props: ArgoCdApplicationSetProps) {
    super(...placed(scope, id));
    props = present('ArgoCdApplicationSetProps', props);
    const refusals = new PropertyRefusals(this);
    const tree = refusals.checkProps('ArgoCdApplicationSetProps', props) ? MeshTree.enclosing(props.mesh) : undefined;
    const name = textOr(id, props?.name);
    if (tree) {
      this.check(tree, name, props, refusals);
    }
    if (reportOrThrow(this, refusals, new.target) || !tree) {
      return;
    }
    tree.useSyncWaves();
    new ApiObject(this, 'application-set', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name, namespace: props.namespace ?? 'argocd' },
      spec: specOf(name, tree, props),
    });
  }

  private check(tree: MeshTree, name: string, props: ArgoCdApplicationSetProps, refusals: PropertyRefusals): void {
    const { namespace = 'argocd', path, repoUrl } = props;
    checkDelivery(tree, { name, namespace, path }, refusals);
    checkClusterMap('clusterNames', props.clusterNames, tree.clusters, refusals);
    for (const [cluster, value] of Object.entries(props.clusterNames ?? {})) {
      if (value.trim() !== value || !/^[^\u0000-\u001f\u007f]+$/.test(value)) {
        refusals.add(
          'gitops-cluster-name',
          `clusterNames[${formatValue(cluster)}]`,
          'invalid name of a cluster',
          value,
          'the name of the cluster in Argo CD',
          'set the name that `argocd cluster list` shows',
        );
      }
    }
    if (repoUrl === '' || /\s/.test(repoUrl)) {
      refusals.add(
        'gitops-repository',
        'repoUrl',
        'invalid URL of a repository',
        repoUrl,
        'a URL that Argo CD can read, such as https://example.org/mesh.git',
        'correct the URL',
      );
    }
    if (props.clusterLabels && Object.keys(props.clusterLabels).length === 0) {
      refusals.add(
        'list-empty',
        'clusterLabels',
        'without labels all clusters of Argo CD are meant',
        {},
        'at least one label',
        'name the labels, or remove clusterLabels for the clusters of the mesh',
      );
    }
    checkLabels('clusterLabels', props.clusterLabels, 'a label of a cluster Secret of Argo CD', refusals);
    if (props.project !== undefined) {
      checkObjectName(props.project, 'project', refusals);
    }
    if (props.targetRevision !== undefined && !/^\S+$/.test(props.targetRevision)) {
      refusals.add(
        'gitops-revision',
        'targetRevision',
        'invalid revision',
        props.targetRevision,
        'a branch, tag or commit, such as main',
        'correct the revision, or remove it for HEAD',
      );
    }
    if (props.clusterLabels && props.clusterNames) {
      refusals.add(
        'gitops-clusters-twice',
        'clusterNames',
        'clusterNames and clusterLabels both say which clusters are meant',
        props.clusterNames,
        'one of the two',
        'remove clusterNames',
      );
    }
    for (const property of ['prune', 'selfHeal'] as const) {
      if (props.automated === false && props[property] === true) {
        refusals.add(
          'gitops-not-automated',
          property,
          'has no effect without automated',
          true,
          `automated: true with ${property}`,
          `remove ${property}`,
        );
      }
    }
    if (MeshTree.find(this) && !Cluster.enclosing(this)) {
      refusals.add(
        'gitops-scope',
        'scope',
        'an ApplicationSet belongs to the cluster in which Argo CD runs',
        'the mesh itself',
        'a cluster of the mesh, or a chart beside a Mesh in an App',
        `create it in a cluster, for example mesh.cluster('${tree.clusters[0].name}')`,
      );
    }
  }
}

function specOf(name: string, tree: MeshTree, props: ArgoCdApplicationSetProps): object {
  const { clusterLabels, clusterNames = {} } = props;
  const [generator, application, cluster, destination] = clusterLabels
    ? [
      { clusters: { selector: { matchLabels: clusterLabels } } },
      `${name}-{{.nameNormalized}}`,
      '{{.name}}',
      '{{.name}}',
    ]
    : [
      {
        list: {
          elements: tree.clusters.map(each => ({ cluster: each.name, name: clusterNames[each.name] ?? each.name })),
        },
      },
      `${name}-{{.cluster}}`,
      '{{.cluster}}',
      '{{.name}}',
    ];
  return {
    goTemplate: true,
    goTemplateOptions: ['missingkey=error'],
    generators: [generator],
    template: {
      metadata: { name: application },
      spec: {
        project: props.project ?? 'default',
        source: {
          repoURL: props.repoUrl,
          targetRevision: props.targetRevision ?? 'HEAD',
          path: clusterPath(props.path, cluster),
        },
        // for objects that name no namespace, as kubectl does
        destination: { name: destination, namespace: 'default' },
        syncPolicy: {
          ...(props.automated === false
            ? {}
            : { automated: { prune: props.prune ?? true, selfHeal: props.selfHeal ?? true } }),
          syncOptions: ['ServerSideApply=true', 'PruneLast=true'],
        },
      },
    },
  };
}
