/** Who reaches whom in the variants of the AWS article and of KodeKloud's guide, under each version that changes it. */
import { folderOf, program } from './support/program';

const VERSIONS = ['1.14', '1.18', '1.19', '1.20'];
const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

describe('KodeKloud: the clients that reach myapp', () => {
  const all = ['frontend@cluster1', 'test@cluster1', 'frontend@cluster2', 'test@cluster2'];
  const frontends = ['frontend@cluster1', 'frontend@cluster2'];
  const [frontend1, frontend2] = frontends.map(each => [each]);

  test.each<[variant: string, versions: string[], cluster1: string[], cluster2: string[]]>([
    ['no-policy', VERSIONS, all, all],
    ['cluster1', ['1.14', '1.18'], frontends, all],
    ['cluster1', ['1.19', '1.20'], frontend1, all],
    ['both', ['1.14', '1.18'], frontends, frontends],
    ['both', ['1.19', '1.20'], frontend1, frontend2],
    ['restricted', ['1.14', '1.18'], frontends, frontend1],
    ['restricted', ['1.19', '1.20'], frontend1, frontend1],
    ['explicit', ['1.18', '1.19', '1.20'], frontends, frontends],
    ['explicit-restricted', ['1.18', '1.19', '1.20'], frontend1, frontend1],
  ])('%s, Cilium %j: %j in cluster1, %j in cluster2', async (variant, versions, ...expected) => {
    process.chdir(folderOf('kodekloud', variant));
    for (const version of versions) {
      const reached = await Promise.all(
        ['cluster1', 'cluster2'].map(cluster => clientsOf(`myapp-deployment@${cluster}`, 'TCP/80', version)),
      );
      expect([version, ...reached]).toEqual([version, ...expected.map(clients => [...clients].sort())]);
    }
  });
});

describe('KodeKloud: the answers of myapp-service, which the guide prints or names', () => {
  const [one, two, none] = ['allowed, cluster1', 'allowed, cluster2', 'denied'];

  test.each<[variant: string, frontend1: string, test1: string, frontend2: string, test2: string]>([
    ['no-policy', one, one, two, two],
    ['cluster1', one, none, two, two],
    ['both', one, none, two, none],
    ['restricted', one, none, none, none],
    ['explicit', one, none, two, none],
    ['explicit-restricted', one, none, none, none],
  ])('%s: %s, %s, %s, %s', async (variant, ...expected) => {
    process.chdir(folderOf('kodekloud', variant));
    for (const version of ['1.18', '1.20']) {
      const clients = ['frontend@cluster1', 'test@cluster1', 'frontend@cluster2', 'test@cluster2'];
      const answers = await Promise.all(
        clients.map(async client => {
          const { services } = await json('explain', client, 'svc/myapp-service', '--cilium', version);
          const [{ verdict, backends }] = services;
          return verdict === 'denied' ? verdict : `${verdict}, ${backends.map((each: any) => each.cluster).join(' ')}`;
        }),
      );
      expect([version, ...answers]).toEqual([version, ...expected]);
    }
  });
});

describe("AWS: the test cluster's frontend requests backend-svc", () => {
  const [frontend, service] = ['testing/frontend@k8s-test-cluster', 'svc/testing/backend-svc'];

  test.each([
    ['today', VERSIONS, 'allowed'],
    ['today-policy', VERSIONS, 'denied'],
    ['legacy', [undefined], 'allowed'],
    ['legacy-policy', [undefined], 'denied'],
  ])('%s, Cilium %j: %s', async (variant, versions, verdict) => {
    process.chdir(folderOf('aws-shared-services', variant));
    for (const version of versions) {
      const { services } = await json('explain', frontend, service, ...(version ? ['--cilium', version] : []));
      expect([version, services.map((each: any) => [each.port, each.verdict])]).toEqual([version, [[80, verdict]]]);
      expect(services[0].backends.map((each: any) => [each.cluster, each.replicas, each.share])).toEqual([
        ['k8s-shared-cluster', 2, 1],
      ]);
    }
  });
});

async function clientsOf(destination: string, port: string, version: string): Promise<string[]> {
  const { flows } = await json('matrix', '--to', destination, '--port', port, '--cilium', version);
  return flows
    .filter(({ source, verdict }: any) => source.kind === 'Pod' && verdict === 'allowed')
    .map(({ source }: any) => `${source.name}@${source.cluster}`)
    .sort();
}

async function json(...args: string[]): Promise<any> {
  const { out, err } = await program(...args, '--format', 'json');
  expect(err).toBe('');
  return JSON.parse(out);
}
