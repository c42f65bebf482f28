import * as v from 'valibot';
import { MESH_API_VERSION } from './mesh-file';
import { isAddress } from '../cilium/ip-address';
import { text } from '../diagnostics/structure';

/** The apiVersion of every file and document of this program. */
export const API_VERSION = v.pipe(
  v.literal(MESH_API_VERSION, MESH_API_VERSION),
  v.description('Version of the format.'),
);

const SOURCES = 'a list of at least one path or source';

const HELM = v.strictObject(
  {
    chart: v.pipe(
      text(),
      v.description('A chart: a folder or an archive relative to this file, or `oci://…`, or a name in `repo`.'),
    ),
    release: v.optional(v.pipe(text(), v.description('Name of the release. Without it, the name of the chart.'))),
    namespace: v.optional(v.pipe(text(), v.description('Namespace of the release. Without it, `default`.'))),
    values: v.optional(
      v.pipe(
        v.array(text(), 'a list of files'),
        v.description('Files of values; the last one takes precedence. Relative to this file.'),
      ),
    ),
    repo: v.optional(v.pipe(text(), v.description('Address of the chart repository, for a chart that is not here.'))),
    version: v.optional(v.pipe(text(), v.description('Version of a chart that is not here.'))),
    kubeVersion: v.optional(v.pipe(text(), v.description('Version of Kubernetes that the chart is rendered for.'))),
    apiVersions: v.optional(
      v.pipe(v.array(text(), 'a list of texts'), v.description('Versions of APIs that the cluster serves.')),
    ),
  },
  'a mapping with chart, release, namespace and values',
);

const FLUX = v.strictObject(
  {
    kustomization: v.pipe(
      text(),
      v.description('The file with the Kustomization of Flux, relative to this file.'),
    ),
    name: v.pipe(text(), v.description('Name of the Kustomization.')),
    path: v.pipe(text(), v.description('The folder that it builds, relative to this file.')),
  },
  'a mapping with kustomization, name and path',
);

const SOURCE = v.union(
  [
    text(),
    v.strictObject({
      kustomize: v.optional(v.pipe(text(), v.description('A folder that `kustomize build` builds.'))),
      helm: v.optional(v.pipe(HELM, v.description('A chart that `helm template` renders.'))),
      flux: v.optional(v.pipe(FLUX, v.description('A Kustomization that `flux build` builds.'))),
      command: v.optional(
        v.pipe(
          v.array(text(), 'a program with its arguments'),
          v.minLength(1, 'a program with its arguments'),
          v.description('A program that prints manifests, run in the folder of this file and without a shell.'),
        ),
      ),
      snapshot: v.optional(v.pipe(text(), v.description('A folder that `cilium-mesh snapshot` wrote.'))),
    }, 'a mapping with one of kustomize, helm, flux, command and snapshot'),
  ],
  'a path, or a mapping with one of kustomize, helm, flux, command and snapshot',
);

const cidrs = () => v.array(text(), 'a list of CIDRs');

const ADDRESS = 'an IP address';

const NODE = v.strictObject(
  {
    name: text(),
    labels: v.optional(
      v.pipe(
        v.record(text(), v.string('labels with values in quotes'), 'labels with values in quotes'),
        v.description('Its labels, for policies that select nodes.'),
      ),
    ),
    addresses: v.optional(v.array(v.pipe(v.string(ADDRESS), v.check(isAddress, ADDRESS)), 'a list of IP addresses')),
  },
  'a mapping with name, labels and addresses',
);

const PATCH = v.strictObject(
  {
    stage: v.pipe(text(), v.description('`before-install`, `after-install` or `connect`.')),
    kind: text(),
    namespace: text(),
    name: text(),
    file: v.pipe(
      text(),
      v.description('The patch: a list is a JSON patch, a mapping is merged. Relative to this file.'),
    ),
  },
  'a mapping with stage, kind, namespace, name and file',
);

const GAP = v.strictObject(
  {
    what: v.pipe(
      text(),
      v.description('A resource such as `networkpolicies.networking.k8s.io`, `configmaps/cilium-config` or `version`.'),
    ),
    reason: v.pipe(text(), v.description('`forbidden`, `unauthorized`, `not-served`, `timeout` or `failed`.')),
  },
  'a mapping with what and reason',
);

const LABELS = 'labels with values in quotes';

const WORKLOAD = v.strictObject(
  {
    name: text(),
    namespace: v.optional(v.pipe(text(), v.description('Without it, `default`.'))),
    labels: v.pipe(v.record(text(), v.string(LABELS), LABELS), v.description('The labels of its pods.')),
    serviceAccount: v.optional(v.pipe(text(), v.description('Its service account. Without it, `default`.'))),
  },
  'a mapping with name, namespace and labels',
);

const CLUSTER = v.strictObject(
  {
    name: v.pipe(text(), v.description('Name of the cluster, as in `cluster.name` of its Helm values.')),
    id: v.pipe(
      v.number('a whole number'),
      v.integer('a whole number'),
      v.description('ID of the cluster, 1 to 255, or to 511 with maxConnectedClusters 511.'),
    ),
    manifests: v.pipe(
      v.array(SOURCE, SOURCES),
      v.minLength(1, SOURCES),
      v.description(
        'Files, folders that are read recursively, and sources that a program renders. Relative to this file.',
      ),
    ),
    base: v.optional(
      v.pipe(
        v.array(SOURCE, SOURCES),
        v.minLength(1, SOURCES),
        v.description(
          'What runs in the cluster, such as a snapshot. Objects of `manifests` replace those of the same identity; ' +
            '`apply` applies none of the base.',
        ),
      ),
    ),
    prune: v.optional(
      v.pipe(
        text(),
        v.description(
          'Labels of the objects that are deleted from the base if `manifests` do not contain them, such as ' +
            '`app.kubernetes.io/instance=shop`. Without it, nothing is deleted.',
        ),
      ),
    ),
    workloads: v.optional(
      v.pipe(
        v.array(WORKLOAD, 'a list of workloads'),
        v.description('Pods that others deploy. Each counts only where no object has pods with its labels.'),
      ),
    ),
    values: v.optional(v.pipe(text(), v.description("Helm values. Without them Cilium's defaults apply."))),
    context: v.optional(v.pipe(text(), v.description('kubectl context.'))),
    ciliumVersion: v.optional(v.pipe(text(), v.description('Cilium version such as 1.20.2, or "1.20" for 1.20.0. Without it, 1.20.2.'))),
    podCIDRs: v.optional(cidrs()),
    serviceCIDRs: v.optional(cidrs()),
    nodeCIDRs: v.optional(cidrs()),
    nodes: v.optional(
      v.pipe(
        v.array(NODE, 'a list of nodes'),
        v.description(
          'All nodes of the cluster. They may also come from Node objects among the manifests, or from `kind`. ' +
            'Without any, the nodes and their labels are unknown.',
        ),
      ),
    ),
    kind: v.optional(v.pipe(text(), v.description('kind configuration, for a cluster that kind creates.'))),
    upgradeValues: v.optional(
      v.pipe(text(), v.description('Values of a second `helm upgrade`, once the cluster runs.')),
    ),
    patches: v.optional(
      v.pipe(
        v.array(PATCH, 'a list of patches'),
        v.description('Patches to objects that other programs own, in the order in which they are applied.'),
      ),
    ),
    gaps: v.optional(
      v.pipe(
        v.array(GAP, 'a list of gaps'),
        v.description('What `cilium-mesh snapshot` could not read: whether there are such objects is unknown.'),
      ),
    ),
  },
  'a mapping with name, id and manifests',
);

const CLUSTERS = 'a list of at least one cluster';

/** mesh.yaml: one mesh, for the commands that read manifests. */
export const MESH_FILE = v.strictObject(
  {
    apiVersion: API_VERSION,
    clusters: v.pipe(v.array(CLUSTER, CLUSTERS), v.minLength(1, CLUSTERS)),
    exclude: v.optional(
      v.pipe(
        v.array(text(), 'a list of patterns'),
        v.description('Paths in the folders of manifests to leave out, as in .gitignore. Relative to this file.'),
      ),
    ),
  },
  'a mapping with apiVersion and clusters',
);
