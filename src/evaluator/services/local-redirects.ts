import { Manifest } from '../../manifests/manifest';
import { FlowPort } from '../flows/flow';
import { EvaluatedCluster } from '../read/cluster';

/** A CiliumLocalRedirectPolicy that replaces the backends of a Service. */
export interface LocalRedirect {
  readonly namespace: string;
  readonly name: string;
  /** The ports that it redirects; undefined for all. */
  readonly ports?: readonly FlowPort[];
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
        ? [{ namespace: own, name: matcher.serviceName, ...portsOf(matcher.toPorts), manifest }]
        : [];
    });
}

/**
 * The redirections of a port of a Service. They are of its ClusterIP, so clients outside of the cluster do not meet
 * them (Documentation/network/kubernetes/local-redirect-policy.rst, v1.20.2).
 */
export function redirectsOf(
  cluster: EvaluatedCluster,
  service: Pick<LocalRedirect, 'namespace' | 'name'>,
  { protocol, port }: { readonly protocol: string; readonly port: number },
): LocalRedirect[] {
  return localRedirects(cluster).filter(
    ({ namespace, name, ports }) =>
      namespace === service.namespace &&
      name === service.name &&
      (ports === undefined || ports.some(each => each.port === port && each.protocol === protocol)),
  );
}

function portsOf(written: unknown): Pick<LocalRedirect, 'ports'> {
  return Array.isArray(written) && written.length > 0
    ? { ports: written.map(each => ({ protocol: each?.protocol ?? 'TCP', port: Number(each?.port) })) }
    : {};
}

export function formatReference({ namespace, name }: Pick<LocalRedirect, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}
