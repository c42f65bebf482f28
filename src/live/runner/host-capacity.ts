import { RuntimeFacts } from './container-runtime';
import { Host } from './host';
import { MissingRequirement } from './requirement';
import { check, Shell } from './shell';
import { CPUS, DISK_PER_NODE, HostDemands, INOTIFY, KindDemand, MEMORY_PER_NODE } from '../plans/host';

/** Checks the ports, memory, CPUs, disk and kernel limits for the clusters that do not exist yet. */
export async function hostCapacity(
  { clusters }: HostDemands,
  facts: RuntimeFacts,
  shell: Shell,
  host: Host,
): Promise<MissingRequirement[]> {
  const verdicts = await Promise.all(clusters.map(({ unless }) => check(shell, unless)));
  // without an answer, the step itself asks again and reports the failure
  const missing = clusters.filter((_, index) => verdicts[index].kind === 'fails');
  if (missing.length === 0) {
    return [];
  }
  const ports = facts.publishesHere ? await Promise.all(missing.map(cluster => checkPorts(cluster, host))) : [];
  const nodes = missing.reduce((sum, cluster) => sum + cluster.nodes, 0);
  return [...ports.flat(), ...checkCapacity(nodes, facts, host)];
}

async function checkPorts({ cluster, ports }: KindDemand, host: Host): Promise<MissingRequirement[]> {
  const states = await Promise.all(ports.map(port => host.port(port)));
  return ports.flatMap(({ port, protocol, address, field }, index): MissingRequirement[] => {
    const what = `port ${address}:${port}/${protocol}`;
    const required = `a free port, for ${cluster} (${field})`;
    const list = protocol === 'UDP' ? 'ss -lunp' : 'ss -ltnp';
    switch (states[index]) {
      case 'in-use':
        return [
          {
            severity: 'missing',
            what,
            got: 'in use',
            required,
            fix: `stop the program that listens there (${list} shows it), or use another port`,
          },
        ];
      case 'not-our-address':
        return [
          {
            severity: 'missing',
            what,
            got: 'not an address of this host',
            required,
            fix: 'use an address of this host (ip addr shows them)',
          },
        ];
      default:
        return [];
    }
  });
}

function checkCapacity(nodes: number, facts: RuntimeFacts, host: Host): MissingRequirement[] {
  const forNodes = `${nodes} node${nodes === 1 ? '' : 's'}`;
  const disk = facts.folder === undefined ? undefined : host.freeDisk(facts.folder);
  return [
    ...(facts.kernelHere ? INOTIFY : []).flatMap(({ name, least }) =>
      warnBelow(least, host.sysctl(name), String, {
        what: name,
        reason: 'all nodes share it; with less, pods fail with "too many open files"',
        fix: `sudo sysctl ${name}=${least}`,
      }),
    ),
    ...warnBelow(nodes * MEMORY_PER_NODE, facts.memory, gigabytes, {
      what: 'memory',
      reason: `2 GB for each of ${forNodes}, as kubeadm requires`,
      fix: 'stop other programs, give the container runtime more, or use fewer nodes',
    }),
    ...warnBelow(CPUS, facts.cpus, String, {
      what: 'CPUs',
      reason: 'kubeadm requires them for a control plane; with fewer, clusters start more slowly',
      fix: 'give the container runtime more',
    }),
    ...warnBelow(nodes * DISK_PER_NODE, disk, gigabytes, {
      what: `disk (${facts.folder})`,
      reason: `about 3 GB for each of ${forNodes}, for images and etcd`,
      fix: 'free space: docker system prune removes what no container uses',
    }),
  ];
}

/** A warning where the value is known and too small. */
function warnBelow(
  least: number,
  value: number | undefined,
  format: (value: number) => string,
  { what, reason, fix }: { readonly what: string; readonly reason: string; readonly fix: string },
): MissingRequirement[] {
  return value !== undefined && Number.isFinite(value) && value < least
    ? [{ severity: 'warning', what, got: format(value), required: `${format(least)}: ${reason}`, fix }]
    : [];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
