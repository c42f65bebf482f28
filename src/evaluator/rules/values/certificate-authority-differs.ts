import { ClusterInput } from '../../../manifests/input';
import { Rule } from '../rule';
import { helmValue, inValues } from '../shared/helm-values';
import { meshPeers } from '../shared/mesh-peers';

const CERTIFICATE = 'tls.ca.cert';

export const certificateAuthorityDiffers: Rule<'certificate-authority-differs'> = {
  codes: {
    'certificate-authority-differs': {
      severity: 'error',
      title: 'Clusters have different certificate authorities',
      documentation:
        'Clusters of a mesh verify each other with the certificate authority in `tls.ca` ' +
        '(Documentation/network/clustermesh/setup.rst, v1.20.2; cilium/cilium#32076). ' +
        'With different ones they never connect.',
      fix: 'Copy the certificate authority of one cluster to the others, before you install Cilium there.',
    },
  },
  check({ input }, report) {
    const [first, ...others] = input.clusters.filter(each => authority(each) !== undefined);
    for (const cluster of others.filter(each => authority(each) !== authority(first))) {
      report('certificate-authority-differs', {
        at: inValues(cluster, CERTIFICATE),
        message:
          `${CERTIFICATE} of ${cluster.name} differs from that of ${first.name}: the two clusters refuse each ` +
          "other's certificates and never connect",
        fix: `write the tls.ca of ${first.name}, certificate and key`,
      });
    }
  },
};

/** The certificate authority of a cluster; undefined where it is unknown, or not all that the cluster trusts. */
function authority(cluster: ClusterInput): string | undefined {
  const values = cluster.values?.values;
  const certificate: unknown = helmValue(values, CERTIFICATE);
  const trustsOthers =
    helmValue(values, 'tls.caBundle.enabled') === true ||
    meshPeers(cluster).some(({ peer }) => helmValue(peer, 'tls.caCert')) ||
    (typeof certificate === 'string' && decoded(certificate).split('BEGIN CERTIFICATE').length > 2);
  return typeof certificate === 'string' && certificate.trim() !== '' && !trustsOthers
    ? certificate.replace(/\s/g, '')
    : undefined;
}

function decoded(base64: string): string {
  try {
    return atob(base64.replace(/\s/g, ''));
  } catch {
    return '';
  }
}
