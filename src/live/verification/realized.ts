import { contextOf } from './probing';
import { parseObjects } from '../observations/answers';
import { lastLine } from '../observations/last-line';
import { Command } from '../plans/command';
import { kubeSystem } from '../plans/kube';
import { LiveMesh } from '../plans/live-mesh';
import { askAll, Shell } from '../runner/shell';

/** Agents whose policies are not known to be enforced yet, and why. */
export interface Unrealized {
  readonly cluster: string;
  readonly reason: string;
}

/** Seconds that an agent may take to enforce what it has read. */
const LIMIT = 60;

/**
 * Waits in an agent until each of its pods enforces the policies that the agent knows, as `cilium-dbg policy wait` does
 * (cilium-dbg/cmd/policy_wait.go, v1.20.2). The program is called `cilium` before 1.15.
 */
const WAIT_SCRIPT = `
agent=$(command -v cilium-dbg || command -v cilium) || { echo 'the container has no cilium-dbg' >&2; exit 1; }
revision=$("$agent" policy get -o 'jsonpath={.revision}') || exit 1
exec "$agent" policy wait "$revision" --max-wait-time ${LIMIT} --fail-wait-time ${LIMIT}
`.trim();

/**
 * Waits until the agents of clusters enforce their policies. Returns the agents that do not, or that cannot be asked:
 * what was applied just now may not be enforced there yet.
 */
export async function waitForPolicies(
  live: LiveMesh,
  clusters: readonly string[],
  shell: Shell,
): Promise<Unrealized[]> {
  const lists = await askAll(
    shell,
    clusters.map(name =>
      kubeSystem(contextOf(live, name)).get('pods', '--selector', 'k8s-app=cilium', '-o', 'json'),
    ),
  );
  const unrealized: Unrealized[] = [];
  const waits: Array<{ readonly cluster: string; readonly agent: string; readonly command: Command }> = [];
  clusters.forEach((cluster, index) => {
    const result = lists[index];
    const agents = result.status === 0 ? agentsIn(result.output) : undefined;
    if (!agents || agents.length === 0) {
      const reason =
        result.status !== 0 ? lastLine(result) : agents ? 'no running agents in kube-system' : 'no list of pods';
      unrealized.push({ cluster, reason });
    }
    for (const agent of agents ?? []) {
      const exec = kubeSystem(contextOf(live, cluster)).exec(agent, '-c', 'cilium-agent', '--', 'sh', '-c', WAIT_SCRIPT);
      waits.push({ cluster, agent, command: { ...exec, seconds: LIMIT + 30 } });
    }
  });
  const results = await askAll(
    shell,
    waits.map(each => each.command),
  );
  waits.forEach(({ cluster, agent }, index) => {
    if (results[index].status !== 0) {
      unrealized.push({ cluster, reason: `${agent}: ${lastLine(results[index])}` });
    }
  });
  return unrealized;
}

/** The names of the running agents; undefined for something other than a list of pods. */
function agentsIn(output: string): string[] | undefined {
  return parseObjects(output)
    ?.filter(({ status }) => status?.phase === 'Running')
    .map(({ metadata }) => metadata.name)
    .sort();
}
