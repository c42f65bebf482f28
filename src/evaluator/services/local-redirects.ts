import { Manifest } from '../../manifests/manifest';
import { EvaluatedCluster } from '../read/cluster';

/** A CiliumLocalRedirectPolicy that replaces the backends of a Service. */
export interface LocalRedirect {
  readonly namespace: string;
  readonly name: string;
  readonly manifest: Manifest;
}

/**
 * The redirections of Services in a cluster. A policy redirects Services of its own namespace only
 * (getSanitizedServiceRedirectConfig, pkg/loadbalancer/redirectpolicy, v1.20.2).
 */
export function localRedirects({ settings, localRedirects: manifests }: EvaluatedCluster): LocalRedirect[] {
  return !settings.localRedirectPolicies
    ? []
    : manifests.flatMap(manifest => {
      const { metadata, spec } = manifest.object;
      const matcher = spec?.redirectFrontend?.serviceMatcher;
      const own = metadata.namespace ?? 'default';
      return typeof matcher?.serviceName === 'string' && (matcher.namespace ?? own) === own
        ? [{ namespace: own, name: matcher.serviceName, manifest }]
        : [];
    });
}

export function formatReference({ namespace, name }: Pick<LocalRedirect, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}
