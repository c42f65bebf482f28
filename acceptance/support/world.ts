import * as fs from 'fs';
import * as path from 'path';
import { environment, eventually, get, run } from './commands';
import { Lab } from './lab';

/** The answers to requests in the lab: names of clusters in turn, or `timeout`. */
export interface World {
  /** Answers of the service rebel-base, by the cluster of the client x-wing. */
  readonly service: { readonly [client: string]: readonly string[] };
  /** Pods of rebel-base that x-wing cannot reach, as `client -> cluster`. */
  readonly unreached: readonly string[];
}

/** The answers of the pods in the lab (its manifests). */
const RESPONSES: { readonly [cluster: string]: string } = {
  koornacht: '{"Cluster": "Koornacht", "Planet": "N\'Zoth"}',
  tion: '{"Cluster": "Tion", "Planet": "Foran Tutha"}',
  timeout: 'timeout',
};

/** Writes a file for the stand-ins into the environment's folder. */
export const put = (file: string, text: string): void => fs.writeFileSync(path.join(environment(), file), text);

/** The addresses of the running pods. Waits until exactly the expected pods run, and programs can run in them. */
export async function pods(lab: Lab): Promise<{ readonly [workload: string]: readonly string[] }> {
  const addresses: { [workload: string]: string[] } = {};
  for (const { context, name: cluster } of lab.clusters) {
    await eventually(async () => {
      const { items: deployments } = await get(context, '-n', 'default', 'deployments');
      const { items } = await get(context, '-n', 'default', 'pods');
      for (const {
        metadata: { name },
        spec: { replicas },
      } of deployments) {
        const found = items.filter(({ metadata }: any) => metadata.labels.name === name);
        expect([
          cluster,
          name,
          found.map(({ status, metadata }: any) => [status.phase, metadata.deletionTimestamp]),
        ]).toEqual([cluster, name, Array(replicas).fill(['Running', undefined])]);
        addresses[`${name}@${cluster}`] = found.map(({ status }: any) => status.podIP);
      }
      const described = (await get(context, '-n', 'default', 'execs.kwok.x-k8s.io')).items.map(
        ({ metadata }: any) => metadata.name,
      );
      expect(described).toEqual(expect.arrayContaining(items.map(({ metadata }: any) => metadata.name)));
    });
    // the stand-in reads the file a moment later
    await eventually(async () =>
      expect(
        (
          await run('kubectl', [
            '--context',
            context,
            '-n',
            'default',
            'exec',
            'deploy/x-wing',
            '--',
            'sh',
            '-c',
            'echo $WORKLOAD',
          ])
        ).out,
      ).toBe('x-wing\n'),
    );
  }
  return addresses;
}

/** Sets the answers of the pods. */
export async function makeWorld(
  lab: Lab,
  { service, unreached }: World,
): Promise<{ readonly [workload: string]: readonly string[] }> {
  const addresses = await pods(lab);
  put(
    'answers.json',
    JSON.stringify(
      Object.fromEntries(
        Object.entries(service).map(([client, answers]) => [
          `${client}/default/x-wing`,
          Object.fromEntries([
            ['rebel-base.default.svc', answers.map(answer => RESPONSES[answer])],
            ...['koornacht', 'tion'].flatMap(cluster =>
              addresses[`rebel-base@${cluster}`].map(address => [
                address,
                RESPONSES[unreached.includes(`${client} -> ${cluster}`) ? 'timeout' : cluster],
              ]),
            ),
          ]),
        ]),
      ),
    ),
  );
  return addresses;
}

/** A flow in Hubble's form. */
export function flow(source: string, destination: string, verdict: string, time: Date, more: object = {}): string {
  return JSON.stringify({
    time: time.toISOString(),
    verdict,
    Type: 'L3_L4',
    node_name: 'koornacht/koornacht-worker',
    is_reply: false,
    IP: { source, destination, ipVersion: 'IPv4' },
    l4: { TCP: { source_port: 40000, destination_port: 80, flags: { SYN: true } } },
    ...more,
  });
}
