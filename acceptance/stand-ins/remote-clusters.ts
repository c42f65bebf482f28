import { Api } from './api';
import { adminConfig, clusterNames } from '../simulated-cluster';

const ENVIRONMENT = process.env.ACCEPTANCE_ENVIRONMENT!;

/**
 * The status that an agent reports for the clusters of a Secret.
 *
 * Simulated clusters have no network between them, so this checks the requirements of a connection: a cluster of that
 * name answers, and has the same authority and another ID.
 */
export async function remoteClusters(secret: string): Promise<object[]> {
  const own = new Api(adminConfig(ENVIRONMENT, process.env.CLUSTER!));
  const [configuration, identity] = await Promise.all([
    own.get(`/api/v1/namespaces/kube-system/secrets/${secret}`),
    identityOf(own),
  ]);
  const others = await Promise.all(
    clusterNames(ENVIRONMENT).map(name => identityOf(new Api(adminConfig(ENVIRONMENT, name))).catch(() => undefined)),
  );
  return Object.entries<string>(configuration?.data ?? {})
    .filter(([name, value]) => name !== identity!.name && Buffer.from(value, 'base64').includes('endpoints:'))
    .map(([name]) => {
      const other = others.find(each => each?.name === name);
      const problem = !other
        ? 'no cluster of that name answers'
        : other.authority !== identity!.authority
          ? 'x509: certificate signed by unknown authority'
          : other.id === identity!.id
            ? `ClusterID ${other.id} is already used`
            : undefined;
      const good = problem === undefined;
      return {
        'name': name,
        'connected': good,
        'ready': good,
        'status': problem ?? 'ready',
        'num-failures': good ? 0 : 1,
        'config': { 'required': true, 'retrieved': good, 'cluster-id': other?.id ?? 0, 'kvstoremesh': true },
        'synced': { nodes: good, endpoints: good, identities: good, services: good },
      };
    });
}

interface Identity {
  readonly name: string;
  readonly id: number;
  readonly authority: string;
}

/** The value in Cilium's configuration of a cluster; undefined if Cilium is not installed. */
async function identityOf(api: Api): Promise<Identity | undefined> {
  const [settings, authority] = await Promise.all(
    ['configmaps/cilium-config', 'secrets/cilium-ca'].map(each => api.get(`/api/v1/namespaces/kube-system/${each}`)),
  );
  return (
    settings &&
    authority && {
      name: settings.data['cluster-name'],
      id: Number(settings.data['cluster-id']),
      authority: authority.data['ca.crt'],
    }
  );
}
