/** A passage of Cilium's documentation or chart that a step follows. */
export interface Citation {
  /** The path in Cilium's repository. */
  readonly document: string;
  /** The version of Cilium in which it was read. */
  readonly version: string;
  /** What it says, in short. */
  readonly says: string;
}

const UPGRADE = { document: 'Documentation/operations/upgrade.rst', version: '1.20.2' };
const SETUP = { document: 'Documentation/network/clustermesh/setup.rst', version: '1.20.2' };

/** The passages that plans follow. */
export const CITATIONS = {
  authority: {
    ...SETUP,
    says: 'copy the CA before Cluster Mesh is enabled, so both clusters generate certificates signed by the same CA',
  },
  enable: {
    ...SETUP,
    says: 'enable it in every cluster: that deploys the clustermesh-apiserver and generates the certificates',
  },
  connect: { ...SETUP, says: 'connect in one direction only: the connection is established in both' },
  reconnect: {
    ...SETUP,
    says: 'if all nodes have become unavailable, connect the clusters again to extract the new addresses of nodes',
  },
  disconnect: {
    document: 'Documentation/cmdref/cilium_clustermesh_disconnect.md',
    version: '1.20.0-pre.1',
    says: 'disconnects from remote clusters, by default in both directions',
  },
  forget: {
    document: 'Documentation/helm-values.rst',
    version: '1.20.2',
    says: 'clustermesh.config.clusters are the clusters to be peered in the mesh',
  },
  restart: {
    ...UPGRADE,
    says:
      'the proxies restart with Cilium, so connections under layer 7 rules are reset; new policies of a node wait until ' +
      'its agent runs again',
  },
  preflight: {
    ...UPGRADE,
    says:
      'the pre-flight check is required: it pulls the new images and validates the policies; once all of it is ready, ' +
      'delete it and upgrade',
  },
  upgrade: {
    document: 'Documentation/operations/upgrade-warning.rst',
    version: '1.20.2',
    says: 'always upgrade, and roll back, one minor release at a time',
  },
  mcsCrds: {
    document: 'Documentation/network/clustermesh/mcsapi.rst',
    version: '1.18.8',
    says: 'install the CRDs of MCS-API first: Cilium does it itself only since 1.19',
  },
  trust: {
    ...SETUP,
    says:
      'every cluster must trust the certificates of the others: use a common authority, or tls.caBundle with all of them',
  },
  caBundle: {
    document: 'install/kubernetes/cilium/values.yaml',
    version: '1.20.2',
    says: 'tls.caBundle overrides the ca.crt of the certificates, allowing for CA rotation with no down-time',
  },
  certgen: { ...SETUP, says: 'certgen renews the certificates regardless of their expiration date' },
  skew: { ...SETUP, says: 'the versions of all clusters must differ by no more than one minor version' },
} as const satisfies { readonly [passage: string]: Citation };

/** A citation in one line. */
export function formatCitation({ document, version, says }: Citation): string {
  return `${says} (${document}, v${version})`;
}
