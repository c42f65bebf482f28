import * as v from 'valibot';
import { MESH_API_VERSION } from './mesh-file';
import { isAddress } from '../cilium/ip-address';
import { text } from '../diagnostics/structure';

/** The apiVersion of every file and document of this program. */
export const API_VERSION = v.pipe(
  v.literal(MESH_API_VERSION, MESH_API_VERSION),
  v.description('Version of the format.'),
);

const PATHS = 'a list of at least one path';

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

const CLUSTER = v.strictObject(
  {
    name: v.pipe(text(), v.description('Name of the cluster, as in `cluster.name` of its Helm values.')),
    id: v.pipe(
      v.number('a whole number'),
      v.integer('a whole number'),
      v.description('ID of the cluster, 1 to 255, or to 511 with maxConnectedClusters 511.'),
    ),
    manifests: v.pipe(
      v.array(text(), PATHS),
      v.minLength(1, PATHS),
      v.description('Files, or folders that are read recursively. Relative to this file.'),
    ),
    values: v.optional(v.pipe(text(), v.description("Helm values. Without them Cilium's defaults apply."))),
    context: v.optional(v.pipe(text(), v.description('kubectl context.'))),
    ciliumVersion: v.optional(v.pipe(text(), v.description('Cilium version. Without it, 1.20.2.'))),
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
